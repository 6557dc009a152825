import { unreachable } from "../kernel/assert";
import { hash32 } from "../kernel/random";
import { err, ok, type Result } from "../kernel/result";
import type { ErrorCode } from "../protocol/error-code";
import type { SessionId, SiteId } from "../protocol/ids";
import type { View } from "../protocol/view";

/**
 * Where the edge sends one client's request, by the view that last reached it. Routes by the cluster's `route`: `primary` goes where the view says, `local` to the session's home
 * site, or the next one round the list whose connection stands.
 */
export function routeOf(
  view: View | null,
  session: SessionId,
  isConnected: (site: SiteId) => boolean,
): Result<SiteId, ErrorCode> {
  if (view === null) return err("NO_PRIMARY");
  switch (view.cluster.route) {
    case "primary": {
      const site = view.primary ?? soleWriter(view);
      if (site === null) return err("NO_PRIMARY");
      return isConnected(site) ? ok(site) : err("SITE_DOWN");
    }
    case "local": {
      const home = hash32(session) % Math.max(1, view.members.length);
      const nearest = [...view.members.slice(home), ...view.members.slice(0, home)];
      const site = nearest.find(isConnected);
      return site === undefined ? err("SITE_DOWN") : ok(site);
    }
    default:
      return unreachable(view.cluster.route);
  }
}

/** Where every site is a primary, one fixed entry is as good a "primary" as any. */
function soleWriter(view: View): SiteId | null {
  return view.cluster.mode === "active-active" ? (view.members[0] ?? null) : null;
}
