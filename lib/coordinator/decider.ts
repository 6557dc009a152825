import { unreachable } from "../kernel/assert";
import type { Cluster } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";
import { origin } from "../protocol/position";
import type { View } from "../protocol/view";
import { cityOf, placeOf, seconds } from "../protocol/words";
import { compareLogs, eligible, furthestAhead, whyNobody, whyNot } from "./eligible";
import { fence, whyUnproven } from "./fence";
import { isLeaseOver, whyTooEarly } from "./lease";
import { hasObeyed, type Member, memberOf, type Pod, type Turn, viewMembers } from "./pod";
import { whyStoreDown } from "./store";
import { noteSkipped, treeUnder, whyFlapping, whyNotApplied } from "./topology";
import type { Reign } from "./types";
import { issue, note, noteOnce, waitingForFirst } from "./view";

/**
 * How long the sites are asked for their positions once a reign has ended, in ms. Every site answers
 * a new view with a heartbeat, so usually this takes one round trip; the limit is for the silent.
 */
const raceMs = 100;

type Choice =
  | { readonly winner: Member; readonly reason: string }
  | { readonly winner: null; readonly reason: string };

/** Ends a reign that is over, and begins the next one as soon as that is safe. One-writer modes only. */
export function decide(turn: Turn): void {
  const { pod, now } = turn;
  if (pod.view.primary !== null) {
    const why = whyOver(pod, now);
    const isLeft = why === null && isGone(memberOf(pod, pod.view.primary));
    noteOnce(turn, "flapping", isLeft ? whyFlapping(pod, now) : null);
    if (why === null) return;
    vacate(turn, why);
  }
  fence(turn);
  if (whyHeld(pod, now) !== null || !isRaceOver(pod, now)) return;
  const choice = choose(turn);
  if (choice.winner !== null) {
    if (pod.view.cluster.failover === "topology" && pod.reign !== null) noteSkipped(turn, choice.winner);
    appoint(turn, choice.winner, choice.reason);
  } else if (!isHeardSoon(pod) && choice.reason !== pod.view.reason) issue(turn, {}, choice.reason);
}

/** Why the present reign is over; null while it lasts. */
export function whyOver(pod: Pod, now: number): string | null {
  const { view, reign } = pod;
  if (view.primary === null || reign === null) return null;
  const member = memberOf(pod, view.primary);
  if (reign.diskLost) return `The disk of ${cityOf(view.primary)} is lost, and its reign with it.`;
  if (member.left && member.incarnation === reign.incarnation)
    return `${cityOf(view.primary)} closed its page and gave its lease back.`;
  if (member.incarnation > reign.incarnation)
    return `${cityOf(view.primary)} has restarted: it is not primary by memory.`;
  return isGone(member) && isAutomatic(view.cluster) && whyFlapping(pod, now) === null
    ? `${cityOf(view.primary)} is ${member.status}: its reign is over.`
    : null;
}

export function isGone({ status }: Member): boolean {
  return status === "dead" || status === "asleep";
}

/** True where a site that has failed is replaced without anybody being asked. */
function isAutomatic({ failover }: Cluster): boolean {
  return failover === "lease" || failover === "topology" || failover === "managed";
}

/** Why nobody may be promoted yet, by the rule of whichever safeguard is the first to object. */
function whyHeld(pod: Pod, now: number): string | null {
  return whyStoreDown(pod) ?? whyTooEarly(pod, now) ?? whyUnproven(pod) ?? whyNotApplied(pod);
}

/** Issues the view in which nobody is primary, which also asks every site for its position. `change`: what else is new in it. */
export function vacate(turn: Turn, reason: string, change: Partial<View> = {}): void {
  const { pod, now } = turn;
  pod.vacatedNumber = pod.view.number + 1;
  pod.vacatedMono = now;
  pod.fenceAskedMono = null;
  issue(turn, { phase: "serving", ...change, primary: null }, reason);
}

/** Begins a reign: a new epoch for this incarnation, with nobody but itself known to hold its writes. */
function appoint(turn: Turn, member: Member, reason: string): void {
  const { pod, now } = turn;
  const { view } = pod;
  const isRecovery = pod.reign !== null && pod.reign.primary !== member.site && pod.wish === null;
  if (isRecovery) pod.recoveredMono = now;
  const cluster = treeUnder(pod, member.site);
  pod.reign = { primary: member.site, incarnation: member.incarnation, diskLost: false };
  pod.syncSet = [];
  pod.wish = null;
  const seed = view.seed === null ? null : member.site;
  const epoch = view.epoch + 1;
  issue(turn, { cluster, epoch, primary: member.site, seed, phase: "serving" }, reason);
}

/** True once every site that is alive has told where its log ends without the last primary. */
export function isRaceOver(pod: Pod, now: number): boolean {
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
    case "managed":
      return chooseFurthest(pod, pod.reign.primary);
    case "topology": {
      const why = whyFlapping(pod, now);
      return why === null ? chooseFurthest(pod, pod.reign.primary) : chooseFormer(pod, pod.reign, why);
    }
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
function chooseFormer(pod: Pod, { primary, diskLost }: Reign, why = whyWaiting(pod)): Choice {
  const winner = memberOf(pod, primary);
  if (diskLost || whyNot(pod, winner) !== null) return { winner: null, reason: why };
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
    return { winner: member, reason: wish.wanted };
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
  const { view, said } = pod;
  if (view.primary !== null) {
    const down = whyStoreDown(pod) === null ? null : (said.get("store") ?? null);
    return down ?? whyStalled(pod, memberOf(pod, view.primary), now);
  }
  const early = whyHeld(pod, now);
  if (early !== null) return early;
  return isRaceOver(pod, now) ? view.reason : "The sites are being asked how far their logs reach.";
}

function whyStalled(pod: Pod, primary: Member, now: number): string | null {
  const { status, site, countedFrom } = primary;
  if (status === "alive") return null;
  if (status !== "suspect") return whyFlapping(pod, now) ?? whyWaiting(pod);
  const spared = pod.said.get(`witnesses of ${site}`);
  if (spared !== undefined) return spared;
  const { timeoutMs } = pod.view.cluster.detector;
  const silentMs = now - countedFrom;
  const limits = `of the ${seconds(timeoutMs)} after which it counts as dead`;
  const early = isLeaseOver(pod, now) ? "" : ", and its lease may still be running";
  return `${cityOf(site)} is suspect: silent for ${seconds(silentMs)} ${limits}${early}.`;
}
