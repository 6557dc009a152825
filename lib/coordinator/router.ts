import type { ErrorCode } from "../protocol/error-code";
import type { SessionId, SiteId } from "../protocol/ids";
import type { Outcome } from "../protocol/operation";
import type { View } from "../protocol/view";
import { cityOf } from "../protocol/words";
import { choose } from "./routes/choosing";
import { checkEveryMs, checkHealth } from "./routes/health";
import { createRouting, forgetRoutes } from "./routes/state";
import { type Choice, isManyWriters, none, type Surroundings } from "./routes/surroundings";

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
  const routing = createRouting(around);
  let view: View | null = null;
  let highestEpoch = 0;

  /** Nobody is sent to a primary of a reign that has been overtaken. */
  function fence(choice: Choice): Choice {
    if (choice.site === null || view === null || !view.cluster.fencing.includes("router")) return choice;
    const said = around.ask(choice.site);
    if (said?.role !== "primary" || said.epoch >= highestEpoch) return choice;
    const why = `${cityOf(choice.site)} still reigns in epoch ${said.epoch}, but epoch ${highestEpoch} has begun: the router sends nobody there.`;
    return none("FENCED", why);
  }

  return {
    setView(next) {
      if (view !== null && routesOf(view) !== routesOf(next)) forgetRoutes(routing);
      if (next.generation !== view?.generation) routing.vip = null;
      view = next;
      highestEpoch = Math.max(highestEpoch, next.epoch);
      checkHealth(routing, view);
    },
    route(session, nowMs) {
      if (view === null) return none("NO_PRIMARY", "The edge has not heard from the coordinator yet.");
      return fence(choose(routing, view, { session, nowMs }));
    },
    announce(site) {
      routing.vip = site;
    },
    lost: (site) => routing.dns.lost(site),
    ended(session, error) {
      if (error === "TIMEOUT" || error === "CONNECTION_LOST" || error === "SITE_DOWN") {
        routing.dns.closed(session);
      }
    },
    admit(outcome, isRead) {
      if (outcome.status !== "ok" || view === null || !isFencing(view)) return outcome;
      const { epoch, servedBy } = outcome;
      if (epoch >= highestEpoch) {
        highestEpoch = epoch;
        return outcome;
      }
      const why = `The answer of ${cityOf(servedBy as SiteId)} carries epoch ${epoch}, but epoch ${highestEpoch} has begun: it is refused.`;
      const status = isRead ? "fail" : "unknown";
      return { status, error: "FENCED", why, value: null, servedBy, epoch };
    },
    checkEveryMs: () => (view === null ? null : checkEveryMs(view)),
    check() {
      if (view !== null) checkHealth(routing, view);
    },
  };
}

function routesOf({ cluster: { route, session } }: View): string {
  return JSON.stringify([route, session]);
}

function isFencing(view: View): boolean {
  const { fencing } = view.cluster;
  return !isManyWriters(view) && (fencing.includes("router") || fencing.includes("token"));
}
