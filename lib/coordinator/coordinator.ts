import { must, unreachable } from "../kernel/assert";
import type { Heartbeat, SiteToCoordinator } from "../protocol/coordination/message";
import { isDecidedBySites } from "../protocol/deciders";
import { origin } from "../protocol/position";
import { cityOf, seconds } from "../protocol/words";
import { failback, progress, promote, rejoin, reset } from "./change";
import { configure } from "./configure";
import { decide, waitingFor } from "./decider";
import { type Finding, findSilence, isLateTick, keepRhythm, restartCounts } from "./detector";
import { preempt } from "./failback";
import { onFenced } from "./fence";
import { replaceSeed } from "./generation";
import { answerBeat, endLease } from "./lease";
import { epochStep, observe, waitingForClaim } from "./observe";
import { firstRhythm } from "./phi";
import { hasManyWriters, type Member, memberOf, type Pod, type Turn } from "./pod";
import { startPod } from "./start";
import { needsWitnesses, testimonyOf } from "./testimony";
import { reparent } from "./topology";
import {
  type Coordinator,
  type CoordinatorInput,
  type CoordinatorOutput,
  type CoordinatorSnapshot,
  tickMs,
} from "./types";
import { note, noteOnce, remember, sendView } from "./view";

/** A pod's coordinator (rules: SPEC.md). The first input must be `start`; `mono` never goes back. */
export function createCoordinator(): Coordinator {
  let pod: Pod | null = null;
  return {
    step(input) {
      const outputs: CoordinatorOutput[] = [];
      if (input.type === "start") pod = startPod(input, outputs);
      const turn: Turn = { pod: must(pod, "the first input is start"), now: input.mono, outputs };
      handle(turn, input);
      settle(turn);
      return outputs;
    },
    snapshot: (mono) => snapshotOf(must(pod, "the first input is start"), mono),
  };
}

function handle(turn: Turn, input: CoordinatorInput): void {
  const { pod, outputs } = turn;
  switch (input.type) {
    case "start":
      return;
    case "message":
      onMessage(turn, memberOf(pod, input.from), input.message);
      return;
    case "connected":
      onConnected(turn, memberOf(pod, input.site), input.incarnation);
      return;
    case "disconnected":
      onDisconnected(turn, memberOf(pod, input.site));
      return;
    case "tick":
      onTick(turn);
      return;
    case "configure":
      outputs.push({ type: "answer", refused: configure(turn, input.cluster, input.presets) });
      return;
    case "reset":
      outputs.push({ type: "answer", refused: reset(turn) });
      return;
    case "forget":
      onForget(turn, memberOf(pod, input.site));
      return;
    case "promote":
      outputs.push({ type: "answer", refused: promote(turn, input.site) });
      return;
    case "failback":
      outputs.push({ type: "answer", refused: failback(turn, input.site) });
      return;
    case "rejoin":
      outputs.push({ type: "answer", refused: rejoin(turn, input.site) });
      return;
    case "fenced":
      onFenced(turn, { site: input.site, incarnation: input.incarnation });
      return;
    default:
      unreachable(input);
  }
}

/** After every input: whatever has become due. */
function settle(turn: Turn): void {
  if (progress(turn)) return;
  const { cluster } = turn.pod.view;
  if (hasManyWriters(cluster)) replaceSeed(turn);
  else if (isDecidedBySites(cluster)) observe(turn);
  else {
    decide(turn);
    reparent(turn);
    preempt(turn);
  }
}

function onMessage(turn: Turn, member: Member, message: SiteToCoordinator): void {
  if (!member.connected && message.type === "heartbeat") return;
  if (message.incarnation !== member.incarnation || member.left) return;
  switch (message.type) {
    case "heartbeat":
      onHeartbeat(turn, member, message);
      return;
    case "release":
      if (message.epoch !== turn.pod.view.epoch) return;
      member.left = true;
      endLease(member);
      doubt(turn, member, "Its page said goodbye.");
      return;
    default:
      unreachable(message);
  }
}

function onHeartbeat(turn: Turn, member: Member, beat: Heartbeat): void {
  const { pod, now } = turn;
  if (!isCredible(pod, beat) || beat.beat <= (member.report?.beat ?? 0)) return;
  keepRhythm(member, pod.view.cluster.detector, now);
  if (member.status !== "alive") {
    const silence = `after ${seconds(now - (member.beatMono ?? member.countedFrom))} of silence`;
    judge(turn, member, { state: "alive", evidence: `A heartbeat arrived ${silence}.` });
  }
  noteOnce(turn, `witnesses of ${member.site}`, null);
  member.formerEnd = member.report?.position ?? null;
  member.report = beat;
  member.beatMono = now;
  member.countedFrom = now;
  if (beat.viewNumber < pod.view.number) sendView(turn, member.site);
  answerBeat(turn, member, beat);
}

