import { isDecidedBySites } from "../protocol/deciders";
import type { SiteId } from "../protocol/ids";
import { origin, type Position } from "../protocol/position";
import type { SiteMessage, SiteMessageOf } from "../protocol/site/message";
import type { View } from "../protocol/view";
import { beat, isNamedPrimary, leads, voidGrants } from "./heartbeat";
import { compact } from "./journal";
import { storedKeys } from "./log/keys";
import { endOf, flushTo, restartAt, showTo } from "./log/log";
import { createShown } from "./log/shown";
import type { Mode, ModeSnapshot } from "./mode";
import { applyFlushed, endPreparing, isDormant, prepareReign, renewBase } from "./one-writer/applying";
import { childrenOf, parentOf, ships, upstreamOf } from "./one-writer/cascade";
import { entriesUnseen, installLog, journalOf, logCopy } from "./one-writer/copy";
import {
  acknowledgeUpstream,
  askToFollow,
  beginFollowing,
  lostWrites,
  onAppend,
  onCopy,
  showWhenDurable,
  tickFollowing,
  upstreamHealth,
} from "./one-writer/following";
import { forwardAgain, onForwardReply, resendForwarded } from "./one-writer/forwarding";
import { acknowledge, beginReign, endReign, tickLeading, writeTail } from "./one-writer/leading";
import { appendToReign, rewindTo } from "./one-writer/log";
import { wakeReads } from "./one-writer/reads";
import { onDiverged, rejoin } from "./one-writer/rejoin";
import { route, serveUnanswered } from "./one-writer/routing";
import { whyDegraded } from "./one-writer/semi";
import { cannotWrite, standing, whyOut } from "./one-writer/sentences";
import { confirmedBy, onAck, onFollow, resendEntries, resume, ship } from "./one-writer/shipping";
import { stageOf } from "./one-writer/stage";
import { createState, type OneWriter } from "./one-writer/state";
import { beginSync, isSync, onRecorded, propose } from "./one-writer/sync-set";
import { archive } from "./one-writer/tail";
import { type Site, send } from "./site";
import type { JournalRecord } from "./types";

/** The mode of `single` and `active-passive`: one primary appends to a log, replicas follow it. */
export function createOneWriter(site: Site): Mode {
  const writer: OneWriter = createState(site, {
    beatNow: () => beat(site, mode),
    acknowledgeUpstream: () => acknowledgeUpstream(writer),
  });
  const { log } = writer;
  const shown = createShown(log);
  const mode: Mode = {
    kind: "log",
    onRequest: (request) => route(writer, request),
    onMessage: (from, message) => onMessage(writer, mode, from, message),
    onLink: (peer, up) => onLink(writer, peer, up),
    onTimer(id) {
      if (id === "apply") applyFlushed(writer);
      else tick(writer);
      recordAlone(writer, mode);
    },
    onView: (before) => onView(writer, before),
    onRecorded(beatNumber, set) {
      endPreparing(writer);
      if (!leads(site)) return;
      const begins = writer.reign !== site.leadership.epoch;
      if (begins) beginReign(writer, beatNumber);
      onRecorded(writer, beatNumber, set);
      if (begins) serveUnanswered(writer);
      tickLeading(writer);
    },
    rejoin: () => rejoin(writer),
    replay: (record) => replay(writer, record),
    recovered() {
      flushTo(log, endOf(log));
      if (!isDormant(writer)) showTo(log, endOf(log).lsn, () => {});
    },
    copy: () => logCopy(site, log),
    install: (copy) => installLog(site, log, copy),
    portable: () => ({ keys: storedKeys(log.tip), shadow: site.shadow, lost: [] }),
    adopt({ keys, shadow }) {
      restartAt(log, origin, keys);
      site.shadow = shadow;
    },
    journal() {
      renewBase(writer);
      writer.tail.unwritten = [];
      return journalOf(site, log);
    },
    standing: () => standing(writer),
    beatFields: (number) => ({
      position: claim(writer),
      seenDigest: "",
      syncSet: isNamedPrimary(site) ? [...propose(writer, number)] : [],
      appliedLsn: log.shownLsn,
      upstream: upstreamHealth(writer),
      peers: isNamedPrimary(site) ? confirmedBy(writer) : [],
    }),
    position: () => log.flushed,
    end: () => endOf(log),
    lostTo: (copy) => lostWrites(writer, entriesUnseen(log, copy)),
    snapshot: () => snapshotOf(writer, shown().keys),
    dataDigest: () => shown().digest,
  };
  return mode;
}

