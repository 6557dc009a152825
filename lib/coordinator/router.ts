import { unreachable } from "../kernel/assert";
import type { ErrorCode } from "../protocol/error-code";
import type { SessionId, SiteId } from "../protocol/ids";
import type { Outcome } from "../protocol/operation";
import type { View } from "../protocol/view";
import { cityOf } from "../protocol/words";
import { createChecks, saysPrimary } from "./routes/checks";
import { createDns } from "./routes/dns";
import { askMonitors } from "./routes/monitors";
import { type Choice, fromHome, isManyWriters, none, type Surroundings } from "./routes/surroundings";

/** `gslb` in class: a check a second, three failures, answers cached for five seconds (Route 53: 10, 3, 60). */
const gslb = { checkMs: 1000, fall: 3, rise: 1, ttlMs: 5000 };

/**
 * Where the edge sends the requests of the world's clients. It knows the views that reached it, what sites
 * announce and answer, and which connections failed; it holds whatever its clients cache.
 */
export type Router = {
  readonly setView: (view: View) => void;
  readonly route: (session: SessionId, nowMs: number) => Choice;
  /** A site has become primary and says so on its network (gratuitous ARP); one that resumes says nothing. */
  readonly announce: (site: SiteId) => void;
  /** The connections to a site broke: its clients look its name up again. */
  readonly lost: (site: SiteId) => void;
  /** What became of a session's request: some failures close its connection. */
  readonly ended: (session: SessionId, error: ErrorCode | null) => void;
  /** Refuses the answer of an overtaken reign, with `router` or `token` among the fencing. */
  readonly admit: (outcome: Outcome, isRead: boolean) => Outcome;
  /** How often `check` is due, in ms; null where nothing is checked. */
  readonly checkEveryMs: () => number | null;
  readonly check: () => void;
};

