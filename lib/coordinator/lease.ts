import { leaseMarginMs } from "../protocol/cluster";
import type { Heartbeat } from "../protocol/coordination/message";
import { hasSyncSet, isDecidedBySites } from "../protocol/deciders";
import { cityOf, seconds } from "../protocol/words";
import { isReigning, type Member, type Pod, type Turn } from "./pod";
import { mayRenew, whyStoreDown } from "./store";
import { remember } from "./view";

/**
 * Answers a heartbeat. The holder counts its lease from when it sent the beat, we count from now,
 * which is later; so whatever the network did, ours ends after the holder's.
 */
export function answerBeat(turn: Turn, member: Member, beat: Heartbeat): void {
  const { pod, now, outputs } = turn;
  const { timeoutMs } = pod.view.cluster.detector;
  if (pod.view.primary !== member.site && beat.viewNumber >= (member.demotedBy ?? 0)) endLease(member);
  const reigns =
    isReigning(pod, member) && beat.epoch === pod.view.epoch && !isDecidedBySites(pod.view.cluster);
  const granted = reigns && mayRenew(turn, member.site);
  if (granted) {
    member.lease = {
      incarnation: member.incarnation,
      until: Math.max(member.lease?.until ?? now, now + timeoutMs),
    };
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
  // What the store cannot write down, nobody may rely on.
  if (!hasSyncSet(view.cluster) || beat.viewNumber !== view.number || whyStoreDown(pod) !== null) return;
  const proposed = view.members.filter((site) => site !== view.primary && beat.syncSet.includes(site));
  if (proposed.join() === pod.syncSet.join()) return;
  pod.syncSet = proposed;
  remember(turn);
}

/**
 * Ends a lease that its holder has proved to have given up: by its release, or by obeying the view
 * that ended its reign. A newer incarnation proves nothing about an older one.
 */
export function endLease(member: Member): void {
  if (member.lease?.incarnation === member.incarnation) member.lease = null;
}

/** True once no incarnation of any site can hold a lease any more. */
export function isLeaseOver(pod: Pod, now: number): boolean {
  return now >= pod.quietUntil && [...pod.sites.values()].every((member) => !mayHold(pod, member, now));
}

function mayHold({ view }: Pod, { site, lease, incarnation }: Member, now: number): boolean {
  if (lease === null || now >= lease.until) return false;
  const hasRestartedAlone =
    lease.incarnation < incarnation && view.members.every((member) => member === site);
  return !hasRestartedAlone;
}

/** Why nobody may be promoted yet, whoever it would be; null when the way is free. */
export function whyTooEarly(pod: Pod, now: number): string | null {
  if (now < pod.quietUntil) {
    return `The coordinator has just restarted and promotes nobody for another ${seconds(pod.quietUntil - now)}.`;
  }
  const holder = [...pod.sites.values()].find((member) => mayHold(pod, member, now));
  if (holder === undefined) return null;
  const left = seconds((holder.lease?.until ?? now) - now);
  return `${cityOf(holder.site)} may still hold its lease for ${left}; nobody is promoted before.`;
}
