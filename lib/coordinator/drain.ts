import { isDecidedBySites } from "../protocol/deciders";
import { compareLogs } from "./eligible";
import { keepsKind } from "./kind";
import { isLeaseOver } from "./lease";
import {
  type Change,
  hasManyWriters,
  hasObeyed,
  type Member,
  memberOf,
  type Pod,
  type Turn,
  viewMembers,
} from "./pod";
import { issue } from "./view";

/** How long writes may stay paused for sites that do not come to agree, in ms. */
const drainMs = 3000;

export const busy = "Another change is under way; try again in a moment.";

/** Pauses the writes for an orderly change. */
export function begin(turn: Turn, plan: Change["plan"], reason: string): void {
  const { pod, now } = turn;
  issue(turn, { phase: "draining" }, reason);
  pod.change = { plan, sinceMono: now, viewNumber: pod.view.number };
}

/** True for a change after which the same authority goes on over the same data, and promises something else. */
export function keepsAuthority({ view }: Pod, plan: Change["plan"]): boolean {
  return plan.kind === "configure" && keepsKind(view.cluster, plan.cluster);
}

/** How long an orderly change waits for agreement. Where nothing is copied, whoever is well answers within two heartbeats. */
export function patienceMs(pod: Pod, { plan }: Change): number {
  const { heartbeatMs } = pod.view.cluster.detector;
  return keepsAuthority(pod, plan) ? Math.min(drainMs, 2 * heartbeatMs) : drainMs;
}

/** True once everybody concerned has paused, and holds the same; where nobody copies anything, once nothing is under way. */
export function isSettled(pod: Pod, { plan, viewNumber }: Change): boolean {
  const primary = pod.view.primary === null ? null : memberOf(pod, pod.view.primary);
  if (keepsAuthority(pod, plan) && primary !== null)
    return hasObeyed(primary, viewNumber) && hasAnsweredAll(pod, primary);
  const concerned =
    plan.kind === "switchover"
      ? viewMembers(pod).filter(({ site }) => site === plan.to || site === pod.view.primary)
      : viewMembers(pod).filter(({ status }) => status === "alive");
  if (!concerned.every((member) => hasObeyed(member, viewNumber))) return false;
  if (plan.kind === "reset" || keepsAuthority(pod, plan)) return true;
  if (hasManyWriters(pod.view.cluster)) {
    return new Set(concerned.map(({ report }) => report?.seenDigest)).size <= 1;
  }
  const [first] = primary === null ? concerned : [primary];
  return concerned.every((member) => first === undefined || compareLogs(member, first) === 0);
}

/** A primary shows what it has acknowledged, all of it and nothing else; a later one under Raft answers for it. */
function hasAnsweredAll({ view }: Pod, { report }: Member): boolean {
  return view.cluster.mode === "consensus" || (report !== null && report.appliedLsn >= report.position.lsn);
}

/** True once nobody acknowledges anything more under the view that came before the pause. */
export function isQuiet(pod: Pod, { plan, viewNumber }: Change, now: number): boolean {
  const { view, reign } = pod;
  if (isDecidedBySites(view.cluster))
    return view.primary === null || hasObeyed(memberOf(pod, view.primary), viewNumber);
  // A reign that goes on needs its holder's own word: a lease that has run out is the end of it.
  if (!keepsAuthority(pod, plan) && isLeaseOver(pod, now)) return true;
  if (reign === null) return hasManyWriters(view.cluster);
  const holder = memberOf(pod, reign.primary);
  return holder.incarnation === reign.incarnation && hasObeyed(holder, viewNumber);
}
