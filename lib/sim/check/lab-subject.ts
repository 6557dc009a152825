import * as z from "zod/mini";
import { type Checked, judgementsOf } from "../../history/checks/checks";
import { operationsOf } from "../../history/operations";
import type { clusterSchema } from "../../protocol/cluster";
import { type CheckName, checkNames, type ReportOp, reportSchema } from "../../protocol/report";
import type { TraceEvent } from "../../protocol/trace";
import { type Line, type Subject, searchBudget } from "./subject";

/** What of a report its checks can be computed from again. */
export const recordedReportSchema = z.extend(
  z.pick(reportSchema, { ops: true, config: true, final: true, roles: true, incidents: true }),
  { scenario: z.string() },
);

type Recorded = z.infer<typeof recordedReportSchema>;

/** What a report cannot answer, and why. */
const beyondAReport = "A report does not say which write met which; its trace does.";
const beyondATrace = "A trace does not hold the final state of the sites; its report does.";

/** A report: what clients saw, and what the sites ended with. */
export function reportSubject({ ops, config, final, roles, incidents }: Recorded): Subject {
  const run: Checked = {
    events: [],
    sites: Object.entries(final).map(([site, state]) => ({ site, state, versions: {} })),
    config,
    authority: null,
    isProvisional: incidents.some(({ provisional }) => provisional),
  };
  const silent = new Map<CheckName, string>([["lost-update", beyondAReport]]);
  if (sharesAnEpoch(roles))
    silent.set(
      "split-brain",
      "Sites were primaries together: by a report alone, many writers and a split look alike.",
    );
  return labSubject(run, ops, silent);
}

/** A trace: what clients saw, and the order in which the sites put their writes. */
export function traceSubject(events: readonly TraceEvent[], config: z.infer<typeof clusterSchema>): Subject {
  const run: Checked = { events, sites: [], config, authority: null, isProvisional: true };
  const silent = new Map<CheckName, string>([
    ["lost-update", beyondATrace],
    ["convergence", beyondATrace],
  ]);
  return labSubject(run, operationsOf(events), silent);
}

function labSubject(run: Checked, ops: readonly ReportOp[], silent: ReadonlyMap<CheckName, string>): Subject {
  const question = (check: CheckName) => (): Line => {
    const why = silent.get(check);
    const common = { model: "key-value", check };
    if (why !== undefined) return { ...common, verdict: "no-evidence", witness: null, text: why, steps: 0 };
    const [judgement] = judgementsOf(run, ops, [check], searchBudget);
    if (judgement === undefined) throw new Error("one check was asked for");
    const { verdict, witness, text } = judgement.result;
    return { ...common, verdict, witness, text, steps: judgement.steps };
  };
  return { history: null, questions: checkNames.map(question) };
}

/** True when two sites were primary in one epoch. */
function sharesAnEpoch(roles: Recorded["roles"]): boolean {
  const rulers = new Map<number, string>();
  return roles.some(({ role, site, epoch }) => {
    if (role !== "primary") return false;
    const first = rulers.get(epoch) ?? site;
    rulers.set(epoch, first);
    return first !== site;
  });
}
