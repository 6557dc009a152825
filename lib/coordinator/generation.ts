import type { Cluster } from "../protocol/cluster";
import { isCertified, isDecidedBySites } from "../protocol/deciders";
import type { View } from "../protocol/view";
import { cityOf } from "../protocol/words";
import { eligible, furthestAhead, whyNobody } from "./eligible";
import {
  hasManyWriters,
  hasObeyed,
  highestEpoch,
  isReigning,
  type Member,
  memberOf,
  type Pod,
  type Turn,
} from "./pod";
import { issue } from "./view";

/** Another kind of data: the seed keeps what it has, everybody else copies it. */
export function changeKind(
  turn: Turn,
  { cluster, words }: { readonly cluster: Cluster; readonly words: string },
  settled: boolean,
): void {
  const { pod } = turn;
  const seed = seedOf(pod);
  if (seed === null) {
    issue(turn, { phase: "serving" }, `The change is given up: ${whyNoSeed(pod)}`);
    return;
  }
  const many = hasManyWriters(cluster);
  pod.reign = many ? null : { primary: seed.site, incarnation: seed.incarnation, diskLost: false };
  const isLed = !many && !isDecidedBySites(cluster);
  const city = cityOf(seed.site);
  const unsettled = isMajoritys(pod.view.cluster)
    ? "of a majority of the sites its log reaches furthest"
    : `not all sites agreed in time, and what ${city} lacks is lost`;
  const caveat = settled ? "all sites agreed" : unsettled;
  beginGeneration(
    turn,
    {
      cluster,
      change: { above: highestEpoch(pod), words },
      members: cluster.mode === "single" ? [seed.site] : pod.members.slice(),
      primary: isLed ? seed.site : null,
      seed: seed.site,
    },
    `${words}, with the data of ${city}: ${caveat}.`,
  );
}

/** Everybody starts empty; a primary that is there keeps the reign. */
export function empty(turn: Turn): void {
  const { pod, now } = turn;
  const { view } = pod;
  const primary = view.primary === null ? null : memberOf(pod, view.primary);
  const stays = primary !== null && primary.status === "alive" && isReigning(pod, primary);
  if (!stays) pod.reign = null;
  pod.waitingSince = now;
  const isLed = stays && !isDecidedBySites(view.cluster);
  beginGeneration(
    turn,
    { primary: isLed ? view.primary : null, seed: null },
    "The pod was emptied by the operator.",
  );
}

function beginGeneration(turn: Turn, change: Partial<View>, reason: string): void {
  const { pod } = turn;
  const epoch = highestEpoch(pod) + 1;
  const generation = pod.view.generation + 1;
  pod.syncSet = [];
  pod.wish = null;
  issue(turn, { ...change, epoch, generation, phase: "serving" }, reason);
}

/** Whose data a new kind of generation starts from; null when nobody may give theirs. */
export function seedOf(pod: Pod): Member | null {
  const { view } = pod;
  if (hasManyWriters(view.cluster)) return largestGroup(eligible(pod))[0] ?? null;
  if (isMajoritys(view.cluster)) return furthestOfMajority(pod);
  const primary = view.primary === null ? null : memberOf(pod, view.primary);
  if (primary !== null && primary.status === "alive" && isReigning(pod, primary)) return primary;
  return furthestAhead(pod, eligible(pod));
}

/** Why there is no such site. */
export function whyNoSeed(pod: Pod): string {
  if (!isMajoritys(pod.view.cluster)) return whyNobody(pod);
  return "Only a majority of the sites knows what was acknowledged, and none has told how far its logs reach.";
}

/** True where a write is acknowledged by being on a majority of the disks, whoever is primary. */
function isMajoritys(cluster: Cluster): boolean {
  return cluster.mode === "consensus" || isCertified(cluster);
}

/** The log that reaches furthest of a majority holds every write that another majority has acknowledged. */
function furthestOfMajority(pod: Pod): Member | null {
  const answering = eligible(pod).filter((member) => hasObeyed(member, pod.change?.viewNumber ?? 0));
  return 2 * answering.length > pod.view.members.length ? furthestAhead(pod, answering) : null;
}

/** The most sites that hold the same data; in member order. */
function largestGroup(members: readonly Member[]): readonly Member[] {
  const groups = members.map(({ report }) =>
    members.filter((other) => other.report?.seenDigest === report?.seenDigest),
  );
  return groups.reduce((best, group) => (group.length > best.length ? group : best), []);
}

/** Sites of an older generation copy from the seed, so a seed that is gone is replaced. Many writers only. */
export function replaceSeed(turn: Turn): void {
  const { pod, now } = turn;
  const { seed } = pod.view;
  if (seed === null || now < pod.quietUntil) return;
  const { status, report } = memberOf(pod, seed);
  if (report !== null && (status === "alive" || status === "suspect")) return;
  const [next] = eligible(pod).filter(({ site }) => site !== seed);
  if (next !== undefined)
    issue(turn, { seed: next.site }, `${cityOf(next.site)} gives newcomers their copy now.`);
}
