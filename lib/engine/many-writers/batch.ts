import type { LoggedOp } from "../../merge/op-log";
import { limits } from "../../protocol/limits";
import type { ReplicatedOp } from "../../protocol/site/replicated-op";

/** Bytes of writes in one message: with its envelope it is one frame. */
export const batchBytes = 40 * 1024;

/** Cuts writes into messages, in order. Only a single large write makes a message over `batchBytes`. */
export function batchesOf(ops: readonly LoggedOp[]): readonly (readonly LoggedOp[])[] {
  const batches: LoggedOp[][] = [];
  let room = 0;
  for (const logged of ops) {
    const last = batches.at(-1);
    if (last === undefined || last.length === limits.entriesPerMessage || logged.bytes > room) {
      batches.push([logged]);
      room = batchBytes - logged.bytes;
    } else {
      last.push(logged);
      room -= logged.bytes;
    }
  }
  return batches;
}

/** The lane that a batch fits: a datagram must not be fragmented. */
export function laneOf(batch: readonly LoggedOp[]): "replication" | "stream" {
  return batch.reduce((sum, { bytes }) => sum + bytes, 0) > batchBytes ? "stream" : "replication";
}

export function opsOf(batch: readonly LoggedOp[]): ReplicatedOp[] {
  return batch.map(({ op }) => op);
}
