import type { Role, View } from "../protocol/view";
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

/** Records a change of role or epoch, and what changed it, once it has happened. True when there was one. */
export function settleRole(shell: Shell): boolean {
  const { site } = shell;
  if (site.view === null) return false;
  const { role, reason } = standingOf(shell);
  const { epoch } = site.leadership;
  const changed = unsaidChange(site, role);
  if (site.role?.role === role && site.role.epoch === epoch && changed === null) return false;
  site.role = { role, epoch };
  if (changed !== null) site.changeSaid = changed.above;
  const words = changed === null || reason.startsWith(changed.words) ? "" : `${changed.words}. `;
  const end = role === "primary" ? shell.mode.end() : null;
  record(site, { kind: "role", role, epoch, reason: words + reason, ...(end !== null && { end }) });
  return true;
}

/**
 * The change of the cluster that a site in an epoch after it has not said yet. On its way there
 * (`candidate`, `rebuilding`) it says why it is on its way.
 */
function unsaidChange(site: Site, role: Role): View["change"] {
  const change = site.view?.change ?? null;
  if (change === null || site.leadership.epoch <= change.above || site.changeSaid === change.above)
    return null;
  return role === "candidate" || role === "rebuilding" ? null : change;
}
