import { covers } from "../clock/vector";
import type { PodFigures } from "../protocol/lab/picture";
import type { TraceEvent } from "../protocol/trace";
import type { Vector } from "../protocol/vector";
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
import { merges } from "./write-kind";

/** What the trace proves so far, kept as it comes in. Memory is bounded; old losses stay counted. */
export type LiveFigures = {
  readonly add: (event: TraceEvent) => void;
  readonly read: () => PodFigures;
};

/** Writes remembered for judging what becomes of them; older ones keep the verdict they had. */
const writesKept = 20_000;

type Write = {
  readonly shadow: Vector | null;
  acked: boolean;
  /** Gone from a log or from a disk. */
  erased: boolean;
  /** A merge rule let a write that had not seen this one win. */
  beaten: boolean;
  /** A later write replaced it having seen it. */
  replaced: boolean;
};

/** Starts from nothing. Events of one site come in order; those of several may interleave freely. */
export function createLiveFigures(): LiveFigures {
  const settled = { lost: 0, conflicts: 0 };
  const writes = createRecent<string, Write>(writesKept, (write) => {
    if (isLost(write)) settled.lost += 1;
    if (isConflict(write)) settled.conflicts += 1;
  });
  const finished = createRecent<string, true>(writesKept, () => undefined);
  const failovers = createFailoverWatch();
  const count = { writesOk: 0, writesFailed: 0, writesUnknown: 0, readsOk: 0, readsFailed: 0 };
  let served = 0;
  let asked = 0;
  let failoverCount = 0;
  let rule = "lww";

  function writeOf(op: string, shadow: Vector | null): Write {
    const known = writes.get(op);
    if (known !== undefined && (known.shadow !== null || shadow === null)) return known;
    const blank = { acked: false, erased: false, beaten: false, replaced: false };
    const write: Write = { ...blank, ...known, shadow };
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
      writeOf(event.id, null).acked = true;
    }
  }

  function onView(event: EventOf<"view">): void {
    rule = event.merge;
    if (failovers.view(event) !== null) failoverCount += 1;
  }

  /** Judges the two writes that met at one key of one site by which of them the site shows now. */
  function onArrival(event: Arrival): void {
    const arrived = writeOf(event.op, event.shadow);
    if (event.over === null || event.over === event.op) return;
    const met = writeOf(event.over, null);
    const winner = event.shows === event.op ? arrived : met;
    const loser = winner === arrived ? met : arrived;
    if (loser.shadow === null || winner.shadow === null) return;
    if (covers(winner.shadow, loser.shadow)) loser.replaced = true;
    else if (!merges(rule, event.f)) loser.beaten = true;
  }

  return {
    add(event) {
      if (isCompletion(event)) onCompletion(event);
      else if (isArrival(event)) onArrival(event);
      else if (event.kind === "discard") writeOf(event.op, null).erased = true;
      else if (event.kind === "view") onView(event);
      else if (event.kind === "fault" && event.verb === "promote")
        failovers.promoted(siteOf(event.fields) ?? "");
    },
    read() {
      const kept = [...writes.values()];
      return {
        ...count,
        lostWrites: settled.lost + kept.filter(isLost).length,
        silentConflicts: settled.conflicts + kept.filter(isConflict).length,
        failovers: failoverCount,
        availabilityPct: asked === 0 ? null : (100 * served) / asked,
      };
    },
  };
}

function isConflict(write: Write): boolean {
  return write.beaten && !write.replaced;
}

function isLost(write: Write): boolean {
  return write.acked && (write.erased || isConflict(write));
}
