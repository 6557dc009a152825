import type { Cluster } from "../protocol/cluster";
import { cityOf } from "../protocol/words";
import { hasObeyed, memberOf, type Pod, type Turn } from "./pod";
import type { Reign } from "./types";
import { note } from "./view";

/** How long the former primary may step down by itself before it is stopped, and between two attempts, in ms. */
const graceMs = 200;
const askAgainMs = 1000;

/** True where nobody is promoted before the former primary is proven to have stopped. */
export function needsProof({ failover, fencing }: Cluster): boolean {
  return failover === "managed" || fencing.includes("stonith");
}

/** Why the former primary may still be acting, for all that is proven; null when it cannot be. */
export function whyUnproven(pod: Pod): string | null {
  const { reign, view } = pod;
  if (reign === null || !needsProof(view.cluster) || isStopped(pod, reign)) return null;
  return `${cityOf(reign.primary)} is not proven to have stopped, and without that proof nobody is promoted (stonith).`;
}

/** Has the former primary stopped, once and for ever, until it is asked again. Called while nobody reigns. */
export function fence(turn: Turn): void {
  const { pod, now, outputs } = turn;
  const { reign } = pod;
  if (reign === null || whyUnproven(pod) === null || now - pod.vacatedMono < graceMs) return;
  if (pod.fenceAskedMono !== null && now - pod.fenceAskedMono < askAgainMs) return;
  if (pod.fenceAskedMono === null)
    note(turn, `${cityOf(reign.primary)} is to be stopped from outside before anybody takes over.`);
  pod.fenceAskedMono = now;
  outputs.push({ type: "fence", site: reign.primary, incarnation: reign.incarnation });
}

/** The proof has come: whatever that incarnation was granted is void. */
export function onFenced(turn: Turn, stopped: NonNullable<Pod["stopped"]>): void {
  const { pod } = turn;
  const member = memberOf(pod, stopped.site);
  if (pod.reign?.primary !== stopped.site || pod.reign.incarnation !== stopped.incarnation) return;
  pod.stopped = stopped;
  if (member.lease?.incarnation === stopped.incarnation) member.lease = null;
  note(turn, `${cityOf(stopped.site)} is proven to have stopped.`);
}

/** By the proof, by its goodbye, or by its own word that it obeys the view which ended its reign. */
function isStopped(pod: Pod, { primary, incarnation }: Reign): boolean {
  const { stopped, vacatedNumber } = pod;
  const member = memberOf(pod, primary);
  const isProven = stopped?.site === primary && stopped.incarnation === incarnation;
  const isSame = member.incarnation === incarnation;
  return isProven || (isSame && (member.left || hasObeyed(member, vacatedNumber)));
}
