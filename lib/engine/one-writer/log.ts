import { mergeVectors } from "../../clock/vector";
import type { Json } from "../../kernel/json";
import type { OpId, SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { origin, type Position } from "../../protocol/position";
import type { LogEntry } from "../../protocol/site/log-entry";
import type { StoredKey } from "../../protocol/site/stored-key";
import type { Site } from "../site";
import { applyEntry, cloneKeys, emptyKeys, type Keys, keysFrom } from "./keys";
import { addReign, authorAt, cutReigns, type Lineage } from "./reigns";

/** Where a write stands in the log, and what its client is told. */
export type Logged = {
  readonly lsn: number;
  readonly value: Json;
  /** True once this site has told a client that the write is done. */
  acknowledged: boolean;
};

/**
 * A one-writer site's log and the keys it makes, in three states: `baseKeys` before the first entry
 * kept, `tip` after the last one, `shownKeys` after the last one that readers may see. So a rewind is:
 * cut the log, start from the base, apply what is left.
 */
export type Log = {
  base: Position;
  baseKeys: Keys;
  entries: LogEntry[];
  tip: Keys;
  shownKeys: Keys;
  shownLsn: number;
  /** The end of what is on disk. */
  flushed: Position;
  /** Every write still in `entries`, so that a repeat of it is answered and not applied again. */
  readonly logged: Map<OpId, Logged>;
  /** Counts changes of `shownKeys`, for whoever derives something from them. */
  changes: number;
};

export function createLog(): Log {
  return {
    base: origin,
    baseKeys: emptyKeys(),
    entries: [],
    tip: emptyKeys(),
    shownKeys: emptyKeys(),
    shownLsn: 0,
    flushed: origin,
    logged: new Map(),
    changes: 0,
  };
}

/** The position of an entry kept, or of the base; null before and after. */
export function positionAt(log: Log, lsn: number): Position | null {
  if (lsn === log.base.lsn) return log.base;
  const entry = log.entries[lsn - log.base.lsn - 1];
  return entry === undefined ? null : positionOf(entry);
}

export function endOf(log: Log): Position {
  const last = log.entries.at(-1);
  return last === undefined ? log.base : positionOf(last);
}

/** The last position that readers see. */
export function shownOf(log: Log): Position {
  return positionAt(log, log.shownLsn) ?? log.base;
}

/** True when the log holds exactly this position, and the same site wrote it: then all before is equal too. */
export function agrees(site: Site, log: Log, position: Position, by: SiteId | null): boolean {
  return holds(log, position) && authorAt(site.history, position.lsn) === by;
}

/** True when the log holds exactly this position. */
export function holds(log: Log, position: Position): boolean {
  return positionAt(log, position.lsn)?.epoch === position.epoch;
}

export function lineageOf(site: Site, log: Log): Lineage {
  return { history: site.history, end: endOf(log) };
}

/** The entries from `lsn` on, at most `count`. */
export function entriesFrom(log: Log, lsn: number, count: number): readonly LogEntry[] {
  const first = Math.max(0, lsn - log.base.lsn - 1);
  return log.entries.slice(first, first + count);
}

/** Adds the entry after the end. The site's history and shadow follow. */
export function appendEntry(site: Site, log: Log, entry: LogEntry): void {
  log.entries.push(entry);
  const value = applyEntry(log.tip, entry);
  log.logged.set(entry.opId, { lsn: entry.lsn, value, acknowledged: false });
  site.history = addReign(site.history, { epoch: entry.epoch, by: entry.by, beginLsn: entry.lsn });
  site.shadow = mergeVectors(site.shadow, entry.shadow);
  // A later primary was asked for the same write, so it is not lost after all.
  if (site.discarded.length > 0) {
    site.discarded = site.discarded.filter(({ opId }) => opId !== entry.opId);
  }
}

/** Notes that everything up to `position` is on disk. False when the log no longer holds it. */
export function flushTo(log: Log, position: Position): boolean {
  if (!holds(log, position)) return false;
  if (position.lsn >= log.flushed.lsn) log.flushed = position;
  return true;
}

/** Lets readers see the log up to `lsn`, calling `each` before an entry is applied. */
export function showTo(log: Log, lsn: number, each: (entry: LogEntry) => void): void {
  for (const entry of entriesFrom(log, log.shownLsn + 1, Math.max(0, lsn - log.shownLsn))) {
    each(entry);
    applyEntry(log.shownKeys, entry);
    log.shownLsn = entry.lsn;
    log.changes += 1;
  }
}

/** Cuts off everything after `fork`, which the log must hold. */
export function truncate(site: Site, log: Log, fork: Position): void {
  for (const { opId } of log.entries.splice(fork.lsn - log.base.lsn)) log.logged.delete(opId);
  site.history = cutReigns(site.history, fork.lsn);
  log.tip = cloneKeys(log.baseKeys);
  for (const entry of log.entries) applyEntry(log.tip, entry);
  if (log.flushed.lsn > fork.lsn) log.flushed = fork;
  if (log.shownLsn > fork.lsn) {
    log.shownLsn = fork.lsn;
    log.shownKeys = cloneKeys(log.tip);
    log.changes += 1;
  }
}

/** Starts anew from keys that stand for everything up to `position`; flushed once `flushTo` says so. */
export function restartAt(log: Log, position: Position, stored: readonly StoredKey[]): void {
  log.base = position;
  log.baseKeys = keysFrom(stored);
  log.entries = [];
  log.tip = cloneKeys(log.baseKeys);
  log.shownKeys = cloneKeys(log.baseKeys);
  log.shownLsn = position.lsn;
  log.flushed = origin;
  log.logged.clear();
  log.changes += 1;
}

/** Moves the older half of what the log may keep into the base, except what is not shown or on disk. */
export function fold(log: Log): void {
  const upTo = Math.min(endOf(log).lsn - limits.logEntries / 2, log.shownLsn, log.flushed.lsn);
  for (const entry of log.entries.splice(0, Math.max(0, upTo - log.base.lsn))) {
    applyEntry(log.baseKeys, entry);
    log.logged.delete(entry.opId);
    log.base = positionOf(entry);
  }
}

function positionOf({ epoch, lsn }: LogEntry): Position {
  return { epoch, lsn };
}
