import type { SiteId } from "../../protocol/ids";
import { origin, type Position, type Reign } from "../../protocol/position";

/** Reigns remembered; a log that parted earlier is replaced by a full copy. */
const reignsKept = 500;

/** A log as far as two of them are compared: its reigns, oldest first, and its last position. */
export type Lineage = { readonly history: readonly Reign[]; readonly end: Position };

/** `history` with this reign: one that would have begun at the same place or later never wrote anything. */
export function addReign(history: readonly Reign[], reign: Reign): readonly Reign[] {
  if (isSame(history.at(-1), reign)) return history;
  const before = cutReigns(history, reign.beginLsn - 1);
  return isSame(before.at(-1), reign) ? before : [...before, reign].slice(-reignsKept);
}

/** `history` of the same log cut off after `lsn`. */
export function cutReigns(history: readonly Reign[], lsn: number): readonly Reign[] {
  return history.filter((reign) => reign.beginLsn <= lsn);
}

/** The reign in which the log with this history wrote, or would write, `lsn`; null before all of it. */
export function reignAt(history: readonly Reign[], lsn: number): Reign | null {
  return history.findLast((reign) => reign.beginLsn <= lsn) ?? null;
}

/** Who wrote `lsn` in the log with this history; null before the first entry. */
export function authorAt(history: readonly Reign[], lsn: number): SiteId | null {
  return lsn === 0 ? null : (reignAt(history, lsn)?.by ?? null);
}

/** True for two names of one reign: its epoch, and who reigned. */
export function isSame(a: Pick<Reign, "epoch" | "by"> | null | undefined, b: Pick<Reign, "epoch" | "by">) {
  return a?.epoch === b.epoch && a.by === b.by;
}

/**
 * The last position that two logs share (as PostgreSQL finds the fork of two timelines). Two logs that
 * hold the same `(epoch, by, lsn)` are equal up to it, so it is the last reign in which both wrote, as far
 * as both wrote in it; without one they share only what their generation began with.
 */
export function forkOf(a: Lineage, b: Lineage): Position {
  for (let i = a.history.length - 1; i >= 0; i -= 1) {
    const reign = a.history[i];
    if (reign === undefined) continue;
    const mine = rangeOf(a, reign);
    const theirs = rangeOf(b, reign);
    if (mine === null || theirs === null) continue;
    const lsn = Math.min(mine.last, theirs.last);
    if (lsn >= Math.max(mine.first, theirs.first)) return { epoch: reign.epoch, lsn };
  }
  return origin;
}

/** The positions that a log wrote in one reign; null when it has no such reign. */
function rangeOf({ history, end }: Lineage, sought: Reign): { first: number; last: number } | null {
  const i = history.findIndex((reign) => isSame(reign, sought));
  const reign = history[i];
  if (reign === undefined) return null;
  const next = history[i + 1];
  return { first: reign.beginLsn, last: Math.min(end.lsn, next === undefined ? end.lsn : next.beginLsn - 1) };
}
