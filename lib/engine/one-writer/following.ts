import type { Heartbeat } from "../../protocol/coordination/message";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { comparePositions, type Position } from "../../protocol/position";
import type { LogEntry } from "../../protocol/site/log-entry";
import type { SiteMessageOf } from "../../protocol/site/message";
import { cityOf } from "../../protocol/words";
import { noteDiscarded } from "../discard";
import { atEnd, copyPatienceMs, isMember, persist, record, send, whenDurable } from "../site";
import type { DiscardedWrite } from "../types";
import { bringsMore, discardedWrite, entriesBeyond, installLog } from "./copy";
import { hastenForwarded } from "./forwarding";
import { entryEvent } from "./leading";
import { appendEntry, endOf, entriesFrom, flushTo, holds, positionAt, showTo, truncate } from "./log";
import { epochAt } from "./reigns";
import { nothingHeard, type OneWriter } from "./state";

/** A view begins in which another site is primary, or nobody: nothing is known of its log. */
export function beginFollowing(writer: OneWriter): void {
  writer.upstream = { ...nothingHeard };
  askToFollow(writer);
}

/** Asks the primary to stream from the end of this log. */
export function askToFollow(writer: OneWriter): void {
  const { site, log, upstream } = writer;
  const primary = primaryOf(writer);
  if (primary === null || site.view === null || !isMember(site)) return;
  upstream.askedMono = site.now.mono;
  const { generation } = site;
  const fields = {
    epoch: site.leadership.epoch,
    generation,
    position: endOf(log),
    history: [...site.history],
  };
  send(site, primary, { type: "follow", ...fields }, "replication");
}

/** Asks again when nothing has come from the primary for clearly longer than its streams stay quiet. */
export function tickFollowing(writer: OneWriter): void {
  const { site, upstream } = writer;
  if (site.view === null) return;
  const lastMono = Math.max(upstream.heardMono ?? Number.NEGATIVE_INFINITY, upstream.askedMono);
  if (site.now.mono - lastMono >= 1.5 * site.view.cluster.detector.heartbeatMs) askToFollow(writer);
}

/** Entries from the primary: appended where they follow on this log, asked for again where they do not. */
export function onAppend(writer: OneWriter, from: SiteId, message: SiteMessageOf<"append">): void {
  const { site, log, upstream } = writer;
  const { prev, entries, end } = message;
  if (from !== primaryOf(writer) || !isRun(prev, entries, message.epoch)) return;
  if (upstream.heardMono === null) hastenForwarded(writer);
  upstream.heardMono = site.now.mono;
  if (upstream.end === null || end.lsn > upstream.end.lsn) upstream.end = end;
  if (prev.lsn >= log.base.lsn && !holds(log, prev)) {
    followSoon(writer);
    return;
  }
  const kept = entries.filter(({ lsn }) => lsn > log.base.lsn);
  if (kept.some(({ epoch, lsn }) => (positionAt(log, lsn)?.epoch ?? epoch) !== epoch)) {
    followSoon(writer);
    return;
  }
  const fresh = kept.filter(({ lsn }) => lsn > endOf(log).lsn);
  take(writer, fresh);
  if (endOf(log).lsn > upstream.end.lsn) {
    followSoon(writer);
    return;
  }
  const position = endOf(log);
  whenDurable(site, () => {
    if (flushTo(log, position)) show(writer);
    atEnd(site, writer.acknowledgeUpstream);
  });
}

/** This log left the primary's after `fork`: what comes after is lost, is shown to the student, and goes. */
export function onDiverged(writer: OneWriter, from: SiteId, message: SiteMessageOf<"diverged">): void {
  const { site, log } = writer;
  const { fork, history, generation } = message;
  if (from !== primaryOf(writer) || fork.lsn >= endOf(log).lsn) return;
  if (fork.lsn < log.base.lsn) {
    askForCopy(writer, from, generation);
    return;
  }
  // A late repeat of this message must not cut what has since come from the primary itself.
  const next = positionAt(log, fork.lsn + 1);
  if (!holds(log, fork) || next === null || epochAt(history, next.lsn) === next.epoch) return;
  const lost = lostWrites(writer, entriesFrom(log, next.lsn, log.entries.length));
  truncate(site, log, fork);
  persist(site, [{ type: "truncate", after: fork, discarded: lost.slice(-limits.discardedShown) }]);
  noteDiscarded(site, lost);
  askToFollow(writer);
}

