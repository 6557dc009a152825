import { unreachable } from "../kernel/assert";
import { isDecidedBySites } from "../protocol/deciders";
import type { SiteId } from "../protocol/ids";
import { cityOf, listOf } from "../protocol/words";
import { finishConfigure, whyInterrupted } from "./configure";
import { isRaceOver, vacate, whyOver } from "./decider";
import { begin, busy, isQuiet, isSettled, keepsAuthority, patienceMs } from "./drain";
import { lacking, whyNot } from "./eligible";
import { empty } from "./generation";
import { isAppointed } from "./kind";
import { isLeaseOver } from "./lease";
import { type Change, hasManyWriters, hasObeyed, isUnused, memberOf, type Pod, type Turn } from "./pod";
import { issue, note } from "./view";

/** Empties every site. Returns why not, or null when it has begun. */
export function reset(turn: Turn): string | null {
  const { pod } = turn;
  if (pod.change !== null) return busy;
  if (!isUnused(pod)) begin(turn, { kind: "reset" }, "The operator empties the pod: writes pause first.");
  return null;
}

/** Makes a site primary: in an orderly way while the present one lives. Returns why not, or null. */
export function promote(turn: Turn, to: SiteId): string | null {
  const { pod } = turn;
  const { view } = pod;
  const city = cityOf(to);
  if (pod.change !== null) return busy;
  if (hasManyWriters(view.cluster))
    return "Every site of this cluster accepts writes; there is no primary to choose.";
  if (isDecidedBySites(view.cluster))
    return "The sites of this cluster decide among themselves who is primary; nobody can be appointed.";
  if (view.cluster.failover === "none")
    return "This cluster has no failover: set failover to manual or lease first.";
  const obstacle = whyNot(pod, memberOf(pod, to));
  if (view.primary === to && obstacle === null) return `${city} is already the primary.`;
  if (obstacle === lacking) return `${city} may not be promoted: ${whyLossy(pod)}`;
  if (obstacle !== null) return `${city} may not be promoted: it ${obstacle}.`;
  if (view.primary !== null && memberOf(pod, view.primary).status === "alive") {
    const reason = `The operator hands over to ${city}: writes pause until it has them all.`;
    switchOver(turn, to, { reason, wanted: byOperator(to) });
    return null;
  }
  pod.wish = { site: to, orderly: false, wanted: byOperator(to) };
  if (view.primary !== null)
    vacate(turn, `The operator promotes ${city}, since ${cityOf(view.primary)} is silent.`);
  return null;
}

/** Gives the reign back in an orderly way, or not at all. Returns why not, or null when it has begun. */
export function failback(turn: Turn, to: SiteId): string | null {
  const { primary } = turn.pod.view;
  const isLed = primary !== null && memberOf(turn.pod, primary).status === "alive";
  if (isLed) return promote(turn, to);
  return `There is no living primary to take the reign back from: promote ${cityOf(to)} instead, and risk what it lacks.`;
}

/** Asks a replica to take its place again. Returns why not, or null when it is asked. */
export function rejoin({ pod, outputs }: Turn, site: SiteId): string | null {
  const { view } = pod;
  const city = cityOf(site);
  if (hasManyWriters(view.cluster))
    return "Every site of this cluster is a writer; nobody rejoins a primary.";
  if (view.primary === site) return `${city} is the primary: there is nobody for it to follow.`;
  if (!view.members.includes(site)) return `${city} is a spare that nothing is replicated to.`;
  if (!memberOf(pod, site).connected) return `${city} is out of reach.`;
  outputs.push({ type: "send", to: site, message: { type: "rejoin", viewNumber: view.number } });
  return null;
}

/** Begins an orderly handover: drain, let `to` catch up, let the primary step down. */
export function switchOver(
  turn: Turn,
  to: SiteId,
  { reason, wanted }: { readonly reason: string; readonly wanted: string },
): void {
  begin(turn, { kind: "switchover", to, wanted }, reason);
}

function byOperator(to: SiteId): string {
  return `The operator made ${cityOf(to)} the primary.`;
}

