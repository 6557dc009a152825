import { must } from "../kernel/assert";
import type { Cluster } from "../protocol/cluster";
import type { Heartbeat } from "../protocol/coordination/message";
import { isCertified } from "../protocol/deciders";
import type { SiteId } from "../protocol/ids";
import type { Position } from "../protocol/position";
import type { View } from "../protocol/view";
import type { Watched } from "./detector";
import type { CoordinatorOutput, Reign } from "./types";

/** What the coordinator knows of one site of the pod. */
export type Member = Watched & {
  readonly site: SiteId;
  /** The latest incarnation that connected; 0 before the first. */
  incarnation: number;
  connected: boolean;
  /** This incarnation said goodbye: it will never act again. */
  left: boolean;
  /** When the last heartbeat of any incarnation arrived; null before the first. */
  beatMono: number | null;
  /** The newest heartbeat of this incarnation; null while its disk's contents are unknown. */
  report: Heartbeat | null;
  /** The lease granted here that may still run, by our clock; an older incarnation may be its holder. */
  lease: { readonly incarnation: number; readonly until: number } | null;
  /** Number of the view that ended this site's last reign; null before the first end. */
  demotedBy: number | null;
  /** Where its log ended one heartbeat ago: whoever holds that much keeps up with it. */
  formerEnd: Position | null;
};

/** An orderly change under way; writes are paused while it lasts. */
export type Change = {
  readonly plan:
    | {
        readonly kind: "configure";
        readonly cluster: Cluster;
        /** "Changed ack and sync", "Switched from yjs to riak", as the view says it that puts the change in force. */
        readonly words: string;
      }
    | { readonly kind: "reset" }
    | { readonly kind: "switchover"; readonly to: SiteId; readonly wanted: string };
  readonly sinceMono: number;
  /** Number of the view that pauses the writes: a site that reports it has paused. */
  readonly viewNumber: number;
};

/** A site that is wanted as primary, and by whom. `orderly`: only if it holds everything. */
export type Wish = { readonly site: SiteId; readonly orderly: boolean; readonly wanted: string };

/** The whole state of one coordinator, changed in place by this folder's functions only. */
export type Pod = {
  /** Every site of the pod in its fixed order; in mode `single` the view names only one of them. */
  readonly members: readonly SiteId[];
  readonly sites: ReadonlyMap<SiteId, Member>;
  view: View;
  syncSet: readonly SiteId[];
  /** Null while there is no data that anybody has acknowledged. */
  reign: Reign | null;
  /** The view that ended the last reign and asked everybody for their positions. */
  vacatedNumber: number;
  vacatedMono: number;
  /** True for a pod that starts without memory. */
  readonly isNew: boolean;
  /** A restarted coordinator promotes nobody before this. */
  readonly quietUntil: number;
  /** When somebody first connected to a pod without data; null while nobody has. */
  waitingSince: number | null;
  lastTick: number | null;
  change: Change | null;
  wish: Wish | null;
  /** The incarnation that is proven to have been stopped (`stonith`), and when that was last asked for. */
  stopped: { readonly site: SiteId; readonly incarnation: number } | null;
  fenceAskedMono: number | null;
  /** When a site last took over from one that had failed; not remembered across restarts. */
  recoveredMono: number | null;
  /** Since when the preferred primary has kept up with the present one; null while it does not. */
  caughtUpSince: number | null;
  /** What was last said about each subject that is not news while it lasts. */
  readonly said: Map<string, string>;
};

/** One input being handled: its time, and the outputs so far. */
export type Turn = { readonly pod: Pod; readonly now: number; readonly outputs: CoordinatorOutput[] };

/** A member of this pod; the host never speaks of others. */
export function memberOf(pod: Pod, site: SiteId): Member {
  return must(pod.sites.get(site), `${site} is not a site of this pod`);
}

/** The members of the present view in their order, which also breaks ties. */
export function viewMembers(pod: Pod): readonly Member[] {
  return pod.view.members.map((site) => memberOf(pod, site));
}

/** The highest epoch heard of: where the sites number them, some may be further than the view. */
export function highestEpoch({ view, sites }: Pod): number {
  return Math.max(view.epoch, ...[...sites.values()].map(({ report }) => report?.epoch ?? 0));
}

/** Nobody has ever been here, so there is nothing to carry over. */
export function isUnused(pod: Pod): boolean {
  return pod.isNew && pod.waitingSince === null;
}

/** True where every site takes writes and nobody orders them. */
export function hasManyWriters(cluster: Cluster): boolean {
  return (cluster.mode === "active-active" && !isCertified(cluster)) || cluster.mode === "quorum";
}

/** True for the very incarnation that the present epoch was given to. */
export function isReigning({ view, reign }: Pod, member: Member): boolean {
  return (
    view.primary === member.site &&
    reign?.primary === member.site &&
    reign.incarnation === member.incarnation &&
    !reign.diskLost &&
    !member.left
  );
}

/** True once the site has told that it obeys view `number` or a later one. */
export function hasObeyed(member: Member, number: number): boolean {
  return member.report !== null && member.report.viewNumber >= number;
}
