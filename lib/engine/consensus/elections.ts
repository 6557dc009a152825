import type { SiteId } from "../../protocol/ids";
import { comparePositions } from "../../protocol/position";
import type { SiteMessageOf } from "../../protocol/site/message";
import { cityOf, seconds } from "../../protocol/words";
import { fail } from "../answer";
import { voidGrants } from "../heartbeat";
import { owesEpoch } from "../leadership";
import { endOf } from "../log/log";
import { atEnd, peersOf, persist, send, setTimer, whenDurable } from "../site";
import type { Ballot } from "../types";
import { beginReign, quorumDeadline } from "./leading";
import { type Consensus, majorityOf, nobody, type Stage, timeoutMs } from "./state";

/** Waits a random time of [T, 2T) before asking for votes, so that seldom two sites ask at once. */
export function armElection(state: Consensus): void {
  const { site } = state;
  state.electionWaitMs = timeoutMs(state) + site.random.below(Math.max(1, timeoutMs(state)));
  postponeElection(state);
  setTimer(site, "election", state.electionWaitMs);
}

/** A primary was heard, or somebody got this site's vote. The timer finds out when it fires. */
export function postponeElection(state: Consensus): void {
  state.electionMono = state.site.now.mono + state.electionWaitMs;
}

/** The election timer: a primary looks whether a majority still answers, others whether they heard one. */
export function onElectionTimer(state: Consensus): void {
  const { site, stage } = state;
  if (stage.kind === "primary") {
    watchQuorum(state);
    return;
  }
  const leftMs = state.electionMono - site.now.mono;
  if (leftMs > 0) setTimer(site, "election", Math.ceil(leftMs));
  else seekElection(state);
}

/** Asks for votes: first, under `preVote`, only whether there would be enough. */
export function seekElection(state: Consensus): void {
  const { site } = state;
  armElection(state);
  if (!(site.view?.cluster.raft.preVote ?? true)) {
    campaign(state);
    return;
  }
  const epoch = state.ballot.epoch + 1;
  enter(state, { kind: "trial", epoch, granted: new Set([site.identity.site]) }, whyTrial(state, epoch));
  if (majorityOf(state) === 1) campaign(state);
  else askForVotes(state);
}

/** Asks those who have not granted yet; one of them where `only` says so. */
export function askForVotes(state: Consensus, only?: SiteId): void {
  const { site, stage, log } = state;
  if (stage.kind !== "trial" && stage.kind !== "campaign") return;
  if (stage.kind === "campaign" && !state.ballotDurable) return;
  const trial = stage.kind === "trial";
  const fields = { epoch: stage.epoch, generation: site.generation, trial, end: endOf(log) };
  for (const peer of peersOf(site)) {
    if (stage.granted.has(peer) || (only !== undefined && peer !== only)) continue;
    send(site, peer, { type: "vote-request", ...fields }, "replication");
  }
}

/** Somebody wants to be primary. */
export function onVoteRequest(state: Consensus, from: SiteId, message: SiteMessageOf<"vote-request">): void {
  const { site, log } = state;
  const { epoch, trial, end } = message;
  const isCurrent = comparePositions(end, endOf(log)) >= 0;
  if (trial) {
    const granted = epoch > state.ballot.epoch && isCurrent && !hasPrimary(state);
    answerVote(state, from, { trial, granted, epoch: granted ? epoch : state.ballot.epoch });
    return;
  }
  // Who hears a primary lets nobody else depose it, and does not even take note of the newer epoch.
  const isItsOwnEnd = state.upstream.site === from;
  const isDeaf = (site.view?.cluster.raft.checkQuorum ?? true) && hasPrimary(state) && !isItsOwnEnd;
  if (epoch > state.ballot.epoch) {
    if (isDeaf) return;
    adoptEpoch(state, epoch, `${cityOf(from)} asks for votes in epoch ${epoch}.`);
  }
  const { stage, ballot } = state;
  const isFree = stage.kind === "replica" && stage.primary === null;
  const mayVote = epoch === ballot.epoch && (ballot.votedFor ?? from) === from && isFree && isCurrent;
  if (!mayVote) {
    answerVote(state, from, { trial, granted: false, epoch: ballot.epoch });
    return;
  }
  if (ballot.votedFor === null) cast(state, { epoch, votedFor: from });
  postponeElection(state);
  whenDurable(site, () => {
    if (state.ballot.epoch === epoch) answerVote(state, from, { trial, granted: true, epoch });
  });
}

/**
 * The cluster has been changed: who leads lets its reign end there, and asks for the votes of the next epoch
 * at once (as Raft's leadership transfer does, to itself). Whoever it lacks then is decided as ever.
 */
export function renewReign(state: Consensus): void {
  const { site, stage } = state;
  if (stage.kind !== "primary" || !owesEpoch(site.view, site.leadership)) return;
  stepDown(state, `${cityOf(site.identity.site)} ends its reign, since the cluster was changed.`);
  campaign(state);
}

