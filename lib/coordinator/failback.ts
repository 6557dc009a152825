import { comparePositions } from "../protocol/position";
import { cityOf, seconds } from "../protocol/words";
import { switchOver } from "./change";
import { whyNot } from "./eligible";
import { isReigning, type Member, memberOf, type Pod, type Turn } from "./pod";

/** How long the preferred primary must have kept up before it takes over again, in ms (30 s in earnest). */
export const holdMs = 3000;
/** No failback so soon after a failover: whatever caused that may not be over, in ms. */
export const settleMs = 6000;

/** With `failback: preempt` the first site of the list becomes primary again once it keeps up. */
export function preempt(turn: Turn): void {
  const { pod, now } = turn;
  const { view } = pod;
  const [first] = view.members;
  const isWanted = view.cluster.failback === "preempt" && view.phase === "serving" && pod.change === null;
  if (!isWanted || first === undefined || !keepsUp(pod, memberOf(pod, first))) {
    pod.caughtUpSince = null;
    return;
  }
  pod.caughtUpSince ??= now;
  const isSettled = pod.recoveredMono === null || now - pod.recoveredMono >= settleMs;
  if (!isSettled || now - pod.caughtUpSince < holdMs) return;
  pod.caughtUpSince = null;
  const why = `it has kept up for ${seconds(holdMs)}, and the first of the list is preferred`;
  switchOver(turn, first, {
    reason: `${cityOf(first)} takes the reign back: ${why} (failback: preempt).`,
    wanted: `${cityOf(first)} reigns again: the first of the list is preferred (failback: preempt).`,
  });
}

/** True for a replica that could take over now, and holds what the primary held one heartbeat ago. */
function keepsUp(pod: Pod, { site, report }: Member): boolean {
  const { primary } = pod.view;
  if (primary === null || primary === site) return false;
  const reigning = memberOf(pod, primary);
  if (reigning.status !== "alive" || !isReigning(pod, reigning)) return false;
  if (whyNot(pod, memberOf(pod, site)) !== null || report?.upstream?.ok !== true) return false;
  const end = reigning.formerEnd;
  return end !== null && comparePositions(report.position, end) >= 0;
}
