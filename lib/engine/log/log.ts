import { mergeVectors } from "../../clock/vector";
import type { Json } from "../../kernel/json";
import type { OpId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { origin, type Position } from "../../protocol/position";
import type { LogEntry } from "../../protocol/site/log-entry";
import type { StoredKey } from "../../protocol/site/stored-key";
import type { Site } from "../site";
import { applyEntry, cloneKeys, emptyKeys, type Keys, keysFrom } from "./keys";

/** Where a write stands in the log, and what its client is told. */
export type Logged = {
  readonly lsn: number;
  readonly value: Json;
  /** True once this site has told a client that the write is done. */
  acknowledged: boolean;
};

/** What a log needs of a write, whoever decided its place. */
type Write = Pick<LogEntry, "op" | "opId" | "shadow">;

/**
 * One ordered log of writes and the keys it makes, in three states: `baseKeys` before the first entry
 * kept, `tip` after the last one, `shownKeys` after the last one that readers may see. So a rewind is:
 * cut the log, start from the base, apply what is left.
 */
export type Log<Entry extends Position> = {
  base: Position;
  baseKeys: Keys;
  entries: Entry[];
  tip: Keys;
  shownKeys: Keys;
  shownLsn: number;
  /** The end of what is on disk. */
  flushed: Position;
  /** Every write still in `entries`, so that a repeat of it is answered and not applied again. */
  readonly logged: Map<OpId, Logged>;
  /** Counts changes of `shownKeys`, for whoever derives something from them. */
  changes: number;
  /** The write of an entry; null where the entry only takes a place. */
  readonly writeOf: (entry: Entry) => Write | null;
};

export function createLog<Entry extends Position>(writeOf: Log<Entry>["writeOf"]): Log<Entry> {
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
    writeOf,
  };
}

/** The position of an entry kept, or of the base; null before and after. */
export function positionAt<Entry extends Position>(log: Log<Entry>, lsn: number): Position | null {
  if (lsn === log.base.lsn) return log.base;
  const entry = log.entries[lsn - log.base.lsn - 1];
  return entry === undefined ? null : positionOf(entry);
}

export function endOf<Entry extends Position>(log: Log<Entry>): Position {
  const last = log.entries.at(-1);
  return last === undefined ? log.base : positionOf(last);
}

/** The last position that readers see. */
export function shownOf<Entry extends Position>(log: Log<Entry>): Position {
  return positionAt(log, log.shownLsn) ?? log.base;
}

/** True when the log holds exactly this position. */
export function holds<Entry extends Position>(log: Log<Entry>, { epoch, lsn }: Position): boolean {
  return positionAt(log, lsn)?.epoch === epoch;
}

/** The entries from `lsn` on, at most `count`. */
export function entriesFrom<Entry extends Position>(
  log: Log<Entry>,
  lsn: number,
  count: number,
): readonly Entry[] {
  const first = Math.max(0, lsn - log.base.lsn - 1);
  return log.entries.slice(first, first + count);
}

/** Adds the entry after the end. The site's shadow follows. */
export function appendEntry<Entry extends Position>(site: Site, log: Log<Entry>, entry: Entry): void {
  log.entries.push(entry);
  const write = log.writeOf(entry);
  if (write === null) return;
  const value = applyEntry(log.tip, write);
  log.logged.set(write.opId, { lsn: entry.lsn, value, acknowledged: false });
  site.shadow = mergeVectors(site.shadow, write.shadow);
  // A later primary was asked for the same write, so it is not lost after all.
  if (site.discarded.length > 0) {
    site.discarded = site.discarded.filter(({ opId }) => opId !== write.opId);
  }
}

/** Notes that everything up to `position` is on disk. False when the log no longer holds it. */
export function flushTo<Entry extends Position>(log: Log<Entry>, position: Position): boolean {
  if (!holds(log, position)) return false;
  if (position.lsn >= log.flushed.lsn) log.flushed = position;
  return true;
}

/** Lets readers see the log up to `lsn`, calling `each` before an entry is applied. */
export function showTo<Entry extends Position>(
  log: Log<Entry>,
  lsn: number,
  each: (entry: Entry) => void,
): void {
  for (const entry of entriesFrom(log, log.shownLsn + 1, Math.max(0, lsn - log.shownLsn))) {
    each(entry);
    applyTo(log.shownKeys, log, entry);
    log.shownLsn = entry.lsn;
    log.changes += 1;
  }
}

/** Cuts off everything after `lsn`. What readers saw of it they see no longer. */
export function truncate<Entry extends Position>(log: Log<Entry>, lsn: number): void {
  for (const entry of log.entries.splice(lsn - log.base.lsn)) unlog(log, entry);
  log.tip = cloneKeys(log.baseKeys);
  for (const entry of log.entries) applyTo(log.tip, log, entry);
  if (log.flushed.lsn > lsn) log.flushed = endOf(log);
  if (log.shownLsn > lsn) {
    log.shownLsn = lsn;
    log.shownKeys = cloneKeys(log.tip);
    log.changes += 1;
  }
}

/** Starts anew from keys that stand for everything up to `position`; flushed once `flushTo` says so. */
export function restartAt<Entry extends Position>(
  log: Log<Entry>,
  position: Position,
  stored: readonly StoredKey[],
): void {
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
export function fold<Entry extends Position>(log: Log<Entry>): void {
  const upTo = Math.min(endOf(log).lsn - limits.logEntries / 2, log.shownLsn, log.flushed.lsn);
  for (const entry of log.entries.splice(0, Math.max(0, upTo - log.base.lsn))) {
    applyTo(log.baseKeys, log, entry);
    unlog(log, entry);
    log.base = positionOf(entry);
  }
}

function applyTo<Entry extends Position>(keys: Keys, { writeOf }: Log<Entry>, entry: Entry): void {
  const write = writeOf(entry);
  if (write !== null) applyEntry(keys, write);
}

function unlog<Entry extends Position>({ logged, writeOf }: Log<Entry>, entry: Entry): void {
  const write = writeOf(entry);
  if (write !== null) logged.delete(write.opId);
}

function positionOf({ epoch, lsn }: Position): Position {
  return { epoch, lsn };
}
