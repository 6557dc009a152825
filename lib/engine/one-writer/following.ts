import type { Heartbeat } from "../../protocol/coordination/message";
import type { SiteId } from "../../protocol/ids";
import { comparePositions, type Position } from "../../protocol/position";
import type { LogEntry } from "../../protocol/site/log-entry";
import type { SiteMessageOf } from "../../protocol/site/message";
import { cityOf } from "../../protocol/words";
import { noteDiscarded } from "../discard";
import { endOf, flushTo } from "../log/log";
import { atEnd, copyPatienceMs, isMember, persist, send, whenDurable } from "../site";
import type { DiscardedWrite } from "../types";
import { applyFlushed, roomOf } from "./applying";
import { childrenOf, upstreamOf } from "./cascade";
import { bringsMore, discardedWrite, entriesBeyond, installLog } from "./copy";
import { hastenForwarded } from "./forwarding";
import { agrees, appendToReign } from "./log";
import { authorAt } from "./reigns";
import { resume, ship } from "./shipping";
import { stageOf } from "./stage";
import { nothingHeard, type OneWriter } from "./state";

/** A reign begins in which another site is primary, or nobody, or there is another upstream: nothing is known of its log. */
export function beginFollowing(writer: OneWriter): void {
  const { mono } = writer.site.now;
  writer.upstream = { ...nothingHeard, site: upstreamOf(writer), sinceMono: mono };
  writer.out = null;
  writer.replicas.clear();
  askToFollow(writer);
}

/** Asks the upstream to stream from the end of this log. */
export function askToFollow(writer: OneWriter): void {
  const { site, log, upstream } = writer;
  const from = upstreamOf(writer);
  if (from === null || site.view === null || !isMember(site)) return;
  upstream.askedMono = site.now.mono;
  const { generation } = site;
  const fields = {
    epoch: site.leadership.epoch,
    generation,
    position: endOf(log),
    history: [...site.history],
  };
  send(site, from, { type: "follow", ...fields }, "replication");
}

/** Asks again when nothing has come from the upstream for clearly longer than its streams stay quiet. */
export function tickFollowing(writer: OneWriter): void {
  const { site, upstream, out } = writer;
  if (site.view === null) return;
  if (out?.kind === "copying") {
    askForCopy(writer, out.from, site.generation);
    return;
  }
  const lastMono = Math.max(upstream.heardMono ?? Number.NEGATIVE_INFINITY, upstream.askedMono);
  if (site.now.mono - lastMono >= 1.5 * site.view.cluster.detector.heartbeatMs) askToFollow(writer);
}

/** Entries from the upstream: appended where they follow on this log, asked for again where they do not. */
export function onAppend(writer: OneWriter, from: SiteId, message: SiteMessageOf<"append">): void {
  const { site, log, upstream } = writer;
  const { prev, prevBy, entries, end } = message;
  if (from !== upstreamOf(writer) || !isRun(prev, entries, message.epoch)) return;
  if (writer.out?.kind === "copying") return;
  if (upstream.heardMono === null) hastenForwarded(writer);
  upstream.heardMono = site.now.mono;
  upstream.reach = farther(upstream.reach, end);
  upstream.end = farther(upstream.end, message.primaryEnd ?? end);
  if (prev.lsn >= log.base.lsn && !agrees(site, log, prev, prevBy)) {
    followSoon(writer);
    return;
  }
  const kept = entries.filter(({ lsn }) => lsn > log.base.lsn);
  if (kept.some((entry) => entry.lsn <= endOf(log).lsn && !agrees(site, log, entry, entry.by))) {
    followSoon(writer);
    return;
  }
  const fresh = kept.filter(({ lsn }) => lsn > endOf(log).lsn).slice(0, roomOf(writer));
  take(writer, fresh);
  if (fresh.length > 0 && stageOf(site) === "received") atEnd(site, writer.acknowledgeUpstream);
  if (endOf(log).lsn > upstream.reach.lsn) {
    followSoon(writer);
    return;
  }
  shipOn(writer);
  const position = endOf(log);
  whenDurable(site, () => {
    if (flushTo(log, position)) applyFlushed(writer);
    atEnd(site, writer.acknowledgeUpstream);
  });
}

