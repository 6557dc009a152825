import type { View } from "../../protocol/view";
import { cityOf } from "../../protocol/words";
import { type Choice, none, type Surroundings } from "./surroundings";

/**
 * Asks the monitors who is primary, as clients of Redis Sentinel do, but a majority of them: the answer
 * with the highest epoch counts.
 */
export function askMonitors({ members, cluster }: View, { ask, isConnected }: Surroundings): Choice {
  const monitors = members.slice(0, cluster.monitors.count);
  const answers = monitors.flatMap((site) => ask(site) ?? []);
  const needed = Math.floor(monitors.length / 2) + 1;
  if (answers.length < needed)
    return none(
      "NO_PRIMARY",
      `Only ${answers.length} of ${monitors.length} monitors answer; ${needed} must.`,
    );
  const named = answers.filter(({ leader }) => leader !== null);
  const site = named.toSorted((a, b) => b.epoch - a.epoch)[0]?.leader ?? null;
  if (site === null) return none("NO_PRIMARY", "The monitors that answer know of no primary.");
  return isConnected(site)
    ? { site }
    : none("SITE_DOWN", `The monitors still name ${cityOf(site)}, and nothing listens there.`);
}
