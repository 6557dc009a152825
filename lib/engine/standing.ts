import type { Role } from "../protocol/view";
import { cityOf } from "../protocol/words";
import type { Standing } from "./mode";
import type { Shell } from "./shell";
import { record, type Site } from "./site";

/** The role this site plays now, and why. */
export function standingOf({ site, mode, rebuild }: Shell): Standing {
  if (site.left)
    return { role: "fenced", reason: "The tab of this site was closed and its lease given back." };
  if (site.view === null) return { role: "replica", reason: "Not yet heard from the coordinator." };
  if (rebuild !== null)
    return { role: "rebuilding", reason: `Copying all data from ${cityOf(rebuild.source)}.` };
  return mode.standing();
}

/** Records a change of role or epoch, once it has happened. True when there was one. */
export function settleRole(shell: Shell): boolean {
  const { site } = shell;
  if (site.view === null) return false;
  const { role, reason } = standingOf(shell);
  const { epoch } = site.leadership;
  if (site.role?.role === role && site.role.epoch === epoch) return false;
  site.role = { role, epoch };
  const changed = changeWords(site, role);
  const says = changed === null || reason.startsWith(changed) ? reason : `${changed}. ${reason}`;
  const end = role === "primary" ? shell.mode.end() : null;
  record(site, { kind: "role", role, epoch, reason: says, ...(end !== null && { end }) });
  return true;
}

/**
 * What was changed in the cluster, for the first role that a site comes to in an epoch after it; null for
 * every other. On its way there (`candidate`, `rebuilding`) it says why it is on its way.
 */
function changeWords(site: Site, role: Role): string | null {
  const change = site.view?.change ?? null;
  if (change === null || site.leadership.epoch <= change.above || site.changeSaid === change.above)
    return null;
  if (role === "candidate" || role === "rebuilding") return null;
  site.changeSaid = change.above;
  return change.words;
}
