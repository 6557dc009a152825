import type { ReportOp } from "../protocol/report";
import { isRead } from "./outcomes";
import { canEmpty } from "./write-kind";
import type { Writes } from "./writes";

/**
 * Reads that returned an older version of a key than one acknowledged before they were asked (A3).
 * `lost` writes do not count: what returned an older version then was a loss, not a late replica. Nor does
 * a read of nothing where a deletion is the latest: its site has forgotten it, and cannot name it.
 */
export function staleReads(ops: readonly ReportOp[], writes: Writes, lost: readonly string[]): number {
  const gone = new Set(lost);
  const supersededMs = supersededTimes(ops, writes, gone);
  const isOld = (op: ReportOp) =>
    (supersededMs.get(nameOf(op.key, op.version)) ?? Number.POSITIVE_INFINITY) < op.callMs;
  const kept = ops.filter(({ id, f, status }) => !isRead(f) && status === "ok" && !gone.has(id));
  const isStale = (op: ReportOp) => isOld(op) && !(op.version === null && isEmptied(op, kept, writes));
  return ops.filter((op) => isRead(op.f) && op.status === "ok" && isStale(op)).length;
}

/** True where many sites write and somebody has deleted the key, and nobody has written it since, before this read. */
function isEmptied(read: ReportOp, kept: readonly ReportOp[], writes: Writes): boolean {
  const before = kept.filter(({ key, callMs }) => key === read.key && callMs <= (read.retMs ?? read.callMs));
  const isFilledAfter = (end: number) =>
    before.some(({ f, callMs, retMs }) => !canEmpty(f) && callMs > end && (retMs ?? callMs) < read.callMs);
  return before.some(({ id, f, callMs, retMs }) => {
    const isForgettable = canEmpty(f) && (writes.get(id)?.era ?? null) !== null;
    return isForgettable && !isFilledAfter(retMs ?? callMs);
  });
}

/** For every version, when the first write made on top of it, however indirectly, was acknowledged. */
function supersededTimes(ops: readonly ReportOp[], writes: Writes, lost: ReadonlySet<string>) {
  const times = new Map<string, number>();
  for (const op of ops) {
    if (op.status !== "ok" || isRead(op.f) || op.retMs === null || lost.has(op.id)) continue;
    let write = writes.get(op.id);
    while (write !== undefined) {
      const name = nameOf(op.key, write.over);
      const known = times.get(name);
      // Everything under it is superseded at least as early already.
      if (known !== undefined && known <= op.retMs) break;
      times.set(name, op.retMs);
      write = write.over === null ? undefined : writes.get(write.over);
    }
  }
  return times;
}

function nameOf(key: string, version: string | null): string {
  return JSON.stringify([key, version]);
}
