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
  const changed = changeWords(site, epoch);
  const says = changed === null || reason.startsWith(changed) ? reason : `${changed}. ${reason}`;
  const end = role === "primary" ? shell.mode.end() : null;
  record(site, { kind: "role", role, epoch, reason: says, ...(end !== null && { end }) });
  return true;
}

/** What was changed in the cluster, while this site is in its first epoch after that; null afterwards. */
function changeWords(site: Site, epoch: number): string | null {
  const change = site.view?.change ?? null;
  if (change === null || epoch <= change.above) return null;
  if (site.firstAfter?.above !== change.above) site.firstAfter = { above: change.above, epoch };
  return site.firstAfter.epoch === epoch ? change.words : null;
}
