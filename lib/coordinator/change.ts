import { unreachable } from "../kernel/assert";
import { canonicalJson } from "../kernel/json";
import type { Cluster } from "../protocol/cluster";
import { isCertified, isDecidedBySites } from "../protocol/deciders";
import type { SiteId } from "../protocol/ids";
import type { View } from "../protocol/view";
import { cityOf, listOf } from "../protocol/words";
import { vacate, whyOver } from "./decider";
import { restartCounts } from "./detector";
import { compareLogs, eligible, furthestAhead, lacking, whyNobody, whyNot } from "./eligible";
import { isLeaseOver } from "./lease";
import {
  type Change,
  hasManyWriters,
  hasObeyed,
  isReigning,
  type Member,
  memberOf,
  type Pod,
  type Turn,
  viewMembers,
} from "./pod";
import { firstView, issue } from "./view";

/** How long writes may stay paused for sites that do not come to agree, in ms. */
export const drainMs = 3000;

const busy = "Another change is under way; try again in a moment.";

/** Changes the axes. Returns why not, or null when the change is made or has begun. */
export function configure(turn: Turn, cluster: Cluster): string | null {
  const { pod, now } = turn;
  if (pod.change !== null) return busy;
  const axes = changedAxes(pod.view.cluster, cluster);
  if (axes.length === 0) return null;
  // What another decider did is no flapping of the one that begins now.
  if (cluster.failover !== pod.view.cluster.failover) pod.recoveredMono = null;
  const reason = `The operator changed ${listOf(axes)}.`;
  if (isUnused(pod)) {
    const { number: _, reason: __, ...fresh } = firstView(pod.members, cluster);
    issue(turn, fresh, reason);
    return null;
  }
  if (kindOf(cluster) !== kindOf(pod.view.cluster)) {
    if (seedOf(pod) === null) return `${whyNobody(pod)} So nobody can carry the data into another mode.`;
    begin(turn, { kind: "configure", cluster }, `${reason} Writes pause until every site holds the same.`);
    return null;
  }
  // A set recorded before a time of asynchronous acknowledgement says nothing about that time.
  const promise = ({ ack, sync: { rule, count } }: Cluster) => `${ack} ${rule} ${count}`;
  if (promise(cluster) !== promise(pod.view.cluster)) pod.syncSet = [];
  restartCounts(pod.sites.values(), now);
  issue(turn, { cluster, members: membersUnder(pod, cluster) }, reason);
  return null;
}

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

function begin(turn: Turn, plan: Change["plan"], reason: string): void {
  const { pod, now } = turn;
  issue(turn, { phase: "draining" }, reason);
  pod.change = { plan, sinceMono: now, viewNumber: pod.view.number };
}

/** Moves a change on. True while it holds up every other decision. */
export function progress(turn: Turn): boolean {
  const { pod, now } = turn;
  const { change } = pod;
  if (change === null) return false;
  const { plan } = change;
  if (plan.kind === "switchover" && whyOver(pod, now) !== null) {
    pod.change = null;
    return false;
  }
  const settled = isSettled(pod, change);
  const isDue = settled || now - change.sinceMono >= drainMs;
  if (!isDue) return true;
  if (!isHolderQuiet(pod, change, now)) {
    // Whoever was not appointed from here has no lease that could be waited for.
    if (!isDecidedBySites(pod.view.cluster) || pod.view.primary === null) return true;
    pod.change = null;
    const why = `${cityOf(pod.view.primary)} did not pause its writes in time`;
    issue(turn, { phase: "serving" }, `The change is given up: ${why}.`);
    return false;
  }
  pod.change = null;
  switch (plan.kind) {
    case "configure":
      changeKind(turn, plan.cluster, settled);
      return false;
    case "reset":
      empty(turn);
      return false;
    case "switchover":
      handOver(turn, plan, settled);
      return false;
    default:
      return unreachable(plan);
  }
}