function whyLossy({ reign, syncSet }: Pod): string {
  const holders = [...(reign === null || reign.diskLost ? [] : [reign.primary]), ...syncSet];
  return holders.length === 0
    ? "nobody is known to hold every acknowledged write."
    : `only ${listOf(holders.map(cityOf))} ${holders.length === 1 ? "is" : "are"} known to hold every acknowledged write.`;
}

/** Moves a change on. True while it holds up every other decision. */
export function progress(turn: Turn): boolean {
  const { pod, now } = turn;
  const { change } = pod;
  if (change === null) return false;
  const { plan } = change;
  const interrupted = plan.kind === "switchover" ? whyOver(pod, now) : whyInterrupted(turn, plan);
  if (interrupted !== null) {
    pod.change = null;
    if (plan.kind === "configure") note(turn, `The change is given up: ${interrupted}`);
    return false;
  }
  const settled = isSettled(pod, change);
  const isDue = settled || now - change.sinceMono >= patienceMs(pod, change);
  if (!isDue) return true;
  if (!isQuiet(pod, change, now)) {
    if (waitsForLease(pod, plan)) return true;
    pod.change = null;
    const who = pod.view.primary === null ? "The primary" : cityOf(pod.view.primary);
    issue(turn, { phase: "serving" }, `The change is given up: ${who} did not pause its writes in time.`);
    return false;
  }
  if (mayHoldOldLease(pod, plan, now)) return true;
  const unpaused = whoHasNotPaused(pod, change);
  // What it acknowledged until its lease was over shows once nobody follows it any more.
  if (unpaused !== null) {
    const why = `${cityOf(unpaused)} did not pause its writes, and its lease is over`;
    vacate(turn, `${why}: the others are asked how far their logs reach.`, { phase: "draining" });
  }
  if (!isRaceOver(pod, now)) return true;
  finish(turn, plan, settled);
  pod.change = null;
  return false;
}

/**
 * True while a lease may run from before nobody was appointed: its holder paused for that change, and has
 * not been heard since. It may still answer reads, so the next reign waits.
 */
function mayHoldOldLease(pod: Pod, plan: Change["plan"], now: number): boolean {
  if (plan.kind !== "configure" || isAppointed(pod.view.cluster)) return false;
  return isAppointed(plan.cluster) && !isLeaseOver(pod, now);
}

/** The primary that the coordinator appointed and that has not reported the pause before its data goes elsewhere. */
function whoHasNotPaused({ view, sites }: Pod, { plan, viewNumber }: Change): SiteId | null {
  if (plan.kind !== "configure" || view.primary === null || isDecidedBySites(view.cluster)) return null;
  const member = sites.get(view.primary);
  return member === undefined || hasObeyed(member, viewNumber) ? null : view.primary;
}

function finish(turn: Turn, plan: Change["plan"], settled: boolean): void {
  switch (plan.kind) {
    case "configure":
      finishConfigure(turn, plan, settled);
      return;
    case "reset":
      empty(turn);
      return;
    case "switchover":
      handOver(turn, plan, settled);
      return;
    default:
      unreachable(plan);
  }
}

/** Whoever was not appointed from here has no lease that could be waited for, and a reign that goes on needs its holder's word. */
function waitsForLease(pod: Pod, plan: Change["plan"]): boolean {
  return !isDecidedBySites(pod.view.cluster) && !keepsAuthority(pod, plan);
}

function handOver(
  turn: Turn,
  { to, wanted }: Extract<Change["plan"], { kind: "switchover" }>,
  settled: boolean,
): void {
  const { pod } = turn;
  const former = pod.view.primary === null ? "the primary" : cityOf(pod.view.primary);
  if (!settled) {
    issue(turn, { phase: "serving" }, `${cityOf(to)} did not catch up in time: ${former} stays primary.`);
    return;
  }
  pod.wish = { site: to, orderly: true, wanted };
  vacate(turn, `${former} steps down: ${cityOf(to)} holds everything it held.`);
}
