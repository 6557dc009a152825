import type { Heartbeat } from "../../protocol/coordination/message";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { origin, type Position } from "../../protocol/position";
import type { LogEntry } from "../../protocol/site/log-entry";
import type { SiteMessageOf } from "../../protocol/site/message";
import { batch } from "../batch";
import { isNamedPrimary } from "../heartbeat";
import { endOf, entriesFrom, positionAt } from "../log/log";
import { copyPatienceMs, peersOf, send } from "../site";
import { childrenOf, historyFor, isOnlyAhead } from "./cascade";
import { logCopy } from "./copy";
import { agrees, lineageOf } from "./log";
import { authorAt, forkOf } from "./reigns";
import type { OneWriter, Progress } from "./state";
import { shippableLsn } from "./tail";

/** Entries on their way to one replica at once. */
const windowEntries = 8 * limits.entriesPerMessage;
/** How long entries stay unanswered before they are sent again: before a round trip is known, and at least. */
const firstWaitMs = 500;
const leastWaitMs = 100;

/** Sends every replica what it lacks, as far as its window allows. */
export function ship(writer: OneWriter): void {
  for (const peer of childrenOf(writer.site)) shipTo(writer, peer, progressOf(writer, peer));
}

/** A link came up: what is unanswered goes again at once, or the end of the log, which shows any gap. */
export function resume(writer: OneWriter, peer: SiteId): void {
  const progress = progressOf(writer, peer);
  progress.waitMs = waitOf(progress);
  if (isUnanswered(progress)) shipAgain(writer, peer, progress);
  else append(writer, peer, progress, []);
}

/** A replica asks for the log from its position on: stream to it, have it rewound, or send it a copy. */
export function onFollow(writer: OneWriter, from: SiteId, message: SiteMessageOf<"follow">): void {
  const { site, log } = writer;
  const { position, history, generation } = message;
  const progress = progressOf(writer, from);
  progress.heardMono = site.now.mono;
  progress.matched = false;
  progress.probe = null;
  const fork = forkOf(lineageOf(site, log), { history, end: position });
  progress.streaming &&= fork.lsn === position.lsn;
  if (fork.lsn < log.base.lsn) {
    copyTo(writer, from, progress);
    return;
  }
  if (fork.lsn < position.lsn) {
    if (isOnlyAhead(writer, fork, history)) return;
    const fields = { epoch: site.leadership.epoch, generation, fork, history: historyFor(writer, fork) };
    send(site, from, { type: "diverged", ...fields }, "replication");
    return;
  }
  progress.matched = true;
  progress.next = position.lsn + 1;
  progress.heldLsn = position.lsn;
  progress.streaming &&= isClose(writer, position);
  // A replica that lost its disk has less than it once acknowledged.
  if (progress.acked.lsn > position.lsn) progress.acked = position;
  if (progress.received.lsn > position.lsn) progress.received = position;
  progress.appliedLsn = Math.min(progress.appliedLsn, position.lsn);
  progress.waitMs = waitOf(progress);
  if (progress.next > shippableLsn(writer)) append(writer, from, progress, []);
  else shipTo(writer, from, progress);
}

/** Everything up to `flushed` is on the replica's disk; where this log holds that position, the two agree so far. */
export function onAck(writer: OneWriter, from: SiteId, message: SiteMessageOf<"ack">): void {
  const { site, log } = writer;
  const { flushed, flushedBy, received, receivedBy } = message;
  const progress = progressOf(writer, from);
  if (!agrees(site, log, flushed, flushedBy)) return;
  progress.heardMono = site.now.mono;
  const has = agrees(site, log, received, receivedBy) ? received : flushed;
  if (has.lsn > progress.received.lsn) progress.received = has;
  progress.appliedLsn = Math.max(progress.appliedLsn, Math.min(message.appliedLsn, flushed.lsn));
  if (!progress.matched) {
    progress.matched = true;
    progress.next = flushed.lsn + 1;
  }
  if (flushed.lsn < progress.acked.lsn) return;
  if (flushed.lsn > progress.acked.lsn) progress.waitMs = waitOf(progress);
  progress.acked = flushed;
  progress.next = Math.max(progress.next, flushed.lsn + 1);
  if (progress.probe !== null && flushed.lsn >= progress.probe.lsn) {
    const sample = site.now.mono - progress.probe.mono;
    progress.rttMs = progress.rttMs === null ? sample : (7 * progress.rttMs + sample) / 8;
    progress.probe = null;
  }
  progress.streaming ||= isClose(writer, flushed);
  shipTo(writer, from, progress);
}

