import { isDecidedBySites } from "../protocol/deciders";
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

/** What a site believes after a view: the view's word, or, where the sites decide, what it believed before. */
export function leadershipAfter(view: View, believed: Leadership): Leadership {
  if (isDecidedBySites(view.cluster)) return believed;
  return { epoch: view.epoch, primary: view.primary, reason: view.reason };
}
