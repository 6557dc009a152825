import type { Cluster } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";
import type { View } from "../protocol/view";

/** Who is primary, since which epoch, and the sentence that says why. */
export type Leadership = {
  readonly epoch: number;
  readonly primary: SiteId | null;
  readonly reason: string;
};

export const nobodyLeads: Leadership = {
  epoch: 0,
  primary: null,
  reason: "Not yet heard from the coordinator.",
};

/**
 * True where the sites settle among themselves who is primary: by monitors that vote (Redis
 * Sentinel), by advertisements between peers (VRRP), or by Raft. The coordinator's view then only
 * repeats what it has observed, for routes and for people, and no site obeys it in this.
 */
export function isDecidedBySites({ mode, failover }: Cluster): boolean {
  if (mode === "consensus") return true;
  return mode === "active-passive" && (failover === "votes" || failover === "peer");
}

/** What a site believes after a view: the view's word, or, where the sites decide, what it believed before. */
export function leadershipAfter(view: View, believed: Leadership): Leadership {
  if (isDecidedBySites(view.cluster)) return believed;
  return { epoch: view.epoch, primary: view.primary, reason: view.reason };
}
