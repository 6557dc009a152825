import type { ReportOp } from "../../protocol/report";
import type { Fate } from "../fate";
import { isRead } from "../outcomes";
import { saw, type Writes } from "../writes";
import { type Finding, holds, noEvidence, violated } from "./finding";

/**
 * Lost update: of two writes to a key one is gone although its client had been told `ok` and nobody who
 * had seen it chose to replace it (checking.md, 1.6 b and c). What a failover or a lost disk
 * took is a lost write, which the ledger counts as erased; it is not this.
 */
export function checkLostUpdate(
  ops: readonly ReportOp[],
  writes: Writes,
  fates: ReadonlyMap<string, Fate>,
): Finding {
  const acked = new Set(ops.filter((op) => op.status === "ok" && !isRead(op.f)).map((op) => op.id));
  if (![...acked].some((id) => writes.has(id)))
    return noEvidence("No acknowledged write was seen in a site's data.");
  for (const id of acked) {
    const write = writes.get(id);
    if (write === undefined || fates.get(id) !== "silentlyLost") continue;
    const by = [...write.yieldedTo].find((other) => acked.has(other)) ?? [...write.yieldedTo][0];
    const winner = by === undefined ? undefined : writes.get(by);
    const text =
      winner !== undefined && saw(write, winner)
        ? `${id} was acknowledged and its author had seen ${by}, but the rule put ${by} after it on key ${write.key}.`
        : `${id} was acknowledged and then gave way to ${by ?? "another write"} on key ${write.key}, and neither author had seen the other's write.`;
    return violated(`key ${write.key}`, by === undefined ? [id] : [id, by], text, acked.size);
  }
  return holds("Every acknowledged write survived, or was replaced by somebody who had seen it.", acked.size);
}