/**
 * Nobody can know of an epoch, view or generation that was never given out: such a claim is forged. Where
 * the sites number the epochs themselves, only a leap beyond all reason is.
 */
function isCredible({ view }: Pod, beat: Heartbeat): boolean {
  const highest = view.epoch + (isDecidedBySites(view.cluster) ? epochStep : 0);
  return (
    beat.epoch <= highest &&
    beat.position.epoch <= highest &&
    beat.viewNumber <= view.number &&
    beat.generation <= view.generation
  );
}

function onConnected(turn: Turn, member: Member, incarnation: number): void {
  const { pod, now } = turn;
  if (incarnation < member.incarnation) return;
  if (incarnation > member.incarnation) {
    member.incarnation = incarnation;
    member.left = false;
    member.report = null;
    member.countedFrom = now;
    member.rhythm = firstRhythm(pod.view.cluster.detector.heartbeatMs);
    if (member.status !== "alive") {
      judge(turn, member, { state: "alive", evidence: `Incarnation ${incarnation} of it connected.` });
    }
  }
  member.connected = true;
  pod.waitingSince ??= now;
  sendView(turn, member.site);
}

function onDisconnected(turn: Turn, member: Member): void {
  member.connected = false;
  doubt(turn, member, "Its connection closed: a hint, not a proof.");
}

function doubt(turn: Turn, member: Member, evidence: string): void {
  if (member.status === "alive") judge(turn, member, { state: "suspect", evidence });
}

function judge({ outputs }: Turn, member: Member, { state, evidence }: Finding): void {
  member.status = state;
  outputs.push({ type: "record", event: { kind: "detect", target: member.site, state, evidence } });
}

function onTick(turn: Turn): void {
  const { pod, now } = turn;
  const rule = pod.view.cluster.detector;
  const gapMs = pod.lastTick === null ? 0 : now - pod.lastTick;
  pod.lastTick = now;
  if (isLateTick(gapMs, tickMs, rule)) {
    restartCounts(pod.sites.values(), now);
    note(turn, `The coordinator itself was away for ${seconds(gapMs)}: nobody is judged by that silence.`);
    return;
  }
  for (const member of pod.sites.values()) {
    const finding = findingOn(turn, member);
    if (finding !== null) judge(turn, member, finding);
  }
}

/** What the silence of a site proves, where other sites can testify only together with them. */
function findingOn(turn: Turn, member: Member): Finding | null {
  const { pod, now } = turn;
  const { cluster } = pod.view;
  const silence = findSilence(member, cluster.detector, now, member.report?.hidden ?? false);
  const isJudged = member.status === "alive" || member.status === "suspect";
  if (!isJudged || !needsWitnesses(cluster)) return silence;
  const testimony = testimonyOf(pod, member, now, silence);
  if (testimony.verdict === "gone") return testimony.finding;
  if (testimony.verdict === "none" || silence === null || silence.state === "suspect") return silence;
  const spared = `${cityOf(member.site)} is unreachable from here, but ${testimony.why}: no action.`;
  noteOnce(turn, `witnesses of ${member.site}`, spared);
  return member.status === "alive" ? { state: "suspect", evidence: spared } : null;
}

/** Its disk is gone: it holds nothing until it reports again, and it can vouch for nothing. */
function onForget(turn: Turn, member: Member): void {
  const { pod } = turn;
  member.report = null;
  if (!member.connected) member.status = "empty";
  pod.syncSet = pod.syncSet.filter((site) => site !== member.site);
  if (pod.reign?.primary === member.site) pod.reign = { ...pod.reign, diskLost: true };
  remember(turn);
  note(turn, `What ${cityOf(member.site)} held is gone and counts for nothing.`);
}

function snapshotOf(pod: Pod, mono: number): CoordinatorSnapshot {
  return {
    view: pod.view,
    syncSet: pod.syncSet.slice(),
    sites: [...pod.sites.values()].map(({ site, status, incarnation, report, beatMono }) => ({
      site,
      status,
      role: report?.role ?? "replica",
      epoch: report?.epoch ?? 0,
      position: report?.position ?? origin,
      incarnation,
      silentMs: beatMono === null ? null : mono - beatMono,
      hidden: report?.hidden ?? false,
      upstream: report?.upstream?.site ?? null,
    })),
    waitingFor: pod.change !== null ? pod.view.reason : waitingForIn(pod, mono),
  };
}

function waitingForIn(pod: Pod, mono: number): string | null {
  const { cluster } = pod.view;
  if (hasManyWriters(cluster)) return null;
  return isDecidedBySites(cluster) ? waitingForClaim(pod) : waitingFor(pod, mono);
}
