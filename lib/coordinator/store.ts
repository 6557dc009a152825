import type { SiteId } from "../protocol/ids";
import { cityOf, listOf } from "../protocol/words";
import { memberOf, type Pod, type Turn } from "./pod";
import { noteOnce } from "./view";

/**
 * The store that keeps the lease (etcd, Consul) as a quorum of members at sites. Nothing can be written
 * without more than half of them: no lease is granted or renewed, and nobody is promoted. A store without
 * members is the coordinator itself, which is there whenever this runs.
 */
export function whyStoreDown(pod: Pod): string | null {
  const { store, failover } = pod.view.cluster;
  if (failover !== "lease" || store.members.length === 0) return null;
  const members = store.members.filter((site) => pod.sites.has(site));
  const gone = members.filter((site) => memberOf(pod, site).status !== "alive");
  const needed = Math.floor(members.length / 2) + 1;
  const present = members.length - gone.length;
  if (present >= needed) return null;
  const verb = gone.length === 1 ? "is" : "are";
  return `The lease store has lost its majority: ${listOf(gone.map(cityOf))} ${verb} out of reach, and ${needed} of its ${members.length} members are needed.`;
}

/**
 * May this primary be told to go on? With its store, always. Without it only in failsafe mode, while every
 * other member confirms it (all of them, not a majority: whoever is missing might have been promoted).
 */
export function mayRenew(turn: Turn, primary: SiteId): boolean {
  const { pod } = turn;
  const whyDown = whyStoreDown(pod);
  const missing = whyDown === null ? [] : unconfirmed(pod, primary);
  const goesOn = pod.view.cluster.store.failsafe && missing.length === 0;
  noteOnce(turn, "store", whyDown === null ? null : `${whyDown} ${consequence(pod, primary, missing)}`);
  return whyDown === null || goesOn;
}

/** The other members that nobody hears: neither the coordinator nor the primary itself. */
function unconfirmed(pod: Pod, primary: SiteId): readonly SiteId[] {
  const heard = memberOf(pod, primary).report?.peers ?? [];
  return pod.view.members.filter(
    (site) =>
      site !== primary &&
      memberOf(pod, site).status !== "alive" &&
      !heard.some((peer) => peer.site === site && peer.state === "alive"),
  );
}

function consequence({ view }: Pod, primary: SiteId, missing: readonly SiteId[]): string {
  const city = cityOf(primary);
  if (!view.cluster.store.failsafe) return `No lease is renewed, so ${city} stops although nothing ails it.`;
  return missing.length === 0
    ? `Failsafe: every other member confirms ${city}, so it stays primary.`
    : `Failsafe does not help: ${listOf(missing.map(cityOf))} cannot confirm ${city}.`;
}
