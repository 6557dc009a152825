import { type Cluster, mergeName } from "../protocol/cluster";
import { isDecidedBySites } from "../protocol/deciders";
import type { SiteId } from "../protocol/ids";
import type { View } from "../protocol/view";
import { cityOf } from "../protocol/words";
import { hasManyWriters, memberOf, type Pod, type Turn } from "./pod";
import type { CoordinatorMemory } from "./types";

/** The view of a pod that holds no data yet. */
export function firstView(members: readonly SiteId[], cluster: Cluster): View {
  const many = hasManyWriters(cluster);
  const [first] = members;
  return {
    number: 1,
    epoch: many ? 1 : 0,
    primary: null,
    members: cluster.mode === "single" ? members.slice(0, 1) : members.slice(),
    cluster,
    generation: 0,
    seed: null,
    phase: "serving",
    change: null,
    reason: many ? "Every site accepts reads and writes." : whyNoFirst(cluster, first),
  };
}

function whyNoFirst(cluster: Cluster, first: SiteId | undefined): string {
  return isDecidedBySites(cluster) ? nobodyClaims : waitingForFirst(first);
}

/** Where the sites decide among themselves there is nothing to wait for but them. */
export const nobodyClaims = "The sites decide among themselves who is primary, and none of them is yet.";

/** Why a pod without data has no primary yet. */
export function waitingForFirst(first: SiteId | undefined): string {
  return first === undefined
    ? "The pod has no sites."
    : `${cityOf(first)} is to be the first primary, once it joins.`;
}

/** Replaces the view: durable first, then recorded, then sent to everyone who is connected. */
export function issue(turn: Turn, change: Partial<Omit<View, "number" | "reason">>, reason: string): void {
  const { pod } = turn;
  const former = pod.view.primary;
  pod.view = { ...pod.view, ...change, number: pod.view.number + 1, reason };
  if (former !== null && former !== pod.view.primary) memberOf(pod, former).demotedBy = pod.view.number;
  announce(turn);
}

/** Persists and records the present view and sends it to everyone who is connected. */
export function announce(turn: Turn): void {
  const { pod, outputs } = turn;
  remember(turn);
  const { number, epoch, generation, primary, members, cluster, phase, reason } = pod.view;
  outputs.push({
    type: "record",
    event: {
      kind: "view",
      number,
      epoch,
      generation,
      primary,
      members: members.slice(),
      mode: cluster.mode,
      merge: mergeName(cluster),
      phase,
      reason,
    },
  });
  for (const { site, connected } of pod.sites.values()) if (connected) sendView(turn, site);
}

export function sendView({ pod, outputs }: Turn, to: SiteId): void {
  outputs.push({ type: "send", to, message: { type: "view", view: pod.view } });
}

/** Hands out what must survive a restart; outputs after it depend on it. */
export function remember({ pod, now, outputs }: Turn): void {
  outputs.push({ type: "persist", memory: memoryOf(pod, now) });
}

/** A sentence for the story of the pod. */
export function note({ outputs }: Turn, text: string): void {
  outputs.push({ type: "record", event: { kind: "note", text: text.slice(0, 500) } });
}

/** Says something about a subject once, however often it is found again; null ends the matter. */
export function noteOnce(turn: Turn, subject: string, text: string | null): void {
  const { said } = turn.pod;
  if (text === null) said.delete(subject);
  else if (said.get(subject) !== text) {
    said.set(subject, text);
    note(turn, text);
  }
}

function memoryOf(pod: Pod, now: number): CoordinatorMemory {
  const { view, syncSet, reign } = pod;
  const outstanding = [...pod.sites.values()].map(({ lease }) => (lease === null ? 0 : lease.until - now));
  const { timeoutMs } = view.cluster.detector;
  return { view, syncSet, reign, quietMs: Math.max(timeoutMs, pod.quietUntil - now, ...outstanding) };
}
