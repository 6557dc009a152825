import { covers } from "../clock/vector";
import type { PodFigures } from "../protocol/lab/picture";
import type { Position } from "../protocol/position";
import type { TraceEvent } from "../protocol/trace";
import { createEras, type Era } from "./eras";
import { createFailoverWatch } from "./failover-count";
import {
  type Arrival,
  type Completion,
  type EventOf,
  isArrival,
  isCompletion,
  isRead,
  isServed,
  siteOf,
} from "./outcomes";
import { createRecent } from "./recent";
import { carries, keepsUnread, merges } from "./write-kind";

/** What the trace proves so far, kept as it comes in. Memory is bounded; old losses stay counted. */
export type LiveFigures = {
  readonly add: (event: TraceEvent) => void;
  readonly read: () => PodFigures;
  /** The verdict of the last reading: a write that knew nothing of this one stands in its place. */
  readonly isOverwritten: (op: string) => boolean;
};

/** Writes remembered for judging what becomes of them; older ones keep the verdict they had. */
const writesKept = 20_000;

type Write = {
  readonly op: string;
  /** Null until somebody was seen to take it in. */
  arrival: Arrival | null;
  /** The time of many writers in which that was; null where there was one log. */
  era: Era | null;
  acked: boolean;
  /** Gone from a log or from a disk: its site has said so. */
  erased: boolean;
  /** Where the log has it; null where there is none. */
  place: Place | null;
  /** Beyond the end of the log with which the present reign began. */
  absent: boolean;
  readonly holders: Set<string>;
  /** Sites that show another write in place of this one, which may still stand beside it. */
  readonly beatenAt: Set<string>;
  /** A later write replaced it having seen it. */
  replaced: boolean;
  /** Later writes made on top of it that still contain it: it lives as long as one of them does. */
  readonly heirs: Write[];
  /** The verdict of the last reading: overwritten by a write whose author never saw it. */
  conflict: boolean;
};

/** A place in one log: positions of two generations cannot be compared. */
type Place = Position & { readonly generation: number };

