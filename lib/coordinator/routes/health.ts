import type { SiteId } from "../../protocol/ids";
import type { View } from "../../protocol/view";
import { saysPrimary } from "./checks";
import type { Routing } from "./state";
import { isManyWriters } from "./surroundings";

/** `gslb` in class: a check a second, three failures, answers cached for five seconds (Route 53: 10, 3, 60). */
export const gslb = { checkMs: 1000, fall: 3, rise: 1, ttlMs: 5000 };

/** How often `checkHealth` is due, in ms; null where nothing is checked. */
export function checkEveryMs(view: View): number | null {
  const { route } = view.cluster;
  if (route === "gslb") return gslb.checkMs;
  return typeof route === "object" && "proxyCheckMs" in route ? route.proxyCheckMs : null;
}

/** A proxy or a name server looks who is well. */
export function checkHealth({ around, checks }: Routing, view: View): void {
  const { members, cluster } = view;
  const { route } = cluster;
  if (route === "gslb") checks.check(members, gslb, (site) => around.ask(site) !== null);
  else if (typeof route === "object" && "proxyCheckMs" in route) {
    // With many writers whoever answers serves; with one only whoever says that it is primary.
    const serves = (site: SiteId) => {
      const report = around.ask(site);
      return isManyWriters(view) ? report !== null : saysPrimary(report);
    };
    checks.check(members, route, serves);
  }
}
