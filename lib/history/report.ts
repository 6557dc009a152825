import { canonicalJson } from "../kernel/json";
import type { Cluster } from "../protocol/cluster";
import {
  type CheckName,
  checkNames,
  type FinalState,
  type Metrics,
  type Report,
  type ReportOp,
} from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";
import { availabilityOf } from "./availability";
import { checksOf } from "./checks/checks";
import { conflictsOf } from "./conflicts";
import { failoversOf } from "./failovers";
import { fatesOf } from "./fates";
import { finalKeysOf } from "./final-keys";
import { incidentsOf } from "./incidents";
import { balance } from "./ledger";
import { convergeMs, replicationLags, trafficOf } from "./movement";
import { operationsOf } from "./operations";
import { isRead } from "./outcomes";
import { keysOf, sitesShowing } from "./placement";
import { quantilesOf } from "./quantiles";
import { rolesOf } from "./roles";
import { splitBrainMs } from "./split-brain";
import { staleReads } from "./staleness";
import { writesOf } from "./writes";

/**
 * One site at the end of the evidence. `versions` names the write behind each key that is there, `beside`
 * all the writes behind one that holds several values side by side.
 */
export type SiteAtEnd = {
  readonly site: string;
  readonly state: FinalState;
  readonly versions: Readonly<Record<string, string | null>>;
  readonly beside?: Readonly<Record<string, readonly string[]>> | undefined;
};

/** What a report is a pure function of, the same live, in a replay and in the simulator. */
export type RunEvidence = {
  readonly scenario: string;
  readonly seed: number;
  /** The cluster at the end of the run. */
  readonly config: Cluster;
  readonly digest: string;
  readonly virtualMs: number;
  readonly events: readonly TraceEvent[];
  /** In pod order. The history that counts is that of `authority`. */
  readonly sites: readonly SiteAtEnd[];
  /** The primary, or any site where all of them are one; null when nobody is left to ask. */
  readonly authority: string | null;
  /** True while the run goes on: incidents may still change. */
  readonly isProvisional: boolean;
};

/**
 * Everything of a report but the expectations and the replay (`replayOf`, which a sweep does without). `checks`: the properties to
 * hold the run against; a sweep over many seeds asks for few or none.
 */
export function reportOf(
  run: RunEvidence,
  checks: readonly CheckName[] = checkNames,
): Omit<Report, "expect"> {
  const { events } = run;
  const ops = operationsOf(events);
  const writes = writesOf(events);
  const finalOf = finalKeysOf(run);
  const fates = fatesOf(writes, finalOf);
  const { ledger, lost } = balance(ops, writes, fates, finalOf);
  const failovers = failoversOf(events);
  const failed = new Set(ops.filter((op) => op.status === "fail").map((op) => op.id));
  const metrics: Metrics = {
    ...availabilityOf(ops),
    lostWrites: ledger.silentlyLost + ledger.erased,
    ...conflictsOf(events, writes, fates, failed),
    staleReads: staleReads(ops, writes, lost),
    unknownOps: ops.filter((op) => op.status === "unknown").length,
    splitBrainMs: splitBrainMs(events, ops),
    failovers: failovers.length,
    falseFailovers: failovers.filter(({ isFalse }) => isFalse).length,
    convergeMs: convergeMs(events, areEqual(run)),
    ...trafficOf(events),
    writeLatencyMs: quantilesOf(latencies(ops, false)),
    readLatencyMs: quantilesOf(latencies(ops, true)),
    replicationLagMs: quantilesOf(replicationLags(events)),
  };
  return {
    scenario: run.scenario,
    seed: run.seed,
    config: run.config,
    digest: run.digest,
    virtualMs: run.virtualMs,
    ops: [...ops],
    roles: [...rolesOf(events)],
    final: Object.fromEntries(run.sites.map(({ site, state }) => [site, state])),
    incidents: [
      ...incidentsOf({
        events,
        ops,
        failovers,
        lost,
        isProvisional: run.isProvisional,
      }),
    ],
    metrics,
    ledger,
    checks: checksOf(run, ops, checks),
  };
}

function latencies(ops: readonly ReportOp[], reads: boolean): readonly number[] {
  return ops
    .filter((op) => op.status === "ok" && isRead(op.f) === reads)
    .map((op) => (op.retMs ?? op.callMs) - op.callMs);
}

function areEqual(run: RunEvidence): boolean {
  const showing = sitesShowing(run);
  const shown = (key: string) => showing(key).map(({ state }) => canonicalJson(state.keys[key] ?? null));
  return keysOf(run.sites).every((key) => new Set(shown(key)).size <= 1);
}
