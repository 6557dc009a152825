import { must, unreachable } from "../kernel/assert";
import type { Heartbeat, SiteToCoordinator } from "../protocol/coordination/message";
import { origin } from "../protocol/position";
import { cityOf, seconds } from "../protocol/words";
import { configure, progress, promote, replaceSeed, reset } from "./change";
import { decide, waitingFor } from "./decider";
import { type Finding, findSilence, isLateTick, restartCounts } from "./detector";
import { answerBeat, endLease } from "./lease";
import { hasManyWriters, type Member, memberOf, type Pod, type Turn } from "./pod";
import { startPod } from "./start";
import {
  type Coordinator,
  type CoordinatorInput,
  type CoordinatorOutput,
  type CoordinatorSnapshot,
  tickMs,
} from "./types";
import { note, remember, sendView } from "./view";

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
      outputs.push({ type: "answer", refused: configure(turn, input.cluster) });
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
    default:
      unreachable(input);
  }
}

/** After every input: whatever has become due. */
function settle(turn: Turn): void {
  if (progress(turn)) return;
  if (hasManyWriters(turn.pod.view.cluster)) replaceSeed(turn);
  else decide(turn);
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
  if (member.status !== "alive") {
    const silence = `after ${seconds(now - (member.beatMono ?? member.countedFrom))} of silence`;
    judge(turn, member, { state: "alive", evidence: `A heartbeat arrived ${silence}.` });
  }
  member.report = beat;
  member.beatMono = now;
  member.countedFrom = now;
  if (beat.viewNumber < pod.view.number) sendView(turn, member.site);
  answerBeat(turn, member, beat);
}

/** Nobody can know of an epoch, view or generation that was never given out: such a claim is forged. */
function isCredible({ view }: Pod, beat: Heartbeat): boolean {
  return (
    beat.epoch <= view.epoch &&
    beat.position.epoch <= view.epoch &&
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
    const finding = findSilence(member, rule, now, member.report?.hidden ?? false);
    if (finding !== null) judge(turn, member, finding);
  }
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
    })),
    waitingFor: pod.change !== null ? pod.view.reason : waitingForIn(pod, mono),
  };
}

function waitingForIn(pod: Pod, mono: number): string | null {
  return hasManyWriters(pod.view.cluster) ? null : waitingFor(pod, mono);
}
