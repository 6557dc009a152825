import type { SiteId } from "../../protocol/ids";
import { cityOf, seconds } from "../../protocol/words";
import type { Standing } from "../mode";
import { peersOf } from "../site";
import { isCertifying, isInComponent, outsideComponent } from "./certifying";
import { type Consensus, majorityOf, timeoutMs } from "./state";

/** The role of a consensus site, and why. */
export function standing(state: Consensus): Standing {
  const { site, stage } = state;
  const { reason } = site.leadership;
  if (isCertifying(state) && isInComponent(state)) return { role: "primary", reason };
  switch (stage.kind) {
    case "replica":
      return { role: "replica", reason };
    case "trial":
    case "campaign":
      return { role: "candidate", reason };
    case "primary":
      return { role: "primary", reason };
  }
}

/** Why a write here would not be acknowledged now; null when it would. */
export function cannotWrite(state: Consensus): string | null {
  const { site, stage } = state;
  if (site.view === null) return null;
  if (isCertifying(state)) return isInComponent(state) ? null : outsideComponent(state).why;
  const { primary, reason } = site.leadership;
  // A replica hears its primary only, so it cannot count who else is there.
  if (stage.kind !== "replica" || primary === null) {
    const alone = whyNoMajority(state);
    if (alone !== null || stage.kind === "primary") return alone;
  }
  if (primary === null) return `No site is primary at the moment. ${reason}`;
  return whyReplicaCannot(state, primary);
}

/** "This side has 1 of 3 sites: no majority." Null where a majority was heard within T. */
function whyNoMajority(state: Consensus): string | null {
  const { site, heardFrom } = state;
  const since = site.now.mono - timeoutMs(state);
  const near = 1 + peersOf(site).filter((peer) => (heardFrom.get(peer) ?? -Infinity) > since).length;
  if (near >= majorityOf(state)) return null;
  return `This side has ${near} of ${site.view?.members.length ?? 0} sites: no majority.`;
}

function whyReplicaCannot(state: Consensus, primary: SiteId): string | null {
  const { site, upstream } = state;
  const me = `${cityOf(site.identity.site)} is a replica`;
  if (site.view?.cluster.writeAt !== "forward")
    return `${me} and takes no writes: send them to the primary ${cityOf(primary)}.`;
  if (site.linkUp.get(primary) === false)
    return `${me} and has no connection to the primary ${cityOf(primary)}.`;
  const silentMs = site.now.mono - (upstream.heardMono ?? site.now.mono);
  if (silentMs < timeoutMs(state)) return null;
  return `${me} and the primary ${cityOf(primary)} has not been heard for ${seconds(silentMs)}.`;
}
