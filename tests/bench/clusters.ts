import type { ClusterPatch } from "../../lib/protocol/cluster";
import type { SiteId } from "../../lib/protocol/ids";
import { createLoopPod, type LoopPod } from "./loop-pod";

/** The kinds of cluster that the engine is measured as. */
export const measuredClusters: readonly {
  readonly name: string;
  readonly cluster: ClusterPatch;
  readonly sites: number;
}[] = [
  { name: "single", cluster: { preset: "single" }, sites: 1 },
  { name: "off", cluster: { preset: "postgres-async", ack: "off" }, sites: 3 },
  { name: "async", cluster: { preset: "postgres-async" }, sites: 3 },
  { name: "semi", cluster: { preset: "mysql-semisync" }, sites: 3 },
  { name: "sync", cluster: { preset: "postgres-sync" }, sites: 3 },
  { name: "remote-apply", cluster: { preset: "postgres-sync", ack: "remote-apply" }, sites: 3 },
  { name: "quorum commit", cluster: { preset: "postgres-quorum-commit" }, sites: 3 },
  { name: "consensus", cluster: { mode: "consensus" }, sites: 3 },
  { name: "quorum", cluster: { mode: "quorum" }, sites: 3 },
  { name: "active-active lww", cluster: { mode: "active-active", merge: "lww" }, sites: 3 },
  { name: "active-active crdt", cluster: { mode: "active-active", merge: "crdt" }, sites: 3 },
];

const cities = ["mumbai", "pune", "frankfurt"] as SiteId[];

/** A pod of the kind that has begun to work, standbys in step. */
export function startPod(
  { cluster, sites }: (typeof measuredClusters)[number],
  carry?: <T>(message: T) => T,
): LoopPod {
  const pod = createLoopPod(cities.slice(0, sites), cluster, carry);
  pod.wait(3000);
  return pod;
}
