import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import type { ConsensusEntry } from "../../protocol/site/consensus";
import type { SiteMessageOf } from "../../protocol/site/message";
import { batch } from "../batch";
import { endOf, entriesFrom, positionAt } from "../log/log";
import { copyPatienceMs, send } from "../site";
import { commit } from "./leading";
import { lastNotAfter, shownCopy } from "./log";
import { settleReadings } from "./reading";
import { type Consensus, firstWaitMs, majorityOf, type Progress, type Reign, timeoutMs } from "./state";

/** Entries on their way to one replica at once. */
const windowEntries = 8 * limits.entriesPerMessage;
/** Rounds that may be unanswered at once before the oldest is forgotten. */
const openRounds = 64;

/** A new round of heartbeats: whoever answers it took this site for the primary after the round began. */
export function startRound(state: Consensus): void {
  const { stage, site } = state;
  if (stage.kind !== "primary") return;
  stage.round += 1;
  stage.sentMono.set(stage.round, site.now.mono);
  stage.sentMono.delete(stage.round - openRounds);
  // Alone, it answers itself.
  if (stage.progress.size === 0) countRounds(state, stage);
  for (const [peer, progress] of stage.progress) {
    const sent = shipTo(state, stage, peer, progress);
    if (!sent) append(state, stage, peer, progress, []);
  }
}

/** Sends every replica what it lacks, as far as its window allows, and how far all is committed. */
export function ship(state: Consensus): void {
  const { stage } = state;
  if (stage.kind !== "primary") return;
  for (const [peer, progress] of stage.progress) {
    if (progress.matched && !shipTo(state, stage, peer, progress)) append(state, stage, peer, progress, []);
  }
}

/** A link came up: what is unanswered goes again at once. */
export function resume(state: Consensus, reign: Reign, peer: SiteId): void {
  const progress = reign.progress.get(peer);
  if (progress !== undefined) sendAgain(state, reign, peer, progress);
}

/** Sends again what stayed unanswered too long, and the heartbeats that are due. */
export function tickShipping(state: Consensus, reign: Reign): void {
  const { site } = state;
  const lastMono = reign.sentMono.get(reign.round) ?? reign.quorum.sentMono;
  const quietMs = site.now.mono - lastMono;
  const isDue = quietMs >= (site.view?.cluster.detector.heartbeatMs ?? 0);
  const isWaitedFor = reign.readings.some(({ round }) => round > reign.quorum.round);
  if (isDue || (isWaitedFor && quietMs >= firstWaitMs)) startRound(state);
  for (const [peer, progress] of reign.progress) {
    const isOpen = !progress.matched || progress.next - 1 > progress.acked;
    if (!isOpen || site.now.mono - progress.sentMono < progress.waitMs) continue;
    progress.waitMs = Math.min(2 * progress.waitMs, timeoutMs(state));
    sendAgain(state, reign, peer, progress);
  }
}

/** A replica's answer: a majority of answered rounds renews the reign, a majority of disks commits. */
export function onEntriesReply(
  state: Consensus,
  reign: Reign,
  from: SiteId,
  { round, agrees, position }: SiteMessageOf<"entries-reply">,
): void {
  const progress = reign.progress.get(from);
  if (progress === undefined || round > reign.round) return;
  if (round > progress.round) {
    progress.round = round;
    countRounds(state, reign);
  }
  if (agrees) {
    const isNews = position.lsn > progress.acked;
    if (isNews || !progress.matched) progress.waitMs = firstWaitMs;
    progress.acked = Math.max(progress.acked, position.lsn);
    progress.next = progress.matched ? Math.max(progress.next, position.lsn + 1) : position.lsn + 1;
    progress.matched = true;
    if (isNews) commit(state, reign);
    shipTo(state, reign, from, progress);
    return;
  }
  // Also an older refusal that comes late, or one by a disk that was lost since: the two feel the way again.
  const { base } = state.log;
  const at = lastNotAfter(state.log, position);
  const isBelow = position.lsn < base.lsn || at.epoch > position.epoch;
  progress.matched = false;
  progress.acked = Math.min(progress.acked, position.lsn);
  progress.next = isBelow ? base.lsn : at.lsn + 1;
  sendAgain(state, reign, from, progress);
}

function countRounds(state: Consensus, reign: Reign): void {
  const answered = [reign.round, ...[...reign.progress.values()].map(({ round }) => round)];
  const round = answered.sort((a, b) => b - a)[majorityOf(state) - 1] ?? 0;
  if (round <= reign.quorum.round) return;
  const sentMono = reign.sentMono.get(round) ?? reign.quorum.sentMono;
  reign.quorum = { round, sentMono };
  for (const n of reign.sentMono.keys()) if (n < round) reign.sentMono.delete(n);
  settleReadings(state, reign);
}

function sendAgain(state: Consensus, reign: Reign, peer: SiteId, progress: Progress): void {
  if (progress.matched) {
    progress.next = progress.acked + 1;
    shipTo(state, reign, peer, progress);
  } else
    append(state, reign, peer, progress, entriesFrom(state.log, progress.next, limits.entriesPerMessage));
}

/** Sends entries while the window has room. False when there was nothing to send. */
function shipTo(state: Consensus, reign: Reign, peer: SiteId, progress: Progress): boolean {
  const { log } = state;
  let sent = false;
  while (
    progress.matched &&
    progress.next <= endOf(log).lsn &&
    progress.next - progress.acked <= windowEntries
  ) {
    append(state, reign, peer, progress, entriesFrom(log, progress.next, limits.entriesPerMessage));
    sent = true;
  }
  return sent;
}

function append(
  state: Consensus,
  reign: Reign,
  peer: SiteId,
  progress: Progress,
  candidates: readonly ConsensusEntry[],
): void {
  const { site, log, ballot, committed } = state;
  const prev = positionAt(log, progress.next - 1);
  if (prev === null) {
    copyTo(state, peer, progress);
    return;
  }
  const entries = batch(candidates).slice();
  const { epoch } = ballot;
  const { generation } = site;
  const { round } = reign;
  send(site, peer, { type: "entries", epoch, generation, round, prev, committed, entries }, "replication");
  progress.sentMono = site.now.mono;
  // Nothing is taken for sent while it is not known where the two logs agree.
  if (progress.matched) progress.next = prev.lsn + entries.length + 1;
}

/** The log no longer reaches back to what this replica has: it gets all that is committed. */
function copyTo(state: Consensus, peer: SiteId, progress: Progress): void {
  const { site, log, ballot } = state;
  const { generation, now } = site;
  progress.sentMono = now.mono;
  const isOnItsWay =
    progress.copySentMono !== null && now.mono - progress.copySentMono < copyPatienceMs(site);
  if (!isOnItsWay) {
    progress.copySentMono = now.mono;
    send(site, peer, { type: "copy", epoch: ballot.epoch, generation, copy: shownCopy(site, log) }, "stream");
  }
  progress.matched = false;
  progress.next = log.shownLsn + 1;
}
