import type { Cluster } from "../../protocol/cluster";
import type { Site } from "../site";
import type { Progress } from "./state";

/** What a replica must have done with a write before it counts. */
export type Stage = "received" | "flushed" | "applied";

/** Which stage each level waits for (PostgreSQL's `synchronous_commit`, MySQL's semi-sync); the others wait for nobody. */
const stages: Readonly<Partial<Record<Cluster["ack"], Stage>>> = {
  semi: "received",
  "remote-write": "received",
  sync: "flushed",
  "remote-apply": "applied",
};

/** The stage that the present cluster waits for. */
export function stageOf({ view }: Site): Stage | null {
  const cluster = view?.cluster;
  return cluster?.mode === "active-passive" ? (stages[cluster.ack] ?? null) : null;
}

/** The last entry with which a replica has come as far as `stage`, as far as its upstream knows. */
export function reached({ received, acked, appliedLsn }: Progress, stage: Stage | null): number {
  if (stage === "received") return received.lsn;
  return stage === "applied" ? appliedLsn : acked.lsn;
}
