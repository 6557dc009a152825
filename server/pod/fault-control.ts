import type { FaultState } from "../../lib/protocol/faults";
import type { PodId, SiteId } from "../../lib/protocol/ids";
import type { FaultVerb } from "../../lib/scenario/fault-reducer";
import type { ServerClock } from "../clock";
import type { LabLog } from "../lab/lab-log";
import { podOf } from "../lab/state";
import { plainJson } from "../plain-json";
import type { Connections } from "./connections";
import { pushFaults } from "./fault-push";
import type { PodTrace } from "./pod-trace";

/** The faults of one pod: durable in the lab's log, in force on the server and in every tab. */
export type FaultControl = {
  /** Puts what the log says in force on the server: the pod starts, perhaps after a restart. */
  readonly begin: () => void;
  /** Records a fault verb, puts it in force on the server and in every tab; resolves to who did not confirm. */
  readonly inject: (verb: FaultVerb) => Promise<readonly SiteId[]>;
  /** The same for everything at once: no injected fault is left, clocks and pauses included. */
  readonly clear: () => Promise<readonly SiteId[]>;
  readonly close: () => void;
};

export type FaultControlOptions = {
  readonly id: PodId;
  readonly log: LabLog;
  readonly clock: ServerClock;
  readonly trace: PodTrace;
  readonly connections: Connections;
  /** What the server carries of this pod. */
  readonly carriers: readonly { readonly setFaults: (faults: FaultState) => void }[];
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
};

export function createFaultControl(options: FaultControlOptions): FaultControl {
  const { id, log, clock, trace, connections, carriers } = options;
  const state = () => podOf(log.state(), id);
  /** Pauses that end by themselves. */
  const resumes = new Map<SiteId, () => void>();

  /** Puts the present faults in force here at once, and in the tabs as fast as they confirm. */
  function enforce(): Promise<readonly SiteId[]> {
    const { faults } = state();
    for (const carrier of carriers) carrier.setFaults(faults);
    options.onChange();
    return pushFaults(connections.all(), faults);
  }

  async function inject(verb: FaultVerb): Promise<readonly SiteId[]> {
    const resumeAtMs = verb.do === "pause" && verb.forMs !== undefined ? clock.wall() + verb.forMs : null;
    const durable = log.commit({ type: "fault", pod: id, verb, resumeAtMs });
    const { do: name, ...fields } = verb;
    trace.record("coordinator", { kind: "fault", verb: name, fields: plainJson(fields), cause: "planned" });
    if (verb.do === "pause" || verb.do === "resume") scheduleResume(verb.site, resumeAtMs);
    const [unreached] = await Promise.all([enforce(), durable]);
    return unreached;
  }

  function scheduleResume(site: SiteId, atMs: number | null): void {
    resumes.get(site)?.();
    resumes.delete(site);
    if (atMs === null) return;
    const resume = () => void inject({ do: "resume", site }).catch(options.onError);
    resumes.set(site, clock.after(Math.max(0, atMs - clock.wall()), resume));
  }

  function forgetResumes(): void {
    for (const cancel of resumes.values()) cancel();
    resumes.clear();
  }

  return {
    begin() {
      const { faults, sites, resumesAtMs } = state();
      for (const carrier of carriers) carrier.setFaults(faults);
      for (const site of sites) scheduleResume(site, resumesAtMs[site] ?? null);
    },
    inject,
    async clear() {
      forgetResumes();
      const durable = log.commit({ type: "faults-cleared", pod: id });
      const [unreached] = await Promise.all([enforce(), durable]);
      return unreached;
    },
    close: forgetResumes,
  };
}