/** Creates the router of one pod; it knows no view yet. */
export function createRouter(around: Surroundings): Router {
  let view: View | null = null;
  let dns = createDns();
  let checks = createChecks();
  let homes = new Map<SessionId, SiteId>();
  let turn = 0;
  let vip: SiteId | null = null;
  let highestEpoch = 0;

  function setView(next: View): void {
    const routing = ({ cluster: { route, session } }: View) => JSON.stringify([route, session]);
    if (view !== null && routing(view) !== routing(next)) {
      dns = createDns();
      checks = createChecks();
      homes = new Map();
    }
    if (next.generation !== view?.generation) vip = null;
    view = next;
    highestEpoch = Math.max(highestEpoch, next.epoch);
    check();
  }

  function check(): void {
    if (view === null) return;
    const { route } = view.cluster;
    if (route === "gslb") checks.check(view.members, gslb, (site) => around.ask(site) !== null);
    else if (typeof route === "object" && "proxyCheckMs" in route) {
      const isGood = (site: SiteId) => serves(around.ask(site));
      checks.check(view.members, route, isGood);
    }
  }

  /** With many writers whoever answers serves; with one only whoever says that it is primary. */
  function serves(report: ReturnType<Surroundings["ask"]>): boolean {
    return view !== null && isManyWriters(view) ? report !== null : saysPrimary(report);
  }

  /** With `sticky` among the session guarantees a session stays where it is until nothing answers there. */
  function choose(known: View, session: SessionId, nowMs: number): Choice {
    const { route, session: guarantees } = known.cluster;
    if (route === "sticky" || !guarantees.includes("sticky")) return byRoute(known, session, nowMs);
    return stick(known, session, () => byRoute(known, session, nowMs));
  }

  function byRoute(known: View, session: SessionId, nowMs: number): Choice {
    const { route } = known.cluster;
    const near = byDelay(known, session);
    switch (route) {
      case "primary":
        return isManyWriters(known) ? firstOf(fromHome(known, session)) : reach(primaryOf(known));
      case "local":
        return firstOf(fromHome(known, session));
      case "round-robin":
        return firstOf(nextInTurn(known.members));
      case "sticky":
        return stick(known, session, () => firstOf(nextInTurn(known.members)));
      case "latency":
        return firstOf(near);
      case "gslb": {
        const answer = () => near.find(checks.isUp) ?? near[0] ?? null;
        return dns.choose(session, { answer, ttlMs: gslb.ttlMs, nowMs }, around);
      }
      case "ask-monitors":
        return askMonitors(known, around);
      default:
        break;
    }
    if ("dnsTtlMs" in route) {
      // The name of many writers stands for each of them in turn, and nobody asks who is alive (round robin).
      const answer = () => (isManyWriters(known) ? (nextInTurn(known.members)[0] ?? null) : known.primary);
      return dns.choose(session, { answer, ttlMs: route.dnsTtlMs, nowMs }, around);
    }
    if ("proxyCheckMs" in route) {
      const up = known.members.filter(checks.isUp);
      return up.length > 0
        ? firstOf(nextInTurn(up))
        : none("NO_PRIMARY", "No site passes the proxy's checks.");
    }
    return unreachable(route);
  }

  /** The address that moves: with the view, or, where peers take it from each other, by the last announcement. */
  function primaryOf({ cluster, primary }: View): SiteId | null {
    return cluster.mode === "active-passive" && cluster.failover === "peer" ? (vip ?? primary) : primary;
  }

  function reach(site: SiteId | null): Choice {
    if (site === null) return none("NO_PRIMARY", "No site is primary at the moment.");
    return around.isConnected(site)
      ? { site }
      : none("SITE_DOWN", `${cityOf(site)} is the primary, and nothing listens there.`);
  }

  function firstOf(sites: readonly SiteId[]): Choice {
    const site = sites.find(around.isConnected);
    return site === undefined ? none("SITE_DOWN", "No site can be reached.") : { site };
  }

  function nextInTurn(sites: readonly SiteId[]): readonly SiteId[] {
    const start = turn % Math.max(1, sites.length);
    turn += 1;
    return [...sites.slice(start), ...sites.slice(0, start)];
  }

  function stick(known: View, session: SessionId, anew: () => Choice): Choice {
    const kept = homes.get(session);
    if (kept !== undefined && known.members.includes(kept) && around.isConnected(kept)) return { site: kept };
    const choice = anew();
    if (choice.site !== null) homes.set(session, choice.site);
    return choice;
  }

  function byDelay(known: View, session: SessionId): readonly SiteId[] {
    const [home] = fromHome(known, session);
    if (home === undefined) return [];
    return known.members.toSorted((a, b) => around.delayMs(home, a) - around.delayMs(home, b));
  }

  function isFencing(): boolean {
    if (view === null || isManyWriters(view)) return false;
    const { fencing } = view.cluster;
    return fencing.includes("router") || fencing.includes("token");
  }

  /** Nobody is sent to a primary of a reign that has been overtaken. */
  function fence(choice: Choice): Choice {
    if (choice.site === null || view === null || !view.cluster.fencing.includes("router")) return choice;
    const said = around.ask(choice.site);
    if (said?.role !== "primary" || said.epoch >= highestEpoch) return choice;
    const why = `${cityOf(choice.site)} still reigns in epoch ${said.epoch}, but epoch ${highestEpoch} has begun: the router sends nobody there.`;
    return none("FENCED", why);
  }

  return {
    setView,
    route(session, nowMs) {
      if (view === null) return none("NO_PRIMARY", "The edge has not heard from the coordinator yet.");
      return fence(choose(view, session, nowMs));
    },
    announce(site) {
      vip = site;
    },
    lost: (site) => dns.lost(site),
    ended(session, error) {
      if (error === "TIMEOUT" || error === "CONNECTION_LOST" || error === "SITE_DOWN") dns.closed(session);
    },
    admit(outcome, isRead) {
      if (outcome.status !== "ok" || !isFencing()) return outcome;
      const { epoch, servedBy } = outcome;
      if (epoch >= highestEpoch) {
        highestEpoch = epoch;
        return outcome;
      }
      const why = `The answer of ${cityOf(servedBy as SiteId)} carries epoch ${epoch}, but epoch ${highestEpoch} has begun: it is refused.`;
      const status = isRead ? "fail" : "unknown";
      return { status, error: "FENCED", why, value: null, servedBy, epoch };
    },
    checkEveryMs() {
      const route = view?.cluster.route;
      if (route === "gslb") return gslb.checkMs;
      return typeof route === "object" && "proxyCheckMs" in route ? route.proxyCheckMs : null;
    },
    check,
  };
}