/** Sends again what stayed unanswered too long, and keeps quiet streams alive. */
export function resendEntries(writer: OneWriter): void {
  const { now, view } = writer.site;
  if (view === null) return;
  const { heartbeatMs, timeoutMs } = view.cluster.detector;
  for (const peer of childrenOf(writer.site)) {
    const progress = progressOf(writer, peer);
    const quietMs = now.mono - progress.sentMono;
    if (isUnanswered(progress) && now.mono - progress.shippedMono >= progress.waitMs) {
      progress.waitMs = Math.min(2 * progress.waitMs, timeoutMs);
      shipAgain(writer, peer, progress);
    } else if (quietMs >= heartbeatMs) append(writer, peer, progress, []);
  }
}

/** Whom this primary hears of itself, for a store that asks whether every member confirms it (failsafe). */
export function confirmedBy(writer: OneWriter): Heartbeat["peers"] {
  const { now, view } = writer.site;
  if (view === null || !view.cluster.store.failsafe) return [];
  const { timeoutMs } = view.cluster.detector;
  return peersOf(writer.site)
    .filter((peer) => now.mono - progressOf(writer, peer).heardMono < timeoutMs)
    .map((peer) => ({ site: peer, state: "alive" as const }));
}

function isUnanswered({ matched, next, acked }: Progress): boolean {
  return matched && next - 1 > acked.lsn;
}

function shipAgain(writer: OneWriter, peer: SiteId, progress: Progress): void {
  progress.next = arrivedLsn(progress) + 1;
  progress.probe = null;
  if (progress.next > shippableLsn(writer)) append(writer, peer, progress, []);
  else shipTo(writer, peer, progress);
}

/** The end of what has arrived there for certain. */
function arrivedLsn({ acked, heldLsn }: Progress): number {
  return Math.max(acked.lsn, heldLsn);
}

/** Near enough to the end to be waited for. */
function isClose({ log }: OneWriter, { lsn }: Position): boolean {
  return endOf(log).lsn - lsn <= limits.entriesPerMessage;
}

function shipTo(writer: OneWriter, peer: SiteId, progress: Progress): void {
  const { site, log } = writer;
  if (!progress.matched) return;
  const last = shippableLsn(writer);
  while (progress.next <= last && progress.next - arrivedLsn(progress) <= windowEntries) {
    const count = Math.min(limits.entriesPerMessage, last - progress.next + 1);
    const entries = batch(entriesFrom(log, progress.next, count));
    append(writer, peer, progress, entries);
    progress.probe ??= { lsn: progress.next - 1, mono: site.now.mono };
  }
}

function append(writer: OneWriter, peer: SiteId, progress: Progress, entries: readonly LogEntry[]): void {
  const { site, log } = writer;
  const end = endOf(log);
  // What an unmatched replica has beyond the fork shows only against the end of this log: were it asked
  // about an older entry that both hold, it would acknowledge for ever a tail that nobody else has.
  const prev = (progress.matched ? positionAt(log, progress.next - 1) : null) ?? end;
  const { generation } = site;
  const prevBy = authorAt(site.history, prev.lsn);
  const { upstream } = writer;
  const known = isNamedPrimary(site) || upstream.end === null ? {} : { primaryEnd: upstream.end };
  const fields = { epoch: site.leadership.epoch, generation, prev, prevBy, end, ...known };
  send(site, peer, { type: "append", ...fields, entries: [...entries] }, "replication");
  progress.sentMono = site.now.mono;
  if (entries.length > 0) progress.shippedMono = site.now.mono;
  progress.next = prev.lsn + entries.length + 1;
}

function copyTo({ site, log }: OneWriter, peer: SiteId, progress: Progress): void {
  const { generation, now } = site;
  if (progress.copySentMono !== null && now.mono - progress.copySentMono < copyPatienceMs(site)) return;
  progress.copySentMono = now.mono;
  send(
    site,
    peer,
    { type: "copy", epoch: site.leadership.epoch, generation, copy: logCopy(site, log) },
    "stream",
  );
}

function progressOf({ site, log, replicas }: OneWriter, peer: SiteId): Progress {
  const known = replicas.get(peer);
  if (known !== undefined) return known;
  const fresh: Progress = {
    matched: false,
    next: endOf(log).lsn + 1,
    acked: origin,
    heldLsn: 0,
    received: origin,
    appliedLsn: 0,
    streaming: false,
    heardMono: Number.NEGATIVE_INFINITY,
    sentMono: site.now.mono,
    shippedMono: site.now.mono,
    probe: null,
    rttMs: null,
    waitMs: firstWaitMs,
    copySentMono: null,
  };
  replicas.set(peer, fresh);
  return fresh;
}

function waitOf({ rttMs }: Progress): number {
  return rttMs === null ? firstWaitMs : Math.max(leastWaitMs, 2 * rttMs + leastWaitMs / 2);
}