/** The primary's log no longer reaches back to this one: start from its copy. True when it was taken. */
export function onCopy(writer: OneWriter, from: SiteId, message: SiteMessageOf<"copy">): boolean {
  const { site, log } = writer;
  const isAwaited = writer.out?.kind === "copying";
  if (from !== upstreamOf(writer) || !(isAwaited || bringsMore(site, log, message.copy))) return false;
  noteDiscarded(site, lostWrites(writer, entriesBeyond(site, log, message.copy)));
  installLog(site, log, message.copy);
  writer.out = null;
  return true;
}

/** This log cannot be cut so far back. Asked again only when the copy has had time to come. */
export function askForCopy({ site, upstream }: OneWriter, from: SiteId, generation: number): void {
  const { mono } = site.now;
  if (mono - upstream.copyAskedMono < copyPatienceMs(site)) return;
  upstream.copyAskedMono = mono;
  send(site, from, { type: "copy-request", generation }, "stream");
}

/** Writes of this log that the surviving history does not have, as the student is shown them. */
export function lostWrites(writer: OneWriter, entries: readonly LogEntry[]): readonly DiscardedWrite[] {
  const { site, log } = writer;
  const { primary } = site.leadership;
  const why =
    primary === null || primary === site.identity.site
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
    if (flushTo(writer.log, position)) applyFlushed(writer);
  });
}

/**
 * What this replica can testify about its upstream: whether anything of the stream has come lately.
 * A stream is never quiet for longer than a heartbeat, so two without a word mean that it is broken.
 */
export function upstreamHealth(writer: OneWriter): Heartbeat["upstream"] {
  const { site, upstream } = writer;
  const from = upstreamOf(writer);
  if (from === null || site.view === null) return null;
  const quietMs = site.now.mono - (upstream.heardMono ?? Number.NEGATIVE_INFINITY);
  return { site: from, ok: quietMs < 2 * site.view.cluster.detector.heartbeatMs };
}

/** Tells the upstream how far this disk has come. */
export function acknowledgeUpstream(writer: OneWriter): void {
  const { site, log } = writer;
  const to = upstreamOf(writer);
  if (to === null || site.view === null) return;
  const { generation, leadership } = site;
  send(
    site,
    to,
    {
      type: "ack",
      epoch: leadership.epoch,
      generation,
      received: endOf(log),
      receivedBy: authorAt(site.history, endOf(log).lsn),
      flushed: log.flushed,
      flushedBy: authorAt(site.history, log.flushed.lsn),
      appliedLsn: log.shownLsn,
    },
    "replication",
  );
}

function take({ site, log }: OneWriter, fresh: readonly LogEntry[]): void {
  if (fresh.length === 0) return;
  for (const entry of fresh) appendToReign(site, log, entry);
  persist(
    site,
    fresh.map((entry) => ({ type: "entry", entry }) as const),
  );
}

/** What has been received goes on at once to whoever follows this site, long before it is on disk here. */
function shipOn(writer: OneWriter): void {
  const { site, upstream } = writer;
  if (upstream.joined) ship(writer);
  else {
    upstream.joined = true;
    for (const child of childrenOf(site)) resume(writer, child);
  }
}

function farther(a: Position | null, b: Position): Position {
  return a === null || b.lsn > a.lsn ? b : a;
}

/** At most once per round of resending: a burst out of order is one gap, not many. */
function followSoon(writer: OneWriter): void {
  const { site, upstream } = writer;
  if (site.now.mono - upstream.askedMono >= followAgainMs) askToFollow(writer);
}

const followAgainMs = 50;

/** True when the entries follow each other, in lsn and in epoch, from `prev` to at most `epoch`. */
function isRun(prev: Position, entries: readonly LogEntry[], epoch: number): boolean {
  let last = prev;
  for (const entry of entries) {
    if (entry.lsn !== last.lsn + 1 || entry.epoch < last.epoch || entry.epoch > epoch) return false;
    last = entry;
  }
  return comparePositions(last, { epoch, lsn: last.lsn }) <= 0;
}