/** An answer to this site's question or campaign. */
export function onVote(state: Consensus, from: SiteId, message: SiteMessageOf<"vote">): void {
  const { stage } = state;
  const { epoch, trial, granted } = message;
  if (!(trial && granted) && epoch > state.ballot.epoch) {
    adoptEpoch(state, epoch, `${cityOf(from)} knows of epoch ${epoch}.`);
    return;
  }
  if (stage.kind !== (trial ? "trial" : "campaign") || epoch !== stage.epoch || !granted) return;
  stage.granted.add(from);
  count(state);
}

/** A newer epoch has begun somewhere: this site belongs to it, with its vote still free. */
export function adoptEpoch(state: Consensus, epoch: number, why: string): void {
  cast(state, { epoch, votedFor: null });
  stepDown(state, why);
}

/** Stops leading or asking for votes. `why` is the reason, as a sentence. */
function stepDown(state: Consensus, why: string): void {
  const { stage } = state;
  enter(state, { ...nobody }, why);
  if (stage.kind !== "primary") return;
  armElection(state);
  const city = cityOf(state.site.identity.site);
  for (const { request } of stage.readings) {
    fail(state.site, request, { error: "FENCED", why: `${city} is not primary any more. ${why}` });
  }
}

/** From now on this site is in `stage`, and says why. */
export function enter(state: Consensus, stage: Stage, reason: string): void {
  const { site } = state;
  voidGrants(site, null);
  state.stage = stage;
  const primary =
    stage.kind === "primary" ? site.identity.site : stage.kind === "replica" ? stage.primary : null;
  site.leadership = { epoch: state.ballot.epoch, primary, reason };
  site.beats.granted = stage.kind === "primary";
}

/** A primary that no majority has answered for T steps down (Raft's CheckQuorum). */
function watchQuorum(state: Consensus): void {
  const { site, stage } = state;
  if (stage.kind !== "primary" || !(site.view?.cluster.raft.checkQuorum ?? true)) return;
  const leftMs = quorumDeadline(state, stage) - site.now.mono;
  if (leftMs > 0) {
    setTimer(site, "election", Math.ceil(leftMs));
    return;
  }
  const silent = `No majority has answered ${cityOf(site.identity.site)} for ${seconds(timeoutMs(state))}`;
  stepDown(state, `${silent}: it steps down.`);
}

/** Raises the epoch and votes for itself, on disk before anybody is asked. */
function campaign(state: Consensus): void {
  const { site } = state;
  const me = site.identity.site;
  const epoch = state.ballot.epoch + 1;
  cast(state, { epoch, votedFor: me });
  const stage: Stage = { kind: "campaign", epoch, granted: new Set() };
  enter(state, stage, `${cityOf(me)} asks for the votes of epoch ${epoch}.`);
  whenDurable(site, () => {
    if (state.stage !== stage) return;
    stage.granted.add(me);
    askForVotes(state);
    count(state);
  });
}

function count(state: Consensus): void {
  const { stage, site } = state;
  if ((stage.kind !== "trial" && stage.kind !== "campaign") || stage.granted.size < majorityOf(state)) return;
  if (stage.kind === "trial") {
    campaign(state);
    return;
  }
  const votes = `${stage.granted.size} of ${site.view?.members.length ?? 0}`;
  const reason = `${cityOf(site.identity.site)} won the vote of epoch ${stage.epoch}: ${votes}.`;
  beginReign(state, (reign) => enter(state, reign, reason));
  watchQuorum(state);
  atEnd(site, state.calls.serveUnanswered);
}

/** True while this site leads or has heard a primary within T. */
function hasPrimary(state: Consensus): boolean {
  const { stage, upstream, site } = state;
  if (stage.kind === "primary") return true;
  return upstream.heardMono !== null && site.now.mono - upstream.heardMono < timeoutMs(state);
}

function cast(state: Consensus, ballot: Ballot): void {
  const { site } = state;
  state.ballot = ballot;
  state.ballotDurable = false;
  site.epochSeen = Math.max(site.epochSeen, ballot.epoch);
  persist(site, [{ type: "ballot", ballot }]);
  whenDurable(site, () => {
    if (state.ballot === ballot) state.ballotDurable = true;
  });
}

function answerVote(
  { site }: Consensus,
  to: SiteId,
  answer: { readonly trial: boolean; readonly granted: boolean; readonly epoch: number },
): void {
  send(site, to, { type: "vote", generation: site.generation, ...answer }, "replication");
}

function whyTrial({ upstream, site }: Consensus, epoch: number): string {
  const me = cityOf(site.identity.site);
  const silence =
    upstream.heardMono === null
      ? "has heard no primary"
      : `has heard no primary for ${seconds(site.now.mono - upstream.heardMono)}`;
  return `${me} ${silence} and asks who would vote for it in epoch ${epoch}.`;
}
