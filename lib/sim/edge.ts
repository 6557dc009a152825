import { createCheckTimer } from "../coordinator/check-timer";
import { createRouter } from "../coordinator/router";
import type { Choice, SelfReport, Surroundings } from "../coordinator/routes/surroundings";
import type { Heartbeat, SiteToCoordinator } from "../protocol/coordination/message";
import type { SessionId, SiteId } from "../protocol/ids";
import type { Outcome } from "../protocol/operation";
import type { View } from "../protocol/view";
import type { City } from "../scenario/cities";
import type { ClientRequest } from "./clients";
import type { Connections } from "./connections";
import { geographicMs } from "./geography";
import type { Network } from "./network";
import type { Schedule } from "./schedule";
import type { SiteHost } from "./site-host";

/** The edge of one pod: the world's clients and the router they go through. */
export type Edge = {
  readonly setView: (view: View) => void;
  readonly route: (session: SessionId) => Choice;
  /** What a site says of itself to the coordinator it would say to a check, too. */
  readonly overhear: (site: SiteId, message: SiteToCoordinator) => void;
  /** A site has become primary: its announcement reaches the edge if anything of it does. */
  readonly announce: (site: SiteId) => void;
  /** The connections to a site are gone. */
  readonly lost: (site: SiteId) => void;
  /** What a client of the world is told when its request has come to an end. */
  readonly settle: (request: Omit<ClientRequest, "token">, outcome: Outcome) => Outcome;
};

/** Creates the edge; it knows no view yet. */
export function createEdge(options: {
  readonly cities: readonly City[];
  readonly schedule: Schedule;
  readonly connections: Connections;
  readonly network: () => Network;
  readonly host: (site: SiteId) => SiteHost | undefined;
}): Edge {
  const { schedule, connections, network, host } = options;
  const cities = new Map(options.cities.map((city) => [city.id, city]));
  const said = new Map<SiteId, Heartbeat>();

  /** A check comes back when nothing is in its way: no cut, and a process that runs. */
  function answers(site: SiteId): boolean {
    const ways = [network().condition("edge", site), network().condition(site, "edge")];
    const isOpen =
      connections.between("edge", site).number() !== null && ways.every(({ cut, pulled }) => !cut && !pulled);
    return isOpen && host(site)?.isUp() === true && host(site)?.isPaused() === false;
  }

  const around: Surroundings = {
    isConnected: (site) => connections.between("edge", site).number() !== null,
    ask(site) {
      const last = said.get(site);
      return last === undefined || !answers(site) ? null : reportOf(site, last);
    },
    delayMs(from, to) {
      const [a, b] = [cities.get(from), cities.get(to)];
      return a === undefined || b === undefined || a === b ? 0 : geographicMs(a, b);
    },
  };
  const router = createRouter(around);
  const checks = createCheckTimer(router, schedule.after);

  return {
    setView: checks.setView,
    route: (session) => router.route(session, schedule.nowMs()),
    overhear(site, message) {
      if (message.type === "heartbeat") said.set(site, message);
    },
    announce(site) {
      if (answers(site)) router.announce(site);
    },
    lost: router.lost,
    settle({ session, op }, outcome) {
      router.ended(session, outcome.status === "ok" ? null : outcome.error);
      return router.admit(outcome, op.f === "get");
    },
  };
}

/** A replica names whom it streams from. */
function reportOf(site: SiteId, { role, epoch, upstream }: Heartbeat): SelfReport {
  return { role, epoch, leader: role === "primary" ? site : (upstream?.site ?? null) };
}
