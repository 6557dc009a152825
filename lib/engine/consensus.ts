import { unreachable } from "../kernel/assert";
import type { SiteId } from "../protocol/ids";
import { origin } from "../protocol/position";
import type { SiteMessage, SiteMessageOf } from "../protocol/site/message";
import { cityOf } from "../protocol/words";
import { fail } from "./answer";
import {
  deliver,
  execute,
  isCertifying,
  isInComponent,
  outsideComponent,
  tickExecuting,
} from "./consensus/certifying";
import {
  adoptEpoch,
  armElection,
  askForVotes,
  enter,
  onElectionTimer,
  onVote,
  onVoteRequest,
  renewReign,
  seekElection,
} from "./consensus/elections";
import { answerPrimary, follow, lostTo, onCopy, onEntries, refuseOld } from "./consensus/following";
import { propose, tickWaiting } from "./consensus/leading";
import { baseCopy, installLog, shownCopy } from "./consensus/log";
import { read, readHere } from "./consensus/reading";
import { cannotWrite, standing } from "./consensus/sentences";
import { onEntriesReply, resume, ship, startRound, tickShipping } from "./consensus/shipping";
import { type Consensus, createState, nobody } from "./consensus/state";
import { compact } from "./journal";
import { storedKeys } from "./log/keys";
import { appendEntry, endOf, flushTo, fold, restartAt, truncate } from "./log/log";
import { createShown } from "./log/shown";
import type { Mode, ModeSnapshot } from "./mode";
import { noteAsked, onForwardReply, passOn, resendForwarded, takeUnanswered } from "./one-writer/forwarding";
import { type Request, requestKey } from "./request";
import { isMember, type Site } from "./site";
import type { JournalRecord } from "./types";

/**
 * The mode of `consensus`: the sites elect one primary an epoch, and a write is acknowledged once a
 * majority has it on disk (Raft: Ongaro and Ousterhout 2014, with the PreVote, CheckQuorum and ReadIndex
 * of etcd-io/raft). An epoch is Raft's term, a primary its leader.
 */
export function createConsensus(site: Site): Mode {
  const state: Consensus = createState(site, (held) => ({
    compact: () => compact(site, mode),
    answerPrimary: () => answerPrimary(held()),
    startRound: () => startRound(held()),
    ship: () => ship(held()),
    serveUnanswered: () => serveUnanswered(held()),
  }));
  const { log } = state;
  const shown = createShown(log);
  const mode: Mode = {
    kind: "consensus",
    onRequest: (request) => route(state, request),
    onMessage: (from, message) => onMessage(state, from, message),
    onLink: (peer, up) => onLink(state, peer, up),
    onTimer(id) {
      if (id === "election") onElectionTimer(state);
      else tick(state);
    },
    onView(before) {
      if (!state.begun) begin(state, before !== null || site.identity.incarnation === 1);
      else renewReign(state);
    },
    onRecorded: () => {},
    replay: (record) => replay(state, record),
    recovered() {
      flushTo(log, endOf(log));
      const { epoch } = state.ballot;
      // It may have promised a primary just now not to vote for another one.
      if (epoch > 0) state.upstream = { site: null, sinceMono: site.now.mono, heardMono: site.now.mono };
    },
    copy: () => shownCopy(site, log),
    install(copy) {
      if (copy.kind !== "consensus") return;
      installLog(site, log, copy);
      state.committed = copy.position.lsn;
      flushTo(log, copy.position);
    },
    portable: () => ({ keys: storedKeys(log.tip), shadow: site.shadow, lost: [] }),
    adopt({ keys, shadow }) {
      restartAt(log, origin, keys);
      site.shadow = shadow;
    },
    journal() {
      fold(log);
      return [
        { type: "ballot", ballot: state.ballot },
        { type: "copy", copy: baseCopy(site, log), generation: site.generation },
        ...log.entries.map((entry) => ({ type: "consensus-entry", entry }) as const),
      ];
    },
    standing: () => standing(state),
    beatFields: () => ({ position: log.flushed, seenDigest: "", syncSet: [], appliedLsn: log.shownLsn }),
    position: () => log.flushed,
    end: () => endOf(log),
    lostTo: (copy) => lostTo(state, copy),
    snapshot: () => snapshotOf(state, shown().keys),
    dataDigest: () => shown().digest,
  };
  return mode;
}

/** Decides who serves an operation: this site, the primary, or nobody. */
function route(state: Consensus, request: Request): void {
  const { site, stage } = state;
  const { op, asker } = request;
  const certifies = isCertifying(state);
  const outside = certifies ? outsideComponent(state) : null;
  if (outside !== null && !isInComponent(state)) {
    fail(site, request, outside);
    return;
  }
  if (certifies && op.f !== "get" && asker.kind === "client") execute(state, request, op);
  if (op.f === "get" && site.view?.cluster.readFrom === "local" && isMember(site)) readHere(state, request);
  else if (stage.kind === "primary") {
    if (op.f === "get") read(state, stage, request);
    else propose(state, stage, request, op);
  } else if (asker.kind === "client") passOn(state, request, outside);
  // Another site took this one for the primary. It hears who is, and asks there: a refusal from here would
  // say nothing about what this site's log still holds of an earlier asking.
  else site.requests.delete(requestKey(request.opId, asker));
}