/** Starts from nothing. Events of one site come in order; those of several may interleave freely. */
export function createLiveFigures(): LiveFigures {
  const settled = { lost: 0, conflicts: 0 };
  const writes = createRecent<string, Write>(writesKept, (write) => {
    if (isLost(write)) settled.lost += 1;
    if (write.conflict) settled.conflicts += 1;
  });
  const finished = createRecent<string, true>(writesKept, () => undefined);
  const failovers = createFailoverWatch();
  const count = {
    writesOk: 0,
    writesFailed: 0,
    writesUnknown: 0,
    readsOk: 0,
    readsFailed: 0,
  };
  let served = 0;
  let asked = 0;
  let failoverCount = 0;
  const eras = createEras();
  let generation = 0;
  let epoch = 0;

  function writeOf(op: string): Write {
    const known = writes.get(op);
    if (known !== undefined) return known;
    const flags = { acked: false, erased: false, absent: false, replaced: false, conflict: false };
    const seen = { arrival: null, era: null, place: null };
    const sets = { holders: new Set<string>(), beatenAt: new Set<string>(), heirs: [] };
    const write: Write = { op, ...seen, ...flags, ...sets };
    writes.set(op, write);
    return write;
  }

  function onCompletion(event: Completion): void {
    if (finished.get(event.id) !== undefined) return;
    finished.set(event.id, true);
    const error = event.kind === "ok" ? null : event.error;
    asked += 1;
    if (isServed(event.kind, error)) served += 1;
    if (isRead(event.f)) count[event.kind === "ok" ? "readsOk" : "readsFailed"] += 1;
    else if (event.kind === "unknown") count.writesUnknown += 1;
    else if (event.kind === "fail") count.writesFailed += 1;
    else {
      count.writesOk += 1;
      writeOf(event.id).acked = true;
    }
  }

  function onView(event: EventOf<"view">): void {
    eras.onView(event);
    generation = event.generation ?? generation;
    epoch = Math.max(epoch, event.epoch);
    if (failovers.view(event) !== null) failoverCount += 1;
  }

  /** Judges the two writes that met at one key of one site by which of them the site shows now. */
  function onArrival(event: Arrival): void {
    const arrived = writeOf(event.op);
    arrived.erased = arrived.absent = false;
    arrived.holders.add(event.site);
    const isNews = arrived.arrival === null;
    if (isNews) arrived.era = eras.now();
    arrived.arrival ??= event;
    if (arrived.era === null && (isNews || event.kind === "append"))
      arrived.place = { ...event.position, generation };
    if (event.over === null || event.over === event.op) return;
    const met = writeOf(event.over);
    const hasWon = event.shows === event.op;
    const hasSeen = met.arrival !== null && covers(event.shadow, met.arrival.shadow);
    // Only its author knows what a write replaced; elsewhere it may meet a version that had lost before.
    if (hasWon && (event.kind === "append" || (isNews && hasSeen))) replace(met, arrived, event);
    // What is shown here has not lost here: it may have waited for a write that it was made upon.
    if (event.shows !== null) writeOf(event.shows).beatenAt.delete(event.site);
    // Two deletions have the same effect: neither is lost.
    if (met.arrival?.f === "delete" && event.f === "delete") return;
    // One that somebody replaced knowingly is judged by that instead, whenever it becomes known.
    for (const write of [met, arrived]) {
      if (write.op !== event.shows) write.beatenAt.add(event.site);
    }
  }

  /** What the log of a new primary does not hold is gone, whoever has it still, until that one reigns. */
  function onReign({ site, epoch: ofReign, end }: EventOf<"role">): void {
    if (end === undefined || ofReign < epoch) return;
    for (const write of writes.values()) {
      const { place, holders } = write;
      if (place?.generation !== generation) continue;
      const isBeyond = place.lsn > end.lsn || place.epoch > end.epoch;
      write.absent = isBeyond || (write.absent && !holders.has(site));
    }
  }

  function replace(older: Write, newer: Write, event: Arrival): void {
    if (older.arrival !== null && carries(event, older.arrival)) older.heirs.push(newer);
    else older.replaced = true;
  }

  return {
    add(event) {
      if (isCompletion(event)) onCompletion(event);
      else if (isArrival(event)) onArrival(event);
      else if (event.kind === "discard") writeOf(event.op).erased = true;
      else if (event.kind === "view") onView(event);
      else if (event.kind === "role") onReign(event);
      else if (event.kind === "fault" && event.verb === "promote")
        failovers.promoted(siteOf(event.fields) ?? "");
    },
    isOverwritten: (op) => writes.get(op)?.conflict ?? false,
    read() {
      const kept = [...writes.values()];
      // What was made on top of a write came after it, so judging from the newest on needs no recursion.
      for (const write of kept.toReversed()) write.conflict = isConflict(write);
      return {
        ...count,
        lostWrites: settled.lost + kept.filter(isLost).length,
        silentConflicts: settled.conflicts + kept.filter(({ conflict }) => conflict).length,
        failovers: failoverCount,
        availabilityPct: asked === 0 ? null : (100 * served) / asked,
      };
    },
  };
}

function isConflict({ beatenAt, replaced, heirs, era, arrival }: Write): boolean {
  if (replaced) return false;
  // Where a rule keeps what nobody has read, what is not shown stands beside what is. Another rule may come.
  if (era !== null && keepsUnread(era.rule)) return false;
  if (era !== null && arrival !== null && merges(era.rule, arrival)) return false;
  return heirs.length > 0 ? heirs.every(({ conflict }) => conflict) : beatenAt.size > 0;
}

function isLost({ acked, erased, absent, conflict }: Write): boolean {
  return acked && (erased || absent || conflict);
}
