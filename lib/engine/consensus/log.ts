import { mergeVectors } from "../../clock/vector";
import type { Json } from "../../kernel/json";
import type { OpId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { origin, type Position } from "../../protocol/position";
import type { ConsensusCopy, ConsensusEntry } from "../../protocol/site/consensus";
import { applyEntry, cloneKeys, emptyKeys, type Keys, keysFrom, storedKeys } from "../one-writer/keys";
import type { Site } from "../site";

/** Where a write stands in the log, and what its client is told. */
export type Logged = {
  readonly lsn: number;
  readonly value: Json;
  /** True where this life of the site proposed it as primary. */
  readonly isMine: boolean;
  acknowledged: boolean;
};

/**
 * A consensus site's log and the keys it makes, in three states: `baseKeys` before the first entry kept,
 * `tip` after the last one, `shownKeys` after the last one that is committed as far as this site knows.
 */
export type ConsensusLog = {
  base: Position;
  baseKeys: Keys;
  entries: ConsensusEntry[];
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

export function createLog(): ConsensusLog {
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
export function positionAt(log: ConsensusLog, lsn: number): Position | null {
  if (lsn === log.base.lsn) return log.base;
  const entry = log.entries[lsn - log.base.lsn - 1];
  return entry === undefined ? null : { epoch: entry.epoch, lsn };
}

export function endOf(log: ConsensusLog): Position {
  return positionAt(log, log.base.lsn + log.entries.length) ?? log.base;
}

/** True when the log holds exactly this position: then it is equal to any other that does, up to it. */
export function holds(log: ConsensusLog, { epoch, lsn }: Position): boolean {
  return positionAt(log, lsn)?.epoch === epoch;
}

/** The last position at or before `lsn` written in `epoch` or earlier; the base where there is none. */
export function lastNotAfter(log: ConsensusLog, { epoch, lsn }: Position): Position {
  let at = positionAt(log, Math.min(lsn, endOf(log).lsn)) ?? log.base;
  while (at.lsn > log.base.lsn && at.epoch > epoch) at = positionAt(log, at.lsn - 1) ?? log.base;
  return at;
}

/** The entries from `lsn` on, at most `count`. */
export function entriesFrom(log: ConsensusLog, lsn: number, count: number): readonly ConsensusEntry[] {
  const first = Math.max(0, lsn - log.base.lsn - 1);
  return log.entries.slice(first, first + count);
}

/** Adds the entry after the end. */
export function appendEntry(site: Site, log: ConsensusLog, entry: ConsensusEntry, isMine: boolean): void {
  log.entries.push(entry);
  const { write, lsn } = entry;
  if (write === null) return;
  const value = applyEntry(log.tip, write);
  log.logged.set(write.opId, { lsn, value, isMine, acknowledged: false });
  site.shadow = mergeVectors(site.shadow, write.shadow);
  if (site.discarded.length > 0) {
    site.discarded = site.discarded.filter(({ opId }) => opId !== write.opId);
  }
}

/** Notes that everything up to `position` is on disk. False when the log no longer holds it. */
export function flushTo(log: ConsensusLog, position: Position): boolean {
  if (!holds(log, position)) return false;
  if (position.lsn >= log.flushed.lsn) log.flushed = position;
  return true;
}

/** Lets readers see the log up to `lsn`, calling `each` before an entry is applied. */
export function showTo(log: ConsensusLog, lsn: number, each: (entry: ConsensusEntry) => void): void {
  for (const entry of entriesFrom(log, log.shownLsn + 1, Math.max(0, lsn - log.shownLsn))) {
    each(entry);
    if (entry.write !== null) applyEntry(log.shownKeys, entry.write);
    log.shownLsn = entry.lsn;
    log.changes += 1;
  }
}

/** Cuts off everything after `lsn` and gives it back. What readers saw of it they see no longer. */
export function truncate(log: ConsensusLog, lsn: number): readonly ConsensusEntry[] {
  const cut = log.entries.splice(lsn - log.base.lsn);
  for (const { write } of cut) if (write !== null) log.logged.delete(write.opId);
  log.tip = cloneKeys(log.baseKeys);
  for (const { write } of log.entries) if (write !== null) applyEntry(log.tip, write);
  if (log.flushed.lsn > lsn) log.flushed = endOf(log);
  if (log.shownLsn > lsn) {
    log.shownLsn = lsn;
    log.shownKeys = cloneKeys(log.tip);
    log.changes += 1;
  }
  return cut;
}

/** Starts anew from keys that stand for everything up to `position`; flushed once `flushTo` says so. */
export function restartAt(log: ConsensusLog, position: Position, keys: Keys): void {
  log.base = position;
  log.baseKeys = keys;
  log.entries = [];
  log.tip = cloneKeys(keys);
  log.shownKeys = cloneKeys(keys);
  log.shownLsn = position.lsn;
  log.flushed = origin;
  log.logged.clear();
  log.changes += 1;
}

/** Moves the older half of what the log may keep into the base, except what is not shown or on disk. */
export function fold(log: ConsensusLog): void {
  const upTo = Math.min(endOf(log).lsn - limits.logEntries / 2, log.shownLsn, log.flushed.lsn);
  for (const { epoch, lsn, write } of log.entries.splice(0, Math.max(0, upTo - log.base.lsn))) {
    if (write !== null) {
      applyEntry(log.baseKeys, write);
      log.logged.delete(write.opId);
    }
    log.base = { epoch, lsn };
  }
}

/** Everything that is committed as far as this site knows. */
export function shownCopy(site: Site, log: ConsensusLog): ConsensusCopy {
  return copyAt(site, positionAt(log, log.shownLsn) ?? log.base, log.shownKeys);
}

/** The base, after which the journal holds the entries. */
export function baseCopy(site: Site, log: ConsensusLog): ConsensusCopy {
  return copyAt(site, log.base, log.baseKeys);
}

/** Replaces the log by a copy. */
export function installLog(site: Site, log: ConsensusLog, copy: ConsensusCopy): void {
  restartAt(log, copy.position, keysFrom(copy.keys));
  site.shadow = mergeVectors(site.shadow, copy.shadow);
}

function copyAt(site: Site, position: Position, keys: Keys): ConsensusCopy {
  return { kind: "consensus", position, keys: [...storedKeys(keys)], shadow: site.shadow };
}
