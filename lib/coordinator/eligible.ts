import { unreachable } from "../kernel/assert";
import { hasSyncSet } from "../protocol/deciders";
import type { SiteId } from "../protocol/ids";
import { comparePositions, origin } from "../protocol/position";
import { votersToHear } from "../protocol/quorum";
import { cityOf, listOf } from "../protocol/words";
import { hasObeyed, type Member, memberOf, type Pod, viewMembers } from "./pod";

/** Why a site outside the sync set may not become primary, as `whyNot` says it. */
export const lacking = "may lack acknowledged writes";

/** Why this site may not become primary, as the end of a sentence; null when it may. */
export function whyNot(pod: Pod, member: Member): string | null {
  const { site, report } = member;
  if (!pod.view.members.includes(site)) return "is a spare that nothing is replicated to";
  const absence = whyAbsent(member);
  if (absence !== null) return absence;
  if (report === null) return "has not told its position yet";
  if (report.role === "rebuilding") return "is still copying its data";
  if (report.generation !== pod.view.generation) return "holds the data of an older configuration";
  return holdsEverything(pod, site) ? null : lacking;
}

function whyAbsent({ status, left }: Member): string | null {
  switch (status) {
    case "empty":
      return "is not here";
    case "suspect":
      return left ? "has said goodbye" : "is suspect";
    case "dead":
    case "asleep":
      return `is ${status}`;
    case "alive":
      return null;
    default:
      return unreachable(status);
  }
}

/**
 * Under synchronous replication an acknowledged write is on the disks of the last primary and, by rule
 * `first`, of every site of the recorded set; by rule `any` of `count` of its sites, whichever they were.
 * Elsewhere nothing of the kind is promised.
 */
function holdsEverything(pod: Pod, site: SiteId): boolean {
  const { view, reign, syncSet } = pod;
  if (!hasSyncSet(view.cluster) || reign === null) return true;
  if (reign.primary === site && !reign.diskLost) return true;
  if (!syncSet.includes(site)) return false;
  return view.cluster.sync.rule === "first" || outranks(pod, site) >= votersNeeded(pod);
}

/**
 * So many voters that the `count` of them which hold any given write cannot all be among the others
 * (Patroni's quorum commit).
 */
function votersNeeded({ view, syncSet }: Pod): number {
  return votersToHear(view.cluster.sync, syncSet.length);
}

/** How many voters, itself included, have given up the last reign and are not further ahead than `site`. */
function outranks(pod: Pod, site: SiteId): number {
  const candidate = memberOf(pod, site);
  return pod.syncSet
    .map((voter) => memberOf(pod, voter))
    .filter((voter) => hasObeyed(voter, pod.vacatedNumber) && holdsThisData(pod, voter))
    .filter((voter) => compareLogs(voter, candidate) <= 0).length;
}

function holdsThisData({ view }: Pod, { report }: Member): boolean {
  return report !== null && report.role !== "rebuilding" && report.generation === view.generation;
}

/** Everybody who may become primary, in member order. */
export function eligible(pod: Pod): readonly Member[] {
  return viewMembers(pod).filter((member) => whyNot(pod, member) === null);
}

/** Orders two sites by how far their logs reach. */
export function compareLogs(a: Member, b: Member): number {
  return comparePositions(a.report?.position ?? origin, b.report?.position ?? origin);
}

/**
 * The site whose log reaches furthest. Among equals the last primary, so that a reign is not moved
 * without need, then the first in member order.
 */
export function furthestAhead(pod: Pod, members: readonly Member[]): Member | null {
  const former = members.filter(({ site }) => site === pod.reign?.primary);
  const [first, ...rest] = [...former, ...members];
  if (first === undefined) return null;
  return rest.reduce((best, member) => (compareLogs(member, best) > 0 ? member : best), first);
}

/** Why nobody may be promoted, in a sentence that names what each choice would cost. */
export function whyNobody(pod: Pod): string {
  const { view, reign, syncSet } = pod;
  if (!hasSyncSet(view.cluster) || reign === null) return `Nobody may be promoted: ${everyReason(pod)}.`;
  const former = cityOf(reign.primary);
  const tempting = viewMembers(pod).filter((member) => whyNot(pod, member) === lacking);
  const cost =
    tempting.length === 0 ? "nobody else is here" : `promoting ${cities(tempting)} could lose them`;
  // The former primary holds them too, but that it is gone is known to all; its replicas are the news.
  if (syncSet.length > 0 && view.cluster.sync.rule === "any") {
    const { count } = view.cluster.sync;
    return `Every acknowledged write is on ${count} of ${listOf(syncSet.map(cityOf))}, and who is furthest ahead of ${votersNeeded(pod)} of them is not known: ${everyReason(pod)}.`;
  }
  if (syncSet.length > 0) {
    const verb = syncSet.length === 1 ? "holds" : "hold";
    const reasons = listOf([...new Set(syncSet.map((site) => reasonOf(pod, site)))]);
    return `${listOf(syncSet.map(cityOf))} ${verb} every acknowledged write but ${reasons}; ${cost}.`;
  }
  return reign.diskLost
    ? `${former} alone held every acknowledged write, and its disk is lost; only ack: async or a reset goes on.`
    : `Only ${former} holds every acknowledged write, and it ${reasonOf(pod, reign.primary)}; ${cost}.`;
}

function everyReason(pod: Pod): string {
  return listOf(viewMembers(pod).map(({ site }) => `${cityOf(site)} ${reasonOf(pod, site)}`));
}

function reasonOf(pod: Pod, site: SiteId): string {
  return whyNot(pod, memberOf(pod, site)) ?? "may be promoted";
}

function cities(members: readonly Member[]): string {
  return listOf(members.map(({ site }) => cityOf(site)));
}
