import { unreachable } from "../kernel/assert";
import type { SiteId } from "../protocol/ids";
import { origin } from "../protocol/position";
import { cityOf, placeOf, seconds } from "../protocol/words";
import { compareLogs, eligible, furthestAhead, whyNobody, whyNot } from "./eligible";
import { isLeaseOver, whyTooEarly } from "./lease";
import { hasObeyed, type Member, memberOf, type Pod, type Turn, viewMembers } from "./pod";
import type { Reign } from "./types";
import { issue, note, waitingForFirst } from "./view";

/**
 * How long the sites are asked for their positions once a reign has ended, in ms. Every site answers
 * a new view with a heartbeat, so usually this takes one round trip; the limit is for the silent.
 */
export const raceMs = 100;

type Choice =
  | { readonly winner: Member; readonly reason: string }
  | { readonly winner: null; readonly reason: string };

/** Ends a reign that is over, and begins the next one as soon as that is safe. One-writer modes only. */
export function decide(turn: Turn): void {
  const { pod, now } = turn;
  if (pod.view.primary !== null) {
    const why = whyOver(pod);
    if (why === null) return;
    vacate(turn, why);
  }
  if (whyTooEarly(pod, now) !== null || !isRaceOver(pod, now)) return;
  const choice = choose(turn);
  if (choice.winner !== null) appoint(turn, choice.winner, choice.reason);
  else if (!isHeardSoon(pod) && choice.reason !== pod.view.reason) issue(turn, {}, choice.reason);
}

/** Why the present reign is over; null while it lasts. */
export function whyOver(pod: Pod): string | null {
  const { view, reign } = pod;
  if (view.primary === null || reign === null) return null;
  const member = memberOf(pod, view.primary);
  const city = cityOf(view.primary);
  if (reign.diskLost) return `The disk of ${city} is lost, and its reign with it.`;
  if (member.left && member.incarnation === reign.incarnation)
    return `${city} closed its page and gave its lease back.`;
  if (member.incarnation > reign.incarnation) return `${city} has restarted: it is not primary by memory.`;
  const isGone = member.status === "dead" || member.status === "asleep";
  return isGone && view.cluster.failover === "lease"
    ? `${city} is ${member.status}: its reign is over.`
    : null;
}

/** Issues the view in which nobody is primary, which also asks every site for its position. */
export function vacate(turn: Turn, reason: string): void {
  const { pod, now } = turn;
  pod.vacatedNumber = pod.view.number + 1;
  pod.vacatedMono = now;
  issue(turn, { primary: null, phase: "serving" }, reason);
}

/** Begins a reign: a new epoch for this incarnation, with nobody but itself known to hold its writes. */
export function appoint(turn: Turn, member: Member, reason: string): void {
  const { pod } = turn;
  const { view } = pod;
  pod.reign = { primary: member.site, incarnation: member.incarnation, diskLost: false };
  pod.syncSet = [];
  pod.wish = null;
  const seed = view.seed === null ? null : member.site;
  issue(turn, { epoch: view.epoch + 1, primary: member.site, seed, phase: "serving" }, reason);
}

function isRaceOver(pod: Pod, now: number): boolean {
  const alive = viewMembers(pod).filter(({ status }) => status === "alive");
  return (
    pod.reign === null ||
    now - pod.vacatedMono >= raceMs ||
    alive.every((member) => hasObeyed(member, pod.vacatedNumber))
  );
}

/** A site has just connected and its first heartbeat is on its way: too early to tell everybody a reason. */
function isHeardSoon(pod: Pod): boolean {
  return viewMembers(pod).some(({ status, report }) => status === "alive" && report === null);
}

function choose(turn: Turn): Choice {
  const { pod, now } = turn;
  if (pod.wish !== null) {
    const granted = chooseWish(turn);
    if (granted !== null) return granted;
  }
  if (pod.reign === null) return chooseFirst(pod, now);
  switch (pod.view.cluster.failover) {
    case "lease":
    case "topology":
    case "managed":
      return chooseFurthest(pod, pod.reign.primary);
    case "votes":
    case "peer":
    case "raft":
    case "manual":
    case "none":
      return chooseFormer(pod, pod.reign);
    default:
      return unreachable(pod.view.cluster.failover);
  }
}

