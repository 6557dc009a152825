import type { Cluster } from "../protocol/cluster";
import { isDecidedBySites } from "../protocol/deciders";
import type { SiteId } from "../protocol/ids";
import { capital, cityOf } from "../protocol/words";
import { isGone, vacate, whyOver } from "./decider";
import { restartCounts } from "./detector";
import { begin, busy, keepsAuthority } from "./drain";
import { changeKind, seedOf, whyNoSeed } from "./generation";
import { changedAxes, changeWords, isAppointed, isTuning, keepsKind, type PresetNames } from "./kind";
import { type Change, hasManyWriters, highestEpoch, isUnused, memberOf, type Pod, type Turn } from "./pod";
import { firstView, issue } from "./view";

type Plan = Extract<Change["plan"], { kind: "configure" }>;

/** Changes the axes. Returns why not, or null when the change is made or has begun. */
export function configure(turn: Turn, cluster: Cluster, presets: PresetNames): string | null {
  const { pod } = turn;
  const before = pod.view.cluster;
  if (pod.change !== null) return busy;
  if (changedAxes(before, cluster).length === 0) return null;
  const words = changeWords(before, cluster, presets);
  const reason = `The operator ${words}.`;
  if (isUnused(pod)) {
    const { number: _, reason: __, ...fresh } = firstView(pod.members, cluster);
    issue(turn, fresh, reason);
    return null;
  }
  const plan: Plan = { kind: "configure", cluster, words: capital(words) };
  if (!keepsKind(before, cluster)) {
    if (seedOf(pod) === null) return `${whyNoSeed(pod)} So nobody can carry the data into another mode.`;
    begin(turn, plan, `${reason} Writes pause until every site holds the same.`);
  } else if (isTuning(before, cluster, presets)) {
    restartCounts(pod.sites.values(), turn.now);
    issue(turn, { cluster, members: membersUnder(pod, cluster) }, reason);
  } else if (isAppointed(cluster) && reigningIn(pod) === null) putInForce(turn, plan);
  else begin(turn, plan, `${reason} Writes pause until those under way are settled.`);
  return null;
}

/** The writes have been paused for it: the new cluster takes effect, in a new epoch. */
export function finishConfigure(turn: Turn, plan: Plan, settled: boolean): void {
  if (keepsAuthority(turn.pod, plan)) putInForce(turn, plan);
  else changeKind(turn, plan, settled);
}

/** Why a reign that was to go on through the change is over; null while it lasts. */
export function whyInterrupted({ pod, now }: Turn, plan: Change["plan"]): string | null {
  return keepsAuthority(pod, plan) && !isDecidedBySites(pod.view.cluster) ? whyOver(pod, now) : null;
}

/** The same authority over the same data: who reigns begins a new reign, or whoever comes next does. */
function putInForce(turn: Turn, { cluster, words }: Plan): void {
  const { pod, now } = turn;
  const before = pod.view.cluster;
  const above = highestEpoch(pod);
  const next = { cluster, members: membersUnder(pod, cluster), change: { above, words } };
  const serving = { ...next, phase: "serving" } as const;
  const reigning = reigningIn(pod);
  restartCounts(pod.sites.values(), now);
  // What another decider did is no flapping of the one that begins now.
  if (cluster.failover !== before.failover) pod.recoveredMono = null;
  // While nobody reigns, what is recorded of the last reign is as good as before, if it means the same.
  if (reigning !== null || promiseOf(cluster) !== promiseOf(before)) pod.syncSet = [];
  if (isDecidedBySites(cluster)) issue(turn, serving, `${words}: the sites begin a new epoch.`);
  else if (hasManyWriters(cluster))
    issue(turn, { ...serving, epoch: above + 1 }, `${words}: every site goes on taking writes.`);
  else if (reigning === null) vacate(turn, `${words}: the next primary begins a new epoch.`, next);
  else issue(turn, { ...serving, epoch: above + 1 }, `${words}: ${cityOf(reigning)} stays primary.`);
}

/** Whose reign has to be paused and goes on; null where nobody reigns, or whoever does has failed. */
function reigningIn(pod: Pod): SiteId | null {
  const { primary } = pod.view;
  return primary === null || isGone(memberOf(pod, primary)) ? null : primary;
}

/** What it means to be in the recorded sync set. */
function promiseOf({ ack, sync: { rule, count } }: Cluster): string {
  return `${ack} ${rule} ${count}`;
}

/** Under `single` only the writer is a member; the other sites are spares that nothing is copied to. */
function membersUnder({ members, view, reign }: Pod, cluster: Cluster): SiteId[] {
  if (cluster.mode !== "single") return members.slice();
  const only = view.primary ?? reign?.primary ?? members[0];
  return only === undefined ? [] : [only];
}
