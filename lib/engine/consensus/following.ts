import { covers } from "../../clock/vector";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import type { ConsensusEntry } from "../../protocol/site/consensus";
import type { Copy, SiteMessageOf } from "../../protocol/site/message";
import { cityOf } from "../../protocol/words";
import { leaveUnknown } from "../answer";
import { noteDiscarded } from "../discard";
import { appendEntry, endOf, flushTo, holds, positionAt, truncate } from "../log/log";
import { forwardAgain } from "../one-writer/forwarding";
import { atEnd, persist, send, whenDurable } from "../site";
import type { DiscardedWrite } from "../types";
import { enter, postponeElection } from "./elections";
import { show } from "./leading";
import { installLog, lastNotAfter } from "./log";
import { type Consensus, nobody } from "./state";

/** The primary of this epoch speaks: whatever this site was, it follows. False where it leads itself. */
export function follow(state: Consensus, from: SiteId): boolean {
  const { site, stage, ballot } = state;
  // Two primaries of one epoch: somebody has lost its vote with its disk. Neither obeys the other.
  if (stage.kind === "primary") return false;
  if (stage.kind !== "replica" || stage.primary !== from) {
    enter(state, { ...nobody, primary: from }, `${cityOf(from)} leads epoch ${ballot.epoch}.`);
    state.upstream = { site: from, sinceMono: site.now.mono, heardMono: site.now.mono };
    forwardAgain(state, from);
  }
  state.upstream.heardMono = site.now.mono;
  postponeElection(state);
  return true;
}

/** Entries, or a heartbeat, of the primary: taken where they follow on this log. */
export function onEntries(state: Consensus, from: SiteId, message: SiteMessageOf<"entries">): void {
  const { site, log, stage } = state;
  const { prev, entries, round, committed } = message;
  if (stage.kind !== "replica") return;
  stage.end = Math.max(stage.end ?? 0, prev.lsn + entries.length, committed);
  // What is in the base is committed, so the primary's log cannot differ there.
  if (prev.lsn >= log.base.lsn && !holds(log, prev)) {
    const position = lastNotAfter(log, prev);
    reply(state, from, { round, agrees: false, position });
    return;
  }
  const isNew = take(state, from, entries);
  stage.agreed = Math.max(stage.agreed, prev.lsn + entries.length);
  state.committed = Math.max(state.committed, Math.min(committed, stage.agreed));
  show(state);
  // New entries are answered for once they are on disk; a new round is answered whatever the disk does.
  if (!isNew || round > stage.round) answer(state, from, round);
  stage.round = Math.max(stage.round, round);
  if (!isNew) return;
  const position = endOf(log);
  whenDurable(site, () => {
    if (flushTo(log, position)) atEnd(site, state.calls.answerPrimary);
  });
}

/** Tells whoever leads an older epoch that it is over. */
export function refuseOld(state: Consensus, to: SiteId, round: number): void {
  reply(state, to, { round, agrees: false, position: endOf(state.log) });
}

/** Tells the primary how far this disk has come. */
export function answerPrimary(state: Consensus): void {
  const { stage } = state;
  if (stage.kind === "replica" && stage.primary !== null) answer(state, stage.primary, 0);
}

/** The primary's log no longer reaches back to this one: start from all that is committed. */
export function onCopy(state: Consensus, from: SiteId, copy: Copy): void {
  const { site, log, stage } = state;
  if (stage.kind !== "replica" || copy.kind !== "consensus") return;
  const { position } = copy;
  // A log that holds its position lacks nothing, and may have acknowledged more.
  if (position.lsn > log.base.lsn && !holds(log, position)) {
    const lost = lostTo(state, copy);
    forget(state, 0, from);
    installLog(site, log, copy);
    state.committed = Math.max(state.committed, position.lsn);
    noteDiscarded(site, lost);
    state.calls.compact();
  }
  stage.agreed = Math.max(stage.agreed, position.lsn);
  const end = endOf(log);
  whenDurable(site, () => {
    if (flushTo(log, end)) atEnd(site, state.calls.answerPrimary);
  });
}