/** The primary's log no longer reaches back to this one: start from its copy. True when it was taken. */
export function onCopy(writer: OneWriter, from: SiteId, message: SiteMessageOf<"copy">): boolean {
  const { site, log } = writer;
  if (from !== primaryOf(writer) || !bringsMore(site, log, message.copy)) return false;
  const lost = lostWrites(writer, entriesBeyond(site, log, message.copy));
  installLog(site, log, message.copy);
  noteDiscarded(site, lost);
  return true;
}

/** This log cannot be cut so far back. Asked again only when the copy has had time to come. */
function askForCopy({ site, upstream }: OneWriter, from: SiteId, generation: number): void {
  const { mono } = site.now;
  if (mono - upstream.copyAskedMono < copyPatienceMs(site)) return;
  upstream.copyAskedMono = mono;
  send(site, from, { type: "copy-request", generation }, "stream");
}

/** Writes of this log that the surviving history does not have, as the student is shown them. */
export function lostWrites(writer: OneWriter, entries: readonly LogEntry[]): readonly DiscardedWrite[] {
  const { site, log } = writer;
  const primary = primaryOf(writer);
  const why =
    primary === null
      ? "The surviving history does not have it."
      : `${cityOf(primary)} became primary in epoch ${site.leadership.epoch} without it.`;
  return entries.map((entry) =>
    discardedWrite(entry, log.logged.get(entry.opId)?.acknowledged ?? false, why),
  );
}

/** Everything appended so far becomes flushed and visible once it is on disk. */
export function showWhenDurable(writer: OneWriter): void {
  const position = endOf(writer.log);
  whenDurable(writer.site, () => {
    if (flushTo(writer.log, position)) show(writer);
  });
}

/**
 * What this replica can testify about its upstream: whether anything of the stream has come lately.
 * A stream is never quiet for longer than a heartbeat, so two without a word mean that it is broken.
 */
export function upstreamHealth(writer: OneWriter): Heartbeat["upstream"] {
  const { site, upstream } = writer;
  const from = primaryOf(writer);
  if (from === null || site.view === null) return null;
  const quietMs = site.now.mono - (upstream.heardMono ?? Number.NEGATIVE_INFINITY);
  return { site: from, ok: quietMs < 2 * site.view.cluster.detector.heartbeatMs };
}

/** Tells the primary how far this disk has come. */
export function acknowledgeUpstream(writer: OneWriter): void {
  const { site, log } = writer;
  const primary = primaryOf(writer);
  if (primary === null || site.view === null) return;
  const { generation, leadership } = site;
  send(
    site,
    primary,
    { type: "ack", epoch: leadership.epoch, generation, flushed: log.flushed },
    "replication",
  );
}

function take({ site, log }: OneWriter, fresh: readonly LogEntry[]): void {
  if (fresh.length === 0) return;
  for (const entry of fresh) appendEntry(site, log, entry);
  persist(
    site,
    fresh.map((entry) => ({ type: "entry", entry }) as const),
  );
}

function show({ site, log }: OneWriter): void {
  showTo(log, log.flushed.lsn, (entry) => record(site, entryEvent("apply", log.shownKeys, entry)));
}

/** At most once per round of resending: a burst out of order is one gap, not many. */
function followSoon(writer: OneWriter): void {
  const { site, upstream } = writer;
  if (site.now.mono - upstream.askedMono >= followAgainMs) askToFollow(writer);
}

const followAgainMs = 50;

/** The primary, where it is another site. */
function primaryOf({ site }: OneWriter): SiteId | null {
  const { primary } = site.leadership;
  return primary === site.identity.site ? null : primary;
}

/** True when the entries follow each other, in lsn and in epoch, from `prev` to at most `epoch`. */
function isRun(prev: Position, entries: readonly LogEntry[], epoch: number): boolean {
  let last = prev;
  for (const entry of entries) {
    if (entry.lsn !== last.lsn + 1 || entry.epoch < last.epoch || entry.epoch > epoch) return false;
    last = entry;
  }
  return comparePositions(last, { epoch, lsn: last.lsn }) <= 0;
}
