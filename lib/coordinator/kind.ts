import { canonicalJson } from "../kernel/json";
import type { Cluster } from "../protocol/cluster";
import { isCertified, isDecidedBySites } from "../protocol/deciders";
import { listOf } from "../protocol/words";
import { hasManyWriters } from "./pod";

/** The names of the presets before and after a change; null for settings that no preset has. */
export type PresetNames = { readonly from: string | null; readonly to: string | null };

/** Who decides who writes: where that changes, everybody starts anew from one copy (rules C61 and C101). */
function kindOf(cluster: Cluster): string {
  if (cluster.mode === "quorum") return `quorums ${cluster.merge}`;
  // What a site holds of two writes that met depends on their order, so another order begins anew.
  if (hasManyWriters(cluster)) {
    // Sites that forget deletions by the clock may differ where those that wait for each other must not.
    const forgets = typeof cluster.repair.tombstoneMs === "number" ? "forgets" : "remembers";
    return `everybody ${cluster.lww.order} ${cluster.lww.unit} ${forgets}`;
  }
  if (isCertified(cluster)) return "certified";
  // Monitors, peers and Raft number their epochs apart, and Raft keeps another log.
  return isDecidedBySites(cluster) ? cluster.failover : "coordinator";
}

/** True where the coordinator says who is primary, and grants leases. */
export function isAppointed(cluster: Cluster): boolean {
  return !isDecidedBySites(cluster) && !hasManyWriters(cluster);
}

/** True where the same authority goes on over the same kind of data. */
export function keepsKind(before: Cluster, after: Cluster): boolean {
  return kindOf(before) === kindOf(after);
}

/** The axes in which two clusters differ. */
export function changedAxes(before: Cluster, after: Cluster): readonly (keyof Cluster)[] {
  const axes = Object.keys(after) as (keyof Cluster)[];
  return axes.filter((axis) => canonicalJson(before[axis]) !== canonicalJson(after[axis]));
}

/**
 * Axes that say where a request goes, how it travels and when it is refused. What an acknowledgement or a
 * position promises, and who says so, stands in the others.
 */
const tuning: readonly (keyof Cluster)[] = [
  "upstream",
  "readFrom",
  "writeAt",
  "guard",
  "rejoin",
  "route",
  "app",
  "repair",
];

/** True for a change that a reign may go through (rule C60): of pace and of ways, and not from one preset to another. */
export function isTuning(before: Cluster, after: Cluster, { from, to }: PresetNames): boolean {
  if (from !== null && to !== null && from !== to) return false;
  return changedAxes(before, after).every(
    (axis) => tuning.includes(axis) || (axis === "detector" && before.detector.kind === after.detector.kind),
  );
}

/** What somebody did who changed it: "switched from postgres-async to etcd-raft", "changed ack and sync". */
export function changeWords(before: Cluster, after: Cluster, { from, to }: PresetNames): string {
  if (to !== null && to !== from) return `switched from ${from ?? "settings of its own"} to ${to}`;
  return `changed ${listOf(changedAxes(before, after))}`;
}
