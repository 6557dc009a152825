import { origin, type Position, type Reign } from "../../protocol/position";

/** Reigns remembered; a log that parted earlier is replaced by a full copy. */
const reignsKept = 500;

/** A log as far as two of them are compared: its reigns, oldest first, and its last position. */
export type Lineage = { readonly history: readonly Reign[]; readonly end: Position };

/** `history` with this reign: one that would have begun at the same place or later never wrote anything. */
export function addReign(history: readonly Reign[], reign: Reign): readonly Reign[] {
  if (history.at(-1)?.epoch === reign.epoch) return history;
  const before = cutReigns(history, reign.beginLsn - 1);
  return before.at(-1)?.epoch === reign.epoch ? before : [...before, reign].slice(-reignsKept);
}

/** `history` of the same log cut off after `lsn`. */
export function cutReigns(history: readonly Reign[], lsn: number): readonly Reign[] {
  return history.filter((reign) => reign.beginLsn <= lsn);
}

/** The epoch in which the log with this history wrote, or would write, `lsn`; null before all of it. */
export function epochAt(history: readonly Reign[], lsn: number): number | null {
  return history.findLast((reign) => reign.beginLsn <= lsn)?.epoch ?? null;
}

/**
 * The last position that two logs share (as PostgreSQL finds the fork of two timelines). Two logs that
 * hold the same `(epoch, lsn)` are equal up to it, so it is the last epoch in which both wrote, as far
 * as both wrote in it; without one they share only what their generation began with.
 */
export function forkOf(a: Lineage, b: Lineage): Position {
  for (let i = a.history.length - 1; i >= 0; i -= 1) {
    const epoch = a.history[i]?.epoch ?? 0;
    const mine = rangeOf(a, epoch);
    const theirs = rangeOf(b, epoch);
    if (mine === null || theirs === null) continue;
    const lsn = Math.min(mine.last, theirs.last);
    if (lsn >= Math.max(mine.first, theirs.first)) return { epoch, lsn };
  }
  return origin;
}

/** The positions that a log wrote in one epoch; null when it has no such reign. */
function rangeOf({ history, end }: Lineage, epoch: number): { first: number; last: number } | null {
  const i = history.findIndex((reign) => reign.epoch === epoch);
  const reign = history[i];
  if (reign === undefined) return null;
  const next = history[i + 1];
  return { first: reign.beginLsn, last: Math.min(end.lsn, next === undefined ? end.lsn : next.beginLsn - 1) };
}
