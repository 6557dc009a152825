import { hash32 } from "../kernel/random";
import type { Cluster } from "./cluster";
import type { SiteId } from "./ids";
import type { View } from "./view";

/** Places that each member has on the ring, so that keys spread evenly over few members. */
const placesPerMember = 16;

type Place = { readonly at: number; readonly site: SiteId };

/** Every member in the order in which it is asked to hold a key: the first `n` own it, the next stand in. */
export type Ring = { readonly from: (key: string) => readonly SiteId[] };

/** Consistent hashing (Dynamo, section 4.2): each key belongs to the members that follow it on a circle. */
export function createRing(members: readonly SiteId[]): Ring {
  const places: readonly Place[] = members
    .flatMap((site) =>
      Array.from({ length: placesPerMember }, (_, i): Place => ({ at: hash32(`${site} ${i}`), site })),
    )
    .sort((a, b) => a.at - b.at || (a.site < b.site ? -1 : 1));
  /** By place, each worked out when a key first falls there. */
  const orders = new Map<number, readonly SiteId[]>();

  function orderFrom(first: number): readonly SiteId[] {
    const turn = [...places.slice(first), ...places.slice(0, first)];
    return [...new Set(turn.map(({ site }) => site))];
  }

  return {
    from(key) {
      const start = hash32(key);
      const first = Math.max(
        0,
        places.findIndex(({ at }) => at >= start),
      );
      const order = orders.get(first) ?? orderFrom(first);
      orders.set(first, order);
      return order;
    },
  };
}

/** The two regions of a pod, as `quorum.scope` sees it: the first half of its members, and the rest. */
export function regionOf(members: readonly SiteId[], site: SiteId): 0 | 1 {
  return members.indexOf(site) < (members.length + 1) >> 1 ? 0 : 1;
}

/**
 * The sites that hold a key: `n` members from the ring on, or all where there are no more. With a scope
 * that knows regions each region holds its half of them, the first region the odd one (Cassandra's
 * `NetworkTopologyStrategy`). While a change of mode is prepared everybody holds everything.
 */
export function ownersOf(view: Pick<View, "members" | "cluster" | "phase">, ring: Ring, key: string) {
  const { members, cluster, phase } = view;
  const { n, scope } = cluster.quorum;
  if (n >= members.length || phase === "draining") return members;
  const order = ring.from(key);
  if (scope === "any") return order.slice(0, n);
  const half = (n + 1) >> 1;
  const first = order.filter((site) => regionOf(members, site) === 0).slice(0, half);
  const second = order.filter((site) => regionOf(members, site) === 1).slice(0, n - half);
  return [...first, ...second];
}

/** True where members hold only a part of the keys each, so that they show different ones. */
function isPartial({ mode, quorum }: Cluster, members: number): boolean {
  return mode === "quorum" && quorum.n < members;
}

/** The members that should show each key: all of them, unless each holds only a part. */
export function placementOf(
  view: Pick<View, "members" | "cluster" | "phase">,
): (key: string) => readonly SiteId[] {
  const { cluster, members } = view;
  if (!isPartial(cluster, members.length)) return () => members;
  const ring = createRing(members);
  return (key) => ownersOf(view, ring, key);
}
