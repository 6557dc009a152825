import { unreachable } from "../../kernel/assert";
import type { SiteId } from "../../protocol/ids";
import { regionOf } from "../../protocol/ring";
import type { View } from "../../protocol/view";

/** How many answers make a quorum, and whose. */
export type Quota = {
  readonly isMet: (by: Iterable<SiteId>) => boolean;
  /** What is needed, as part of a sentence. */
  readonly words: string;
};

/**
 * The quorum of one request: `needed` answers of anybody, of the coordinator's own region (Cassandra's
 * `LOCAL_QUORUM`), or a majority of the owners in every region (`EACH_QUORUM`, which has no number).
 */
export function quotaOf(
  { members, cluster }: View,
  coordinator: SiteId,
  owners: readonly SiteId[],
  needed: number,
): Quota {
  const { scope } = cluster.quorum;
  const here = regionOf(members, coordinator);
  const inRegion = (sites: Iterable<SiteId>, region: 0 | 1) =>
    [...sites].filter((site) => regionOf(members, site) === region).length;
  switch (scope) {
    case "any":
      return { isMet: (by) => [...by].length >= needed, words: `${needed} of ${owners.length}` };
    case "local":
      return {
        isMet: (by) => inRegion(by, here) >= needed,
        words: `${needed} of the ${inRegion(owners, here)} in its own region`,
      };
    case "each":
      return {
        isMet: (by) =>
          ([0, 1] as const).every((region) => {
            const all = inRegion(owners, region);
            return all === 0 || inRegion(by, region) > all >> 1;
          }),
        words: "a majority in each region",
      };
    default:
      return unreachable(scope);
  }
}
