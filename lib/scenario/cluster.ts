import { err, ok, type Result } from "../kernel/result";
import type { Cluster, ClusterPatch, Mode } from "../protocol/cluster";
import { impossibleCombination, possibleFencing } from "./combinations";
import { defaultPreset, presets } from "./presets/all";
import { jsonPath, type Problem } from "./problem";

/** The first value of every axis (contract, section 4). */
const plain: Cluster = {
  mode: "single",
  ack: "async",
  sync: { rule: "first", count: 1, strict: true },
  standby: "hot",
  upstream: {},
  readFrom: "local",
  writeAt: "forward",
  detector: { kind: "fixed", heartbeatMs: 1000, timeoutMs: 3000 },
  failover: "lease",
  monitors: { count: 3, quorum: 2, majority: true },
  store: { members: [], failsafe: false },
  raft: { preVote: true, checkQuorum: true, reads: "read-index" },
  guard: { replicas: 0, maxLagMs: 3000 },
  fencing: ["lease-request", "epoch"],
  rejoin: "rewind",
  failback: "manual",
  route: "primary",
  merge: "lww",
  lww: { order: "time", unit: "key", maxOffsetMs: null },
  app: { rules: [] },
  quorum: { n: 3, r: 2, w: 2, sloppy: false, scope: "any" },
  session: [],
  causal: false,
  repair: { hintMs: 10_000, readRepair: "none", antiEntropyMs: 1000, tombstoneMs: "stable" },
};

/** The plain defaults of each mode. Where nobody is primary, clients go to the site nearest to them. */
export const plainOf: Readonly<Record<Mode, Cluster>> = {
  single: plain,
  "active-passive": { ...plain, mode: "active-passive" },
  "active-active": { ...plain, mode: "active-active", route: "local" },
  quorum: { ...plain, mode: "quorum", route: "local" },
  consensus: { ...plain, mode: "consensus", failover: "raft", fencing: ["epoch"], readFrom: "primary" },
};

/**
 * Every axis of the cluster that `patch` describes: its preset (or `base`, the cluster that is
 * running, or the default preset), then the axes that override it. A patch with a mode and neither
 * preset nor base has that mode's plain defaults. A change of mode keeps what both modes
 * understand (pace, decider, fencing, repair) and takes the new mode's defaults for the rest.
 * A combination that no system could run is an error: `path` is a JSON path within the patch and
 * `expected` a sentence. Axes that merely mean nothing in a mode are accepted and keep their value
 * for when the mode changes: `merge` with one writer; `sync`, `failover`, `fencing`, `readFrom`,
 * `writeAt` and `route: "primary"` with many. Which combinations are impossible is a table, `combinations.ts`.
 */
export function resolveCluster(patch: ClusterPatch, base?: Cluster): Result<Cluster, Problem> {
  const start = startOf(patch, base);
  if (!start.ok) return start;
  const cluster = override(start.value, patch);
  const problem = impossibleCombination(cluster, patch);
  return problem === null ? ok(cluster) : err(problem);
}

function startOf({ preset, mode }: ClusterPatch, base: Cluster | undefined): Result<Cluster, Problem> {
  if (preset === undefined && base !== undefined) return ok(base);
  if (preset === undefined && mode !== undefined) return ok(plainOf[mode]);
  const name = preset ?? defaultPreset;
  const row = presets.find((each) => each.name === name);
  if (row !== undefined) return ok(override(plainOf[row.cluster.mode], row.cluster));
  const known = presets.map((each) => each.name).join(", ");
  return err({ path: jsonPath(["preset"]), expected: `expected a preset of this lab, one of ${known}` });
}

function override(start: Cluster, patch: ClusterPatch): Cluster {
  const {
    preset: _,
    sync,
    detector,
    monitors,
    store,
    raft,
    guard,
    lww,
    quorum,
    repair,
    mode,
    ...axes
  } = patch;
  const inMode = mode === undefined || mode === start.mode ? start : moved(start, mode);
  const failover = axes.failover ?? inMode.failover;
  return {
    ...inMode,
    // Whoever names another decider gets that part of the fencing which it can have.
    fencing: possibleFencing(failover, inMode.fencing),
    ...defined(axes),
    sync: { ...inMode.sync, ...defined(sync ?? {}) },
    detector: { ...inMode.detector, ...defined(detector ?? {}) },
    monitors: { ...inMode.monitors, ...defined(monitors ?? {}) },
    store: { ...inMode.store, ...defined(store ?? {}) },
    raft: { ...inMode.raft, ...defined(raft ?? {}) },
    guard: { ...inMode.guard, ...defined(guard ?? {}) },
    lww: { ...inMode.lww, ...defined(lww ?? {}) },
    quorum: { ...inMode.quorum, ...defined(quorum ?? {}) },
    repair: { ...inMode.repair, ...defined(repair ?? {}) },
  };
}

function moved(from: Cluster, mode: Mode): Cluster {
  const to = plainOf[mode];
  const { heartbeatMs, timeoutMs } = from.detector;
  // A decider belongs to its mode: Raft decides nothing for a log without it, nor a lease for Raft.
  const isKept = (from.mode === "consensus") === (mode === "consensus");
  const { failover, fencing } = isKept ? from : to;
  const detector = { ...to.detector, heartbeatMs, timeoutMs };
  return { ...to, detector, failover, fencing, repair: from.repair };
}

/** An optional axis may be present and undefined; then it overrides nothing. */
function defined<T extends object>(axes: T): { [Axis in keyof T]: Exclude<T[Axis], undefined> } {
  const entries = Object.entries(axes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Axis in keyof T]: Exclude<T[Axis], undefined> };
}