/** True once nobody acknowledges anything more under the view that came before the pause. */
function isHolderQuiet(pod: Pod, change: Change, now: number): boolean {
  const { view } = pod;
  if (isDecidedBySites(view.cluster))
    return view.primary === null || hasObeyed(memberOf(pod, view.primary), change.viewNumber);
  if (isLeaseOver(pod, now)) return true;
  if (pod.reign === null) return false;
  const holder = memberOf(pod, pod.reign.primary);
  return holder.incarnation === pod.reign.incarnation && hasObeyed(holder, change.viewNumber);
}

function isSettled(pod: Pod, { plan, viewNumber }: Change): boolean {
  const primary = pod.view.primary === null ? null : memberOf(pod, pod.view.primary);
  const concerned =
    plan.kind === "switchover"
      ? viewMembers(pod).filter(({ site }) => site === plan.to || site === pod.view.primary)
      : viewMembers(pod).filter(({ status }) => status === "alive");
  if (!concerned.every((member) => hasObeyed(member, viewNumber))) return false;
  if (plan.kind === "reset") return true;
  if (hasManyWriters(pod.view.cluster)) {
    return new Set(concerned.map(({ report }) => report?.seenDigest)).size <= 1;
  }
  return primary === null || concerned.every((member) => compareLogs(member, primary) === 0);
}

/** One writer to many or back: the seed keeps its data, everybody else copies it. */
function changeKind(turn: Turn, cluster: Cluster, settled: boolean): void {
  const { pod } = turn;
  const seed = seedOf(pod);
  if (seed === null) {
    issue(turn, { phase: "serving" }, `The change is given up: ${whyNobody(pod)}`);
    return;
  }
  const many = hasManyWriters(cluster);
  pod.reign = many ? null : { primary: seed.site, incarnation: seed.incarnation, diskLost: false };
  const isLed = !many && !isDecidedBySites(cluster);
  const city = cityOf(seed.site);
  const caveat = settled
    ? "all sites agreed"
    : `not all sites agreed in time, and what ${city} lacks is lost`;
  beginGeneration(
    turn,
    {
      cluster,
      members: cluster.mode === "single" ? [seed.site] : pod.members.slice(),
      primary: isLed ? seed.site : null,
      seed: seed.site,
    },
    `The cluster is ${cluster.mode} now, with the data of ${city}: ${caveat}.`,
  );
}

function empty(turn: Turn): void {
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
  const { epoch, generation } = pod.view;
  pod.syncSet = [];
  pod.wish = null;
  issue(turn, { ...change, epoch: epoch + 1, generation: generation + 1, phase: "serving" }, reason);
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

/** Whose data a new kind of generation starts from; null when nobody may give theirs. */
function seedOf(pod: Pod): Member | null {
  const { view } = pod;
  if (hasManyWriters(view.cluster)) return largestGroup(eligible(pod))[0] ?? null;
  const primary = view.primary === null ? null : memberOf(pod, view.primary);
  if (primary !== null && primary.status === "alive" && isReigning(pod, primary)) return primary;
  return furthestAhead(pod, eligible(pod));
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

/** Under `single` only the writer is a member; the other sites are spares that nothing is copied to. */
function membersUnder({ members, view, reign }: Pod, cluster: Cluster): SiteId[] {
  if (cluster.mode !== "single") return members.slice();
  const only = view.primary ?? reign?.primary ?? members[0];
  return only === undefined ? [] : [only];
}

/** Who decides who writes: where that changes, everybody starts anew from one copy, in a new epoch. */
function kindOf(cluster: Cluster): string {
  if (cluster.mode === "quorum") return "quorums";
  // What a site holds of two writes that met depends on their order, so another order begins anew.
  if (hasManyWriters(cluster)) return `everybody ${cluster.lww.order} ${cluster.lww.unit}`;
  if (isCertified(cluster)) return "certified";
  return isDecidedBySites(cluster) ? "sites" : "coordinator";
}

function changedAxes(before: Cluster, after: Cluster): string[] {
  const axes = Object.keys(after) as (keyof Cluster)[];
  return axes.filter((axis) => canonicalJson(before[axis]) !== canonicalJson(after[axis]));
}

/** Nobody has ever been here, so there is nothing to carry over. */
function isUnused(pod: Pod): boolean {
  return pod.isNew && pod.waitingSince === null;
}