/** Where the sites decide, no answer of the coordinator is awaited: a reign begins, and a set counts, at once. */
function recordAlone(writer: OneWriter, mode: Mode): void {
  const { site } = writer;
  if (site.view === null || !isDecidedBySites(site.view.cluster)) return;
  const { number } = site.beats;
  if (site.preparing !== null) mode.onRecorded(number, []);
  else if (leads(site) && isSync(writer)) mode.onRecorded(number, propose(writer, number));
}

function onMessage(writer: OneWriter, mode: Mode, from: SiteId, message: SiteMessage): void {
  const { site } = writer;
  if (message.type === "forward-reply") onForwardReply(writer, from, message);
  else if (message.type === "stale") {
    if (message.epoch > site.leadership.epoch) challenge(writer, message.epoch);
  } else if (isOfReplication(message)) onReplication(writer, mode, from, message);
}

type ReplicationMessage = SiteMessageOf<"append" | "diverged" | "copy" | "follow" | "ack">;

function isOfReplication(message: SiteMessage): message is ReplicationMessage {
  return ["append", "diverged", "copy", "follow", "ack"].includes(message.type);
}

/** Only messages of the epoch and the generation in force are obeyed. */
function onReplication(writer: OneWriter, mode: Mode, from: SiteId, message: ReplicationMessage): void {
  const { site } = writer;
  const { epoch } = site.leadership;
  if (message.epoch > epoch) challenge(writer, message.epoch);
  else if (message.epoch < epoch) answerStale(writer, from);
  else if (message.generation === site.generation) {
    if (message.type === "follow" || message.type === "ack") lead(writer, from, message);
    else follow(writer, mode, from, message);
  }
}

function lead(writer: OneWriter, from: SiteId, message: SiteMessageOf<"follow" | "ack">): void {
  const { site } = writer;
  if (!ships(writer) || parentOf(site, from) !== site.identity.site) return;
  if (message.type === "follow") onFollow(writer, from, message);
  else {
    onAck(writer, from, message);
    if (leads(site)) tickLeading(writer);
  }
}

function follow(
  writer: OneWriter,
  mode: Mode,
  from: SiteId,
  message: SiteMessageOf<"append" | "diverged" | "copy">,
): void {
  if (message.type === "append") onAppend(writer, from, message);
  else if (message.type === "diverged") {
    if (onDiverged(writer, from, message)) compact(writer.site, mode);
  } else if (onCopy(writer, from, message)) {
    compact(writer.site, mode);
    showWhenDurable(writer);
    askToFollow(writer);
  }
}

/**
 * Another site claims a newer epoch. Only the coordinator gives out epochs, so this primary stops and
 * asks it: if the claim is false, the next grant ends the pause.
 */
function challenge({ site, beatNow }: OneWriter, epoch: number): void {
  const isFencedByEpoch = site.view?.cluster.fencing.includes("epoch") ?? false;
  if (!isFencedByEpoch || !isNamedPrimary(site) || site.beats.challengedBy !== null) return;
  voidGrants(site, epoch);
  beatNow();
}

function answerStale({ site }: OneWriter, from: SiteId): void {
  if (site.view === null || !site.view.cluster.fencing.includes("epoch")) return;
  send(site, from, { type: "stale", epoch: site.leadership.epoch }, "replication");
}

