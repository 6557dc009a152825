import type { ReportOp } from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";
import { isRead } from "./outcomes";

/**
 * From the first acknowledgement of a newer epoch to the last of an older one, 0 if that is never
 * negative: how long two primaries acknowledged writes at once. Where every site is a primary there
 * is nothing to split.
 */
export function splitBrainMs(events: readonly TraceEvent[], ops: readonly ReportOp[]): number {
  const manyWriters = manyWriterTimes(events);
  const sentMs = answersOf(events);
  const firstMs = new Map<number, number>();
  const lastMs = new Map<number, number>();
  for (const op of ops) {
    if (op.status !== "ok" || isRead(op.f) || manyWriters(op.callMs)) continue;
    const ackMs = sentMs.get(`${op.servedBy} ${op.id}`) ?? (op.site === op.servedBy ? op.retMs : op.callMs);
    if (ackMs === null) continue;
    firstMs.set(op.epoch, Math.min(firstMs.get(op.epoch) ?? ackMs, ackMs));
    lastMs.set(op.epoch, Math.max(lastMs.get(op.epoch) ?? ackMs, ackMs));
  }
  let longest = 0;
  for (const [newer, first] of firstMs) {
    for (const [older, last] of lastMs) if (older < newer) longest = Math.max(longest, last - first);
  }
  return longest;
}

/** When a primary sent its answer off; where the trace lacks it, the call is the earliest it can have been. */
function answersOf(events: readonly TraceEvent[]): ReadonlyMap<string, number> {
  const sent = new Map<string, number>();
  for (const event of events) {
    if (event.kind !== "send") continue;
    const opId = /^(?:forward-reply|reply) (.+)$/.exec(event.msg)?.[1];
    const name = `${event.from} ${opId}`;
    // A repeated question gets the old answer again; the write was acknowledged when it was first given.
    if (opId !== undefined && !sent.has(name)) sent.set(name, event.atMs);
  }
  return sent;
}

function manyWriterTimes(events: readonly TraceEvent[]): (atMs: number) => boolean {
  const views = events.flatMap((event) =>
    event.kind === "view" ? [{ atMs: event.atMs, many: event.mode === "active-active" }] : [],
  );
  return (atMs) => views.findLast((view) => view.atMs <= atMs)?.many ?? false;
}
