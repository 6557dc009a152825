import type { ReportOp } from "../protocol/report";

/**
 * Whether reads are regular (Lamport, On Interprocess Communication, 1986): one that overlaps with no write
 * of its key returns the last that was acknowledged before it, or one of several that overlapped with each
 * other. A write of unknown outcome may still take effect at any time, so it overlaps with all that follows.
 * Null, or the sentence of the first read that returns anything else.
 */
export function irregularRead(ops: readonly ReportOp[]): string | null {
  const writesOf = byKey(ops.filter(({ f, status }) => f !== "get" && status !== "fail"));
  for (const read of ops) {
    if (read.f !== "get" || read.status !== "ok" || read.retMs === null) continue;
    const writes = writesOf.get(read.key) ?? [];
    if (writes.some((write) => overlaps(write, read.callMs, read.retMs ?? read.callMs))) continue;
    const before = writes.filter((write) => endOf(write) < read.callMs);
    const last = before.filter((write) => !before.some((later) => endOf(write) < later.callMs));
    if (last.length === 0 || last.some(({ id }) => id === read.version)) continue;
    // What was deleted and forgotten leaves no version behind.
    if (read.version === null && last.some(({ f }) => f === "delete")) continue;
    const wanted = last.map(({ id }) => id).join(" or ");
    return `${read.id} read ${read.version ?? "nothing"} of ${read.key}, after ${wanted} had been acknowledged.`;
  }
  return null;
}

function byKey(ops: readonly ReportOp[]): ReadonlyMap<string, readonly ReportOp[]> {
  const keys = new Map<string, ReportOp[]>();
  for (const op of ops) keys.set(op.key, [...(keys.get(op.key) ?? []), op]);
  return keys;
}

/** When a write certainly had taken effect. */
function endOf({ status, retMs }: ReportOp): number {
  return status === "ok" && retMs !== null ? retMs : Number.POSITIVE_INFINITY;
}

function overlaps(write: ReportOp, fromMs: number, toMs: number): boolean {
  return write.callMs <= toMs && endOf(write) >= fromMs;
}
