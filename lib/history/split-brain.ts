import type { ReportOp } from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";
import { isRead } from "./outcomes";

/** Two acknowledgements that one primary at a time could not have given. */
export type SplitBrain = {
  /** The first acknowledgement of the newer epoch. */
  readonly newer: ReportOp;
  /** The last one of the older epoch, later than the other by `ms`. */
  readonly older: ReportOp;
  readonly ms: number;
};

/**
 * From the first acknowledgement of a newer epoch to the last of an older one, 0 if that is never
 * negative: how long two primaries acknowledged writes at once. Where every site is a primary there
 * is nothing to split.
 */
export function splitBrainMs(events: readonly TraceEvent[], ops: readonly ReportOp[]): number {
  return splitBrainOf(acknowledgements(events, ops))?.ms ?? 0;
}

/** An acknowledged write of a one-writer cluster and when its primary gave its word. */
export type Acknowledgement = { readonly op: ReportOp; readonly atMs: number };

/** Every acknowledgement that a single primary gave. */
export function acknowledgements(
  events: readonly TraceEvent[],
  ops: readonly ReportOp[],
): readonly Acknowledgement[] {
  const manyWriters = manyWriterTimes(events);
  const sentMs = answersOf(events);
  return ops.flatMap((op) => {
    if (op.status !== "ok" || isRead(op.f) || manyWriters(op.callMs)) return [];
    const atMs = sentMs.get(`${op.servedBy} ${op.id}`) ?? (op.site === op.servedBy ? op.retMs : op.callMs);
    return atMs === null ? [] : [{ op, atMs }];
  });
}

/**
 * The longest time for which two reigns acknowledged at once; null if never. Where sites decide among
 * themselves two of them can reign in one epoch: then the newer is the one that acknowledged first later.
 */
export function splitBrainOf(acked: readonly Acknowledgement[]): SplitBrain | null {
  const reigns = new Map<string, { first: Acknowledgement; last: Acknowledgement }>();
  for (const ack of acked) {
    const name = `${ack.op.epoch} ${ack.op.servedBy}`;
    const { first, last } = reigns.get(name) ?? { first: ack, last: ack };
    reigns.set(name, {
      first: ack.atMs < first.atMs ? ack : first,
      last: ack.atMs > last.atMs ? ack : last,
    });
  }
  let worst: SplitBrain | null = null;
  for (const { first: newer } of reigns.values()) {
    for (const { first, last: older } of reigns.values()) {
      // A site is never two primaries: what it repeats in its second reign it may have said in its first.
      if (older.op.servedBy === newer.op.servedBy) continue;
      const ms = older.atMs - newer.atMs;
      if (isOlder(first, newer) && ms > (worst?.ms ?? 0)) worst = { newer: newer.op, older: older.op, ms };
    }
  }
  return worst;
}

function isOlder(a: Acknowledgement, b: Acknowledgement): boolean {
  const [mine, other] = [a.op.epoch ?? 0, b.op.epoch ?? 0];
  if (mine !== other || a.atMs !== b.atMs) return mine < other || (mine === other && a.atMs < b.atMs);
  return (a.op.servedBy ?? "") < (b.op.servedBy ?? "");
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
  const views = events
    .filter((event) => event.kind === "view")
    .map(({ atMs, mode }) => ({ atMs, many: isManyWriters(mode) }));
  return (atMs) => views.findLast((view) => view.atMs <= atMs)?.many ?? false;
}

/** True where every site takes writes and none of them has a place in a common log. */
export function hasNoLog({ mode, merge }: { readonly mode: string; readonly merge: string }): boolean {
  return isManyWriters(mode) && merge !== "certify";
}

/** True where every site is a primary. */
export function isManyWriters(mode: string): boolean {
  return mode === "active-active" || mode === "quorum";
}
