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

/**
 * What a site believes after a view: the view's word, or, where the sites decide, what it believed before.
 * Also there the view has the first word: of a new generation, and of sites that decide from now on.
 */
export function leadershipAfter(view: View, believed: Leadership, before: View | null): Leadership {
  if (!isFirstWord(view, before) && isDecidedBySites(view.cluster)) return believed;
  return { epoch: view.epoch, primary: view.primary, reason: view.reason };
}

/** True for the first view under which the sites decide over this generation of the data. */
export function isFirstWord(view: View, before: View | null): boolean {
  return before?.generation !== view.generation || !isDecidedBySites(before.cluster);
}

/** True where the cluster was changed after the present reign had begun: the sites that decide owe a new epoch. */
export function owesEpoch(view: View | null, { epoch }: Leadership): boolean {
  return view !== null && view.phase === "serving" && view.change !== null && epoch <= view.change.above;
}

/** What a site that decides for itself must not forget; journalled before anybody can rely on it. */
export type Decided = {
  readonly leadership: Leadership;
  /** A monitor's one vote an epoch. */
  readonly vote: { readonly epoch: number; readonly leader: SiteId } | null;
  /** Whom a monitor takes for the primary; the site beside it may not have been told yet. */
  readonly configuration: Leadership | null;
};

/**
 * True where `claim` replaces `believed`: the higher epoch wins everywhere. Of two primaries of one epoch,
 * which nothing but a missing majority can make, it is the first in the order of the sites.
 */
export function outranks(claim: Leadership, believed: Leadership, members: readonly SiteId[]): boolean {
  if (claim.primary === null || claim.epoch !== believed.epoch) return claim.epoch > believed.epoch;
  if (believed.primary === null) return true;
  return members.indexOf(claim.primary) < members.indexOf(believed.primary);
}
