import type { SiteId } from "../../protocol/ids";
import type { SelfReport } from "./surroundings";

type Health = { up: boolean; streak: number };

/**
 * Health checks as a proxy makes them (HAProxy's `fall` and `rise`): a site leaves after so many failed
 * checks in a row and comes back after so many good ones. The first check counts at once.
 */
export function createChecks() {
  const sites = new Map<SiteId, Health>();

  return {
    check(
      members: readonly SiteId[],
      { fall, rise }: { readonly fall: number; readonly rise: number },
      isGood: (site: SiteId) => boolean,
    ): void {
      for (const site of members) {
        const good = isGood(site);
        const health = sites.get(site);
        if (health === undefined) sites.set(site, { up: good, streak: 0 });
        else if (good === health.up) health.streak = 0;
        else {
          health.streak += 1;
          if (health.streak >= (good ? rise : fall)) sites.set(site, { up: good, streak: 0 });
        }
      }
    },
    isUp: (site: SiteId): boolean => sites.get(site)?.up ?? false,
  };
}

/** Patroni's `GET /primary`: good only at whoever says that it is primary. */
export function saysPrimary(report: SelfReport | null): boolean {
  return report?.role === "primary";
}
