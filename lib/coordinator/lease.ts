import type { Heartbeat } from "../protocol/coordination/message";
import { hasObeyed, isReigning, type Member, memberOf, type Pod, type Turn } from "./pod";
import { remember } from "./view";
import { cityOf, seconds } from "./words";

/** How much shorter a lease is for its holder than for the coordinator, in ms. */
export const leaseMarginMs = 500;

/**
 * Answers a heartbeat. The holder counts its lease from when it sent the beat, we count from now,
 * which is later; so whatever the network did, ours ends after the holder's.
 */
export function answerBeat(turn: Turn, member: Member, beat: Heartbeat): void {
  const { pod, now, outputs } = turn;
  const { timeoutMs } = pod.view.cluster.detector;
  const granted = isReigning(pod, member) && beat.epoch === pod.view.epoch;
  if (granted) {
    member.grantedUntil = Math.max(member.grantedUntil, now + timeoutMs);
    recordSyncSet(turn, beat);
  }
  outputs.push({
    type: "send",
    to: member.site,
    message: {
      type: "beat-reply",
      beat: beat.beat,
      sentMono: beat.sentMono,
      granted,
      leaseMs: timeoutMs - leaseMarginMs,
      syncSet: pod.syncSet.slice(),
    },
  });
}

/** Takes over the primary's proposal, durably before it is echoed. Proposals under an older view are void. */
function recordSyncSet(turn: Turn, beat: Heartbeat): void {
  const { pod } = turn;
  const { view } = pod;
  if (view.cluster.ack !== "sync" || beat.viewNumber !== view.number) return;
  const proposed = view.members.filter((site) => site !== view.primary && beat.syncSet.includes(site));
  if (proposed.join() === pod.syncSet.join()) return;
  pod.syncSet = proposed;
  remember(turn);
}

/** True once no incarnation of the last primary can hold a lease any more. */
export function isLeaseOver(pod: Pod, now: number): boolean {
  const { reign, view } = pod;
  if (reign === null || pod.leaseEnded) return true;
  const holder = memberOf(pod, reign.primary);
  const isSameLife = holder.incarnation === reign.incarnation;
  const hasSteppedDown = view.primary === null && isSameLife && hasObeyed(holder, pod.vacatedNumber);
  const hasRestartedAlone = !isSameLife && holder.incarnation > 0 && view.members.length === 1;
  return hasSteppedDown || hasRestartedAlone || now >= holder.grantedUntil;
}

/** Why nobody may be promoted yet, whoever it would be; null when the way is free. */
export function whyTooEarly(pod: Pod, now: number): string | null {
  if (now < pod.quietUntil) {
    return `The coordinator has just restarted and promotes nobody for another ${seconds(pod.quietUntil - now)}.`;
  }
  if (isLeaseOver(pod, now) || pod.reign === null) return null;
  const { primary } = pod.reign;
  const leftMs = memberOf(pod, primary).grantedUntil - now;
  return `${cityOf(primary)} may still hold its lease for ${seconds(leftMs)}; nobody is promoted before.`;
}
