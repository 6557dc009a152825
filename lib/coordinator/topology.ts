import type { Cluster } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";
import { comparePositions } from "../protocol/position";
import { cityOf, listOf, seconds } from "../protocol/words";
import { compareLogs } from "./eligible";
import { type Member, type Pod, type Turn, viewMembers } from "./pod";
import { childrenOf } from "./testimony";
import { issue, note } from "./view";

/** After one automatic recovery no second one for this long, in ms (orchestrator's 3,600 s, in class). */
const antiFlapMs = 60_000;

/** Why a failed primary is left alone this time; null when the way is free. */
export function whyFlapping(pod: Pod, now: number): string | null {
  const { recoveredMono, view } = pod;
  if (view.cluster.failover !== "topology" || recoveredMono === null) return null;
  if (now - recoveredMono >= antiFlapMs) return null;
  return `The last automatic recovery was less than ${seconds(antiFlapMs)} ago, and another one would be flapping: an operator must decide.`;
}

/** Replicas whose upstream is dead are given its upstream: the grandparent, or the primary itself. */
export function reparent(turn: Turn): void {
  const { pod } = turn;
  const { cluster, primary } = pod.view;
  if (cluster.failover !== "topology" || primary === null || pod.change !== null) return;
  const dead = viewMembers(pod).find(
    ({ site, status }) => status === "dead" && site !== primary && childrenOf(pod, site).length > 0,
  );
  if (dead === undefined) return;
  const orphans = childrenOf(pod, dead.site);
  const above = cluster.upstream[dead.site] ?? null;
  const moved = Object.fromEntries(orphans.map((site) => [site, above]));
  issue(
    turn,
    { cluster: { ...cluster, upstream: { ...cluster.upstream, ...moved } } },
    `${cityOf(dead.site)} is dead: ${listOf(orphans.map(cityOf))} now ${orphans.length === 1 ? "streams" : "stream"} from ${cityOf(above ?? primary)}.`,
  );
}

/** Says who was further ahead than the winner and could not be chosen: what only they hold is lost. */
export function noteSkipped(turn: Turn, winner: Member): void {
  const { pod } = turn;
  const ahead = viewMembers(pod).filter(
    (member) =>
      member.site !== pod.reign?.primary && member.report !== null && compareLogs(member, winner) > 0,
  );
  if (ahead.length === 0) return;
  const furthest = ahead.reduce((best, member) => (compareLogs(member, best) > 0 ? member : best));
  note(
    turn,
    `${listOf(ahead.map(({ site }) => cityOf(site)))} ${ahead.length === 1 ? "is" : "are"} further ahead than ${cityOf(winner.site)} but not valid: ${lostBetween(furthest, winner)}.`,
  );
}

function lostBetween(ahead: Member, winner: Member): string {
  const [theirs, its] = [ahead.report?.position, winner.report?.position];
  if (theirs === undefined || its === undefined || comparePositions(theirs, its) <= 0)
    return "nothing is lost";
  const count = theirs.lsn - its.lsn;
  return count <= 0 ? "what only they hold is counted lost" : `${count} writes are counted lost`;
}

/** The tree under a new primary: it streams from nobody, and nobody from the one that it replaced. */
export function treeUnder({ view, reign }: Pod, primary: SiteId): Cluster {
  const { cluster } = view;
  if (cluster.failover !== "topology") return cluster;
  const upstream = Object.fromEntries(
    Object.entries(cluster.upstream).map(([site, from]) => [
      site,
      site === primary || from === reign?.primary ? null : from,
    ]),
  );
  return { ...cluster, upstream };
}

/** Waits until those who can be promoted have applied what they hold (RDS: its readers catch up first). */
export function whyNotApplied(pod: Pod): string | null {
  const { failover, standby } = pod.view.cluster;
  if (failover !== "managed" || standby !== "hot" || pod.reign === null) return null;
  const behind = viewMembers(pod).filter(
    ({ site, status, report }) =>
      status === "alive" &&
      site !== pod.reign?.primary &&
      report !== null &&
      report.appliedLsn < report.position.lsn,
  );
  return behind.length === 0
    ? null
    : `${listOf(behind.map(({ site }) => cityOf(site)))} still ${behind.length === 1 ? "applies" : "apply"} what was received, and the promotion waits for that.`;
}
