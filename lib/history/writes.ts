import { covers } from "../clock/vector";
import type { Json } from "../kernel/json";
import type { TraceEvent } from "../protocol/trace";
import type { Vector } from "../protocol/vector";
import { createEras, type Era } from "./eras";
import { type Arrival, isArrival, isDiskLoss, siteOf } from "./outcomes";

/** One write as the trace knows it: where it came from, what it replaced, who has it. */
export type Write = {
  readonly op: string;
  readonly key: string;
  readonly f: string;
  readonly arg: Json;
  readonly shadow: Vector;
  /** Its place among the writes of its own site; null where there is one log. */
  readonly dot: { readonly stream: string; readonly seq: number } | null;
  /** What its session had read of the key, wherever that was. */
  readonly read: Vector;
  /** When its author accepted it, or the first time anybody else was seen to have it. */
  readonly atMs: number;
  /** The time of many writers in which it was made; null where there was one log. */
  readonly era: Era | null;
  /** The reign that carried it out: the last one, where a client's site asked several primaries for it. */
  readonly epoch: number;
  /** The version that its author replaced; null when there was none, or its author's trace is missing. */
  over: string | null;
  /** True where its author's site showed nothing of the key, not even a deletion, and then this write. */
  onNothing: boolean;
  /** Versions that a site showed instead of it when the two met there. */
  readonly yieldedTo: Set<string>;
  /** Sites that have it on a disk that was not lost since. */
  readonly holders: Set<string>;
  /** True once a site took it out of its history and no site took it in again. */
  discarded: boolean;
};

/** All writes of a run, by the operation's id, in the order in which they were accepted. */
export type Writes = ReadonlyMap<string, Write>;

/**
 * What one write was in each reign that carried it out, where a client's site asked several primaries for it;
 * where many sites write there is but one.
 */
type Lives = Map<string, Write[]>;

/** Collects the writes of a trace. */
export function writesOf(events: readonly TraceEvent[]): Writes {
  const lives: Lives = new Map();
  const order: Write[] = [];
  const eras = createEras();
  for (const event of events) {
    if (event.kind === "view") eras.onView(event);
    else if (isArrival(event)) arrive(lives, order, event, eras.now());
    else if (event.kind === "discard") leave(lifeOf(lives, event.op, event.position.epoch), event.site);
    else if (event.kind === "fault" && isDiskLoss(event)) {
      for (const write of order) write.holders.delete(siteOf(event.fields) ?? "");
    }
  }
  const kept = new Set([...lives.values()].map(keptOf));
  return new Map(order.filter((write) => kept.has(write)).map((write) => [write.op, write]));
}

/** Of several lives that of the latest reign which did not lose it: the others are no part of this history. */
function keptOf(lives: readonly Write[]): Write | undefined {
  const latest = [...lives].sort((a, b) => b.epoch - a.epoch);
  return latest.find(({ discarded }) => !discarded) ?? latest[0];
}

function lifeOf(lives: Lives, op: string, epoch: number): Write | undefined {
  return lives.get(op)?.find((write) => write.era !== null || write.epoch === epoch);
}

function arrive(lives: Lives, order: Write[], event: Arrival, era: Era | null): void {
  const { op, shadow } = event;
  const known = lifeOf(lives, op, event.position.epoch) ?? begin(lives, order, event, era);
  known.holders.add(event.site);
  known.discarded = false;
  for (const met of [op, event.over]) {
    if (met !== null && event.shows !== null && met !== event.shows) {
      lives.get(met)?.at(-1)?.yieldedTo.add(event.shows);
    }
  }
  if (event.kind === "append" && event.over === null && event.shows === op) known.onNothing = true;
  // A write that its own site does not show, because a clock was ahead, has replaced nothing.
  if (event.over === null || event.shows !== op || known.over !== null) return;
  // Elsewhere it may have met a version that its author never saw; that one it did not replace knowingly.
  const met = lives.get(event.over)?.at(-1);
  if (event.kind === "append" || (met !== undefined && covers(shadow, met.shadow))) known.over = event.over;
}

function begin(lives: Lives, order: Write[], event: Arrival, era: Era | null): Write {
  const { op, key, f, arg, shadow, atMs, stream, read = {} } = event;
  const write: Write = {
    op,
    key,
    f,
    arg,
    shadow,
    dot: stream === undefined ? null : { stream, seq: event.position.lsn },
    read,
    atMs,
    era,
    epoch: event.position.epoch,
    over: null,
    onNothing: false,
    yieldedTo: new Set<string>(),
    holders: new Set<string>(),
    discarded: false,
  };
  lives.set(op, [...(lives.get(op) ?? []), write]);
  order.push(write);
  return write;
}

function leave(write: Write | undefined, site: string): void {
  if (write === undefined) return;
  write.holders.delete(site);
  write.discarded = true;
}

/** True when `earlier` had happened before `later`, as far as the site or the session of `later` could know. */
export function saw(later: Write, earlier: Write): boolean {
  if (later === earlier) return false;
  const { dot } = earlier;
  const isRead = dot !== null && later.key === earlier.key && (later.read[dot.stream] ?? 0) >= dot.seq;
  return isRead || covers(later.shadow, earlier.shadow);
}