function chooseFurthest(pod: Pod, former: SiteId): Choice {
  const winner = furthestAhead(pod, eligible(pod));
  if (winner === null) return { winner, reason: whyNobody(pod) };
  if (winner.site === former) {
    const why = "no site that may be promoted is further ahead";
    return { winner, reason: `${cityOf(former)} reigns again, in a new epoch: ${why}.` };
  }
  const place = placeOf(winner.report?.position ?? origin);
  const why = `of the sites that may be promoted it is the furthest ahead (${place})`;
  return { winner, reason: `${cityOf(winner.site)} succeeds ${cityOf(former)}: ${why}.` };
}

/** Without an automatic failover a primary that returns with its disk still reigns again by itself. */
function chooseFormer(pod: Pod, { primary, diskLost }: Reign): Choice {
  const winner = memberOf(pod, primary);
  if (diskLost || whyNot(pod, winner) !== null) return { winner: null, reason: whyWaiting(pod) };
  return { winner, reason: `${cityOf(primary)} is back with its disk and reigns again, in a new epoch.` };
}

/** A pod without data: the first site of the list, or after a timeout the first that is there. */
function chooseFirst(pod: Pod, now: number): Choice {
  const [first] = viewMembers(pod);
  if (first?.status === "alive") {
    return {
      winner: first,
      reason: `${cityOf(first.site)} is the first primary: it leads the list of sites.`,
    };
  }
  const next = furthestAhead(pod, eligible(pod));
  const hasWaited =
    pod.waitingSince !== null && now - pod.waitingSince >= pod.view.cluster.detector.timeoutMs;
  if (next === null || !hasWaited || first === undefined) {
    return { winner: null, reason: waitingForFirst(first?.site) };
  }
  return {
    winner: next,
    reason: `${cityOf(next.site)} is the first primary: ${cityOf(first.site)} did not come.`,
  };
}

/** What the operator asked for, if it is still possible; else the wish is dropped with a note. */
function chooseWish(turn: Turn): Choice | null {
  const { pod } = turn;
  const { wish } = pod;
  if (wish === null) return null;
  const member = memberOf(pod, wish.site);
  const city = cityOf(wish.site);
  const obstacle = whyNot(pod, member);
  const rival = furthestAhead(pod, eligible(pod));
  const isBehind = rival !== null && compareLogs(rival, member) > 0;
  if (obstacle === null && !(wish.orderly && isBehind)) {
    if (isBehind) {
      note(
        turn,
        `${city} is promoted although ${cityOf(rival.site)} is further ahead: what ${city} lacks is lost.`,
      );
    }
    return { winner: member, reason: `The operator made ${city} the primary.` };
  }
  pod.wish = null;
  note(
    turn,
    `${city} is not promoted after all: it ${obstacle ?? "lacks the last writes of its predecessor"}.`,
  );
  return null;
}

function whyWaiting({ view, reign }: Pod): string {
  const former = reign === null ? "The primary" : cityOf(reign.primary);
  const loss = reign?.diskLost ? `The disk of ${former} is lost` : `${former} is gone`;
  return view.cluster.failover === "manual"
    ? `${loss} and failover is manual: the operator must promote a site.`
    : `${loss} and this cluster has no failover: nobody else ever takes over.`;
}

/** What the cluster waits for, in one sentence; null while all is well. */
export function waitingFor(pod: Pod, now: number): string | null {
  const { view } = pod;
  if (view.primary !== null) return whyStalled(pod, memberOf(pod, view.primary), now);
  const early = whyTooEarly(pod, now);
  if (early !== null) return early;
  return isRaceOver(pod, now) ? view.reason : "The sites are being asked how far their logs reach.";
}

function whyStalled(pod: Pod, primary: Member, now: number): string | null {
  const { status, site, countedFrom } = primary;
  if (status === "alive") return null;
  if (status !== "suspect") return whyWaiting(pod);
  const { timeoutMs } = pod.view.cluster.detector;
  const silentMs = now - countedFrom;
  const limits = `of the ${seconds(timeoutMs)} after which it counts as dead`;
  const early = isLeaseOver(pod, now) ? "" : ", and its lease may still be running";
  return `${cityOf(site)} is suspect: silent for ${seconds(silentMs)} ${limits}${early}.`;
}
