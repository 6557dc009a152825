import { type CheckName, type CheckResult, checkNames, type ReportOp } from "../../protocol/report";
import { fatesOf } from "../fates";
import { finalKeysOf } from "../final-keys";
import { sitesShowing } from "../placement";
import type { RunEvidence } from "../report";
import { acknowledgements } from "../split-brain";
import { writesOf } from "../writes";
import { checkCausal, checkCausalConvergence } from "./causal";
import { checkConvergence } from "./convergence";
import type { Finding } from "./finding";
import { lazy } from "./lazy";
import { checkLinearizable } from "./linearizable";
import { checkLostUpdate } from "./lost-update";
import { promises } from "./promises";
import { clockErrors, historyOf } from "./record";
import { checkSequential } from "./sequential";
import { checkGuarantee } from "./sessions";
import { checkSplitBrain } from "./split-brain";
import { versionOrderOf } from "./version-order";

/** A verdict and what it cost. */
export type Judgement = { readonly result: CheckResult; readonly steps: number };

/** Steps that one search may take inside a report; the same in every run, so that verdicts repeat. */
const reportBudget = 50_000;

/**
 * Holds a run against the properties asked for, in the order asked; by default all of them. `ops` are
 * `operationsOf(run.events)`. A sweep over many seeds asks only for what it needs: what no asked check
 * uses is not computed, and `checksOf(run, ops, [])` costs nothing.
 *
 * The verdict is the evidence: `violated` wherever a contradiction is found, whether or not the cluster
 * promised the property, so that a demonstration can expect it; `holds` where none can exist; `unknown`
 * where the budget ended first; `no-evidence` where nothing was done that could have shown it.
 * `not-promised` replaces any of these only where the property has no meaning for the cluster
 * (`promises.ts`). A violation of what was never promised says so in its sentence.
 */
export function checksOf(
  run: Checked,
  ops: readonly ReportOp[],
  wanted: readonly CheckName[] = checkNames,
): CheckResult[] {
  return judgementsOf(run, ops, wanted, reportBudget).map(({ result }) => result);
}

/** What of a run the checks look at. */
export type Checked = Pick<RunEvidence, "events" | "sites" | "config" | "authority" | "isProvisional">;

/** The same with what each check cost, each search ending after `budget` steps. */
export function judgementsOf(
  run: Checked,
  ops: readonly ReportOp[],
  wanted: readonly CheckName[],
  budget: number,
): readonly Judgement[] {
  const { events, sites, config } = run;
  const history = lazy(() => historyOf(ops, clockErrors(events)));
  const order = lazy(() => versionOrderOf(events));
  const linearizable = lazy(() => checkLinearizable(history(), budget));
  const finders: Readonly<Record<CheckName, () => Finding>> = {
    linearizable,
    sequential: () => checkSequential(history(), order(), linearizable(), budget),
    causal: () => checkCausal(history()),
    "causal-convergence": () => checkCausalConvergence(history()),
    "read-your-writes": () => checkGuarantee("read-your-writes", history(), order()),
    "monotonic-reads": () => checkGuarantee("monotonic-reads", history(), order()),
    "monotonic-writes": () => checkGuarantee("monotonic-writes", history(), order()),
    "writes-follow-reads": () => checkGuarantee("writes-follow-reads", history(), order()),
    convergence: () => checkConvergence(ops, sites, sitesShowing(run), run.isProvisional),
    "split-brain": () => checkSplitBrain(acknowledgements(events, ops)),
    "lost-update": () => {
      const writes = writesOf(events);
      return checkLostUpdate(ops, writes, fatesOf(writes, finalKeysOf(run)));
    },
  };
  return wanted.map((check): Judgement => {
    const promised = promises[check](config);
    if (promised === "meaningless") return { result: notPromised(check, config.mode), steps: 0 };
    const finding = finders[check]();
    return { result: resultOf(check, finding, promised === "yes"), steps: finding.steps };
  });
}

function resultOf(
  check: CheckName,
  { verdict, scope, ops, text }: Finding,
  isPromised: boolean,
): CheckResult {
  const isViolated = verdict === "violated";
  return {
    check,
    verdict,
    scope,
    witness: isViolated ? { ops: [...ops] } : null,
    text: isViolated && !isPromised ? `${text} (This cluster does not promise it.)` : text,
  };
}

function notPromised(check: CheckName, mode: string): CheckResult {
  const text = `${check} has no meaning for this cluster, which is ${mode}.`;
  return { check, verdict: "not-promised", scope: "all", witness: null, text };
}
