import { Worker } from "node:worker_threads";
import type { RunEvidence, SiteAtEnd } from "../../lib/history/report";
import { createDigest } from "../../lib/kernel/digest";
import { canonicalJson } from "../../lib/kernel/json";
import { siteInspectionSchema } from "../../lib/protocol/lab/wire";
import type { FullReport } from "../../lib/protocol/report";
import type { TraceEvent } from "../../lib/protocol/trace";
import type { Lab } from "../lab/lab";
import { podOf } from "../lab/state";
import type { Pod } from "../pod/pod";
import type { LabStore } from "../store/lab-store";

const eventsPerPage = 5_000;
const inspectMs = 2_000;

/**
 * What a pod's run has come to so far, from the same evidence as a simulated run's: its trace, and
 * what the sites that answer hold now. A lab that goes on has no expectations and no seed.
 */
export async function liveReport(store: LabStore, lab: Lab, pod: Pod): Promise<FullReport> {
  const [events, sites] = await Promise.all([readAll(store, lab, pod), inspectAll(lab, pod)]);
  const { view } = pod.coordinator.snapshot();
  const digest = createDigest();
  for (const event of events) digest.update(canonicalJson(event));
  const evidence: RunEvidence = {
    scenario: lab.state().title || lab.code,
    seed: 0,
    config: view.cluster,
    digest: digest.hex(),
    virtualMs: pod.trace.nowMs(),
    events,
    sites,
    authority: view.primary ?? sites[0]?.site ?? null,
    isProvisional: true,
  };
  return { ...(await judge(evidence)), expect: [] };
}

async function readAll(store: LabStore, lab: Lab, pod: Pod): Promise<readonly TraceEvent[]> {
  await pod.trace.flush();
  const events: TraceEvent[] = [];
  for (let after = 0; ; ) {
    const page = await store.readTrace(lab.code, pod.id, after, eventsPerPage);
    const last = page.at(-1);
    if (last === undefined) return events;
    events.push(...page.map(({ event }) => event));
    after = last.row;
  }
}

/** The sites that say what they hold, in pod order; a closed or crashed tab is not among them. */
async function inspectAll(lab: Lab, pod: Pod): Promise<readonly SiteAtEnd[]> {
  const { sites } = podOf(lab.state(), pod.id);
  const found = await Promise.all(
    sites.map(async (site): Promise<SiteAtEnd[]> => {
      const control = pod.connections.at(site)?.sockets.control;
      if (control === undefined) return [];
      const raw: unknown = await control
        .timeout(inspectMs)
        .emitWithAck("inspect")
        .catch(() => null);
      const inspection = siteInspectionSchema.safeParse(raw);
      return inspection.success && inspection.data !== null ? [{ site, ...inspection.data }] : [];
    }),
  );
  return found.flat();
}

function judge(evidence: RunEvidence): Promise<Omit<FullReport, "expect">> {
  const worker = new Worker(new URL("./report-worker.js", import.meta.url), {
    workerData: evidence,
    execArgv: [],
  });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}