/** Writes held here that whoever made the copy does not have. */
export function lostTo(state: Consensus, copy: Copy): readonly DiscardedWrite[] {
  const past = copy.kind === "merge" ? copy.past : copy.shadow;
  const isLost = ({ write }: ConsensusEntry) => write !== null && !covers(past, write.shadow);
  return discardedOf(state, state.log.entries.filter(isLost), "The surviving history does not have it.");
}

/** Appends what is new. What contradicts it here was never committed, and goes. True where it is not all known. */
function take(state: Consensus, from: SiteId, entries: readonly ConsensusEntry[]): boolean {
  const { site, log } = state;
  const fresh = entries.filter(({ lsn, epoch }) => lsn > log.base.lsn && !holds(log, { epoch, lsn }));
  const [first] = fresh;
  if (first === undefined) return false;
  if (positionAt(log, first.lsn) !== null) cut(state, first.lsn - 1, from);
  for (const entry of fresh) appendEntry(site, log, entry);
  persist(
    site,
    fresh.map((entry) => ({ type: "consensus-entry", entry }) as const),
  );
  return true;
}

/** Cuts what the primary does not have after `lsn`, and shows it to the student. */
function cut(state: Consensus, lsn: number, from: SiteId): void {
  const { site, log, ballot } = state;
  const why = `${cityOf(from)} became primary in epoch ${ballot.epoch} without it: no majority had it.`;
  const lost = discardedOf(state, log.entries.slice(lsn - log.base.lsn), why);
  forget(state, lsn, from);
  truncate(log, lsn);
  state.committed = Math.min(state.committed, lsn);
  const discarded = lost.slice(-limits.discardedShown);
  persist(site, [{ type: "truncate", after: endOf(log), discarded }]);
  noteDiscarded(site, lost);
}

/** Whoever waits for an entry after `lsn` will not hear of it here; another site may still have it. */
function forget(state: Consensus, lsn: number, from: SiteId): void {
  const { site } = state;
  const why = `${cityOf(from)} is primary now and does not have it; another site may still.`;
  for (const waiting of state.waiting) {
    if (waiting.lsn > lsn) leaveUnknown(site, waiting.request, { error: "FENCED", why });
  }
  state.waiting = state.waiting.filter((waiting) => waiting.lsn <= lsn);
}

function discardedOf(
  { log }: Consensus,
  entries: readonly ConsensusEntry[],
  why: string,
): readonly DiscardedWrite[] {
  return entries.flatMap(({ epoch, lsn, write }) => {
    if (write === null) return [];
    const { opId, op } = write;
    const acknowledged = log.logged.get(opId)?.acknowledged ?? false;
    return [{ opId, op, position: { epoch, lsn }, acknowledged, why }];
  });
}

/** Agrees as far as the two logs are known to be equal and this disk has come. */
function answer(state: Consensus, to: SiteId, round: number): void {
  const { log, stage } = state;
  if (stage.kind !== "replica") return;
  const lsn = Math.min(stage.agreed, log.flushed.lsn);
  const epoch = positionAt(log, lsn)?.epoch ?? 0;
  reply(state, to, { round, agrees: true, position: { epoch, lsn } });
}

/** At once, unless the epoch itself is still on its way to the disk. */
function reply(
  state: Consensus,
  to: SiteId,
  { round, agrees, position }: Pick<SiteMessageOf<"entries-reply">, "round" | "agrees" | "position">,
): void {
  const { site, ballot } = state;
  const { epoch } = ballot;
  const { generation } = site;
  const now = () => {
    if (state.ballot !== ballot) return;
    send(site, to, { type: "entries-reply", epoch, generation, round, agrees, position }, "replication");
  };
  if (state.ballotDurable) now();
  else whenDurable(site, now);
}
