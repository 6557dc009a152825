import { hash32 } from "../kernel/random";
import { err, ok, type Result } from "../kernel/result";
import type { ErrorCode } from "../protocol/error-code";
import type { SessionId, SiteId } from "../protocol/ids";
import type { View } from "../protocol/view";

/**
 * Where the edge sends one client's request, by the view that last reached it. One writer: to the
 * primary. Several, or `route: "local"`: to the session's home site, or the next one whose connection
 * stands.
 */
export function routeOf(
  view: View | null,
  session: SessionId,
  isConnected: (site: SiteId) => boolean,
): Result<SiteId, ErrorCode> {
  if (view === null) return err("NO_PRIMARY");
  if (view.cluster.route === "local" || view.cluster.mode === "active-active") {
    const home = hash32(session) % Math.max(1, view.members.length);
    const nearest = [...view.members.slice(home), ...view.members.slice(0, home)];
    const site = nearest.find(isConnected);
    return site === undefined ? err("SITE_DOWN") : ok(site);
  }
  if (view.primary === null) return err("NO_PRIMARY");
  return isConnected(view.primary) ? ok(view.primary) : err("SITE_DOWN");
}