function onLink(writer: OneWriter, peer: SiteId, up: boolean): void {
  const { site } = writer;
  if (!up) return;
  if (peer === upstreamOf(writer)) askToFollow(writer);
  else if (ships(writer) && parentOf(site, peer) === site.identity.site) resume(writer, peer);
}

function tick(writer: OneWriter): void {
  resendForwarded(writer);
  wakeReads(writer);
  if (leads(writer.site)) writeTail(writer);
  if (leads(writer.site) && archive(writer)) ship(writer);
  if (ships(writer)) resendEntries(writer);
  if (leads(writer.site)) tickLeading(writer);
  else tickFollowing(writer);
}

function onView(writer: OneWriter, before: View | null): void {
  const { site } = writer;
  const { view, beats, leadership } = site;
  if (view === null) return;
  writeTail(writer);
  const isSameReign =
    writer.obeyed?.epoch === leadership.epoch && writer.obeyed.primary === leadership.primary;
  writer.obeyed = leadership;
  if (!isSameReign) {
    endReign(writer);
    prepareReign(writer);
    // What was inherited from earlier reigns is history: there is nobody left to wait for.
    showWhenDurable(writer);
  }
  const children = childrenOf(site);
  for (const peer of writer.replicas.keys()) if (!children.includes(peer)) writer.replicas.delete(peer);
  if (!isNamedPrimary(site)) {
    if (!isSameReign || upstreamOf(writer) !== writer.upstream.site) beginFollowing(writer);
    if (!isSameReign && leadership.primary !== null) forwardAgain(writer, leadership.primary);
    wakeReads(writer);
    return;
  }
  writer.out = null;
  if (before === null || promiseOf(before) !== promiseOf(view)) beginSync(writer, beats.number + 1);
  acknowledge(writer);
}

/** What an acknowledgement means under this view: what was acknowledged under another counts for nothing here. */
function promiseOf({ cluster: { mode, ack, sync } }: View): string {
  return `${mode} ${ack} ${sync.rule} ${sync.count}`;
}

/** How far this site says that its log reaches: what is on disk, or all of it where an acknowledgement means no more. */
function claim({ site, log }: OneWriter): Position {
  return stageOf(site) === "received" && !isNamedPrimary(site) ? endOf(log) : log.flushed;
}

function replay({ site, log }: OneWriter, record: JournalRecord): void {
  const me = site.identity.site;
  switch (record.type) {
    case "copy":
      installLog(site, log, record.copy);
      return;
    case "entry": {
      const { entry } = record;
      if (entry.lsn !== endOf(log).lsn + 1) return;
      const isMine = (entry.shadow[me] ?? 0) > (site.shadow[me] ?? 0);
      appendToReign(site, log, entry);
      const logged = log.logged.get(entry.opId);
      // An asynchronous primary has acknowledged what it accepted as soon as it is on its disk.
      if (logged !== undefined) logged.acknowledged = isMine && isAcknowledgedAlone(site);
      return;
    }
    case "truncate":
      if (record.after.lsn >= log.base.lsn) rewindTo(site, log, record.after);
      return;
    case "meta":
    case "ballot":
    case "consensus-entry":
    case "op":
      return;
  }
}

function isAcknowledgedAlone({ view }: Site): boolean {
  return view?.cluster.ack === "async" || view?.cluster.ack === "off";
}

function snapshotOf(writer: OneWriter, keys: ModeSnapshot["keys"]): ModeSnapshot {
  const { site, sync } = writer;
  return {
    lagOps: lagOf(writer),
    diverged: writer.out?.kind === "diverged" ? (whyOut(writer)?.why ?? null) : null,
    syncSet: sync.recorded ?? [],
    keys,
    merges: {},
    receipts: [],
    seen: site.shadow,
    cannotWrite: cannotWrite(writer),
    degraded: whyDegraded(writer),
  };
}

function lagOf({ site, log, upstream }: OneWriter): number | null {
  if (isNamedPrimary(site)) return 0;
  return upstream.end === null ? null : Math.max(0, upstream.end.lsn - log.shownLsn);
}
