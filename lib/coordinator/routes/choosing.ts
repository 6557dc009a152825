import { unreachable } from "../../kernel/assert";
import type { SessionId, SiteId } from "../../protocol/ids";
import type { View } from "../../protocol/view";
import { cityOf } from "../../protocol/words";
import { gslb } from "./health";
import { askMonitors } from "./monitors";
import type { Routing } from "./state";
import { type Choice, fromHome, isManyWriters, none, type Surroundings } from "./surroundings";

/** Whose request is to be routed, and when. */
export type Asking = { readonly session: SessionId; readonly nowMs: number };

/** With `sticky` among the session guarantees a session stays where it is until nothing answers there. */
export function choose(routing: Routing, view: View, asking: Asking): Choice {
  const { route, session: guarantees } = view.cluster;
  if (route === "sticky" || !guarantees.includes("sticky")) return byRoute(routing, view, asking);
  return stick(routing, view, asking.session, () => byRoute(routing, view, asking));
}

function byRoute(routing: Routing, view: View, { session, nowMs }: Asking): Choice {
  const { around, checks, dns } = routing;
  const { route } = view.cluster;
  const near = byDelay(around, view, session);
  switch (route) {
    case "primary":
      return isManyWriters(view)
        ? firstOf(around, fromHome(view, session))
        : reach(around, primaryOf(routing, view));
    case "local":
      return firstOf(around, fromHome(view, session));
    case "round-robin":
      return firstOf(around, nextInTurn(routing, view.members));
    case "sticky":
      return stick(routing, view, session, () => firstOf(around, nextInTurn(routing, view.members)));
    case "latency":
      return firstOf(around, near);
    case "gslb": {
      const answer = () => near.find(checks.isUp) ?? near[0] ?? null;
      return dns.choose(session, { answer, ttlMs: gslb.ttlMs, nowMs }, around);
    }
    case "ask-monitors":
      return askMonitors(view, around);
    default:
      break;
  }
  if ("dnsTtlMs" in route) {
    // The name of many writers stands for each of them in turn, and nobody asks who is alive (round robin).
    const answer = () =>
      isManyWriters(view) ? (nextInTurn(routing, view.members)[0] ?? null) : view.primary;
    return dns.choose(session, { answer, ttlMs: route.dnsTtlMs, nowMs }, around);
  }
  if ("proxyCheckMs" in route) {
    const up = view.members.filter(checks.isUp);
    return up.length > 0
      ? firstOf(around, nextInTurn(routing, up))
      : none("NO_PRIMARY", "No site passes the proxy's checks.");
  }
  return unreachable(route);
}

/** The address that moves: with the view, or, where peers take it from each other, by the last announcement. */
function primaryOf({ vip }: Routing, { cluster, primary }: View): SiteId | null {
  return cluster.mode === "active-passive" && cluster.failover === "peer" ? (vip ?? primary) : primary;
}

function reach({ isConnected }: Surroundings, site: SiteId | null): Choice {
  if (site === null) return none("NO_PRIMARY", "No site is primary at the moment.");
  return isConnected(site)
    ? { site }
    : none("SITE_DOWN", `${cityOf(site)} is the primary, and nothing listens there.`);
}

function firstOf({ isConnected }: Surroundings, sites: readonly SiteId[]): Choice {
  const site = sites.find(isConnected);
  return site === undefined ? none("SITE_DOWN", "No site can be reached.") : { site };
}

function nextInTurn(routing: Routing, sites: readonly SiteId[]): readonly SiteId[] {
  const start = routing.turn % Math.max(1, sites.length);
  routing.turn += 1;
  return [...sites.slice(start), ...sites.slice(0, start)];
}

function stick({ homes, around }: Routing, view: View, session: SessionId, anew: () => Choice): Choice {
  const kept = homes.get(session);
  if (kept !== undefined && view.members.includes(kept) && around.isConnected(kept)) return { site: kept };
  const choice = anew();
  if (choice.site !== null) homes.set(session, choice.site);
  return choice;
}

function byDelay({ delayMs }: Surroundings, view: View, session: SessionId): readonly SiteId[] {
  const [home] = fromHome(view, session);
  if (home === undefined) return [];
  return view.members.toSorted((a, b) => delayMs(home, a) - delayMs(home, b));
}