/** What this site's clients had asked an earlier primary for is this one's to decide now. */
function serveUnanswered(state: Consensus): void {
  if (state.stage.kind !== "primary") return;
  for (const { request } of takeUnanswered(state)) {
    noteAsked(state, request);
    route(state, request);
  }
}

function onMessage(state: Consensus, from: SiteId, message: SiteMessage): void {
  const { site } = state;
  if (message.type === "forward-reply") {
    const told = isCertifying(state)
      ? (request: Request) => deliver(state, request, message.outcome)
      : undefined;
    onForwardReply(state, from, message, told);
    return;
  }
  if (!isOfConsensus(message) || message.generation !== site.generation) return;
  state.heardFrom.set(from, site.now.mono);
  switch (message.type) {
    case "vote-request":
      onVoteRequest(state, from, message);
      return;
    case "vote":
      onVote(state, from, message);
      return;
    case "entries-reply":
      if (isOfThisEpoch(state, from, message.epoch) && state.stage.kind === "primary") {
        onEntriesReply(state, state.stage, from, message);
      }
      return;
    case "entries":
    case "copy":
      onPrimary(state, from, message);
      return;
  }
}

type OfConsensus = SiteMessageOf<"vote-request" | "vote" | "entries" | "entries-reply" | "copy">;

function isOfConsensus(message: SiteMessage): message is OfConsensus {
  return ["vote-request", "vote", "entries", "entries-reply", "copy"].includes(message.type);
}

/** Whoever leads an older epoch is told so; a newer one is joined. */
function onPrimary(state: Consensus, from: SiteId, message: SiteMessageOf<"entries" | "copy">): void {
  const isCurrent = isOfThisEpoch(state, from, message.epoch);
  if (message.type === "copy") {
    if (isCurrent && follow(state, from)) onCopy(state, from, message.copy);
    return;
  }
  if (isCurrent) {
    if (follow(state, from)) onEntries(state, from, message);
    return;
  }
  refuseOld(state, from, message.round);
}

function isOfThisEpoch(state: Consensus, from: SiteId, epoch: number): boolean {
  if (epoch > state.ballot.epoch)
    adoptEpoch(state, epoch, `${cityOf(from)} knows of epoch ${epoch}, which is newer.`);
  return epoch === state.ballot.epoch;
}

function onLink(state: Consensus, peer: SiteId, up: boolean): void {
  if (!up) return;
  if (state.stage.kind === "primary") resume(state, state.stage, peer);
  else askForVotes(state, peer);
}

function tick(state: Consensus): void {
  resendForwarded(state);
  tickWaiting(state);
  tickExecuting(state);
  renewReign(state);
  if (state.stage.kind === "primary") tickShipping(state, state.stage);
  else askForVotes(state);
}

/**
 * A generation begins here, or this site has started again. The seed of a new one, or else its first
 * member, asks for votes at once; the others wait, so that the first primary is not left to chance.
 */
function begin(state: Consensus, isFirstLife: boolean): void {
  const { site, ballot } = state;
  const { view, identity } = site;
  if (view === null) return;
  state.begun = true;
  const isNew = ballot.epoch === 0;
  if (isNew) state.ballot = { epoch: view.epoch, votedFor: null };
  enter(state, { ...nobody }, `${cityOf(identity.site)} has not heard a primary yet.`);
  const isFirst = (view.seed ?? view.members[0]) === identity.site;
  if (isNew && isFirst && isFirstLife) seekElection(state);
  else armElection(state);
}

function replay(state: Consensus, record: JournalRecord): void {
  const { site, log } = state;
  switch (record.type) {
    case "ballot":
      state.ballot = record.ballot;
      site.epochSeen = Math.max(site.epochSeen, record.ballot.epoch);
      return;
    case "copy":
      if (record.copy.kind !== "consensus") return;
      installLog(site, log, record.copy);
      state.committed = record.copy.position.lsn;
      return;
    case "consensus-entry":
      if (record.entry.lsn === endOf(log).lsn + 1) appendEntry(site, log, record.entry);
      return;
    case "truncate":
      if (record.after.lsn >= log.base.lsn) truncate(log, record.after.lsn);
      return;
    case "meta":
    case "entry":
    case "op":
    case "life":
    case "forget":
    case "stamps":
    case "quorum":
      return;
    default:
      unreachable(record);
  }
}

function snapshotOf(state: Consensus, keys: ModeSnapshot["keys"]): ModeSnapshot {
  return {
    lagOps: lagOf(state),
    syncSet: [],
    keys,
    merges: {},
    receipts: [],
    seen: state.site.shadow,
    cannotWrite: cannotWrite(state),
  };
}

function lagOf({ stage, log }: Consensus): number | null {
  if (stage.kind === "primary") return 0;
  return stage.kind === "replica" && stage.end !== null ? Math.max(0, stage.end - log.shownLsn) : null;
}
