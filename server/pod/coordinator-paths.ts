import { createFaultPipe, type FaultPipe } from "../../lib/net/fault-pipe";
import type { Timing } from "../../lib/net/timing";
import type { CoordinatorToSite, SiteToCoordinator } from "../../lib/protocol/coordination/message";
import type { FaultState } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import { linkCondition } from "../../lib/scenario/fault-reducer";

/** The links between a pod's coordinator and its sites, with the faults injected into them. */
export type CoordinatorPaths = {
  /** The site's coordination socket is open, or gone (`null`). */
  readonly setConnection: (site: SiteId, incarnation: number | null) => void;
  readonly setFaults: (faults: FaultState) => void;
  readonly up: (site: SiteId, message: SiteToCoordinator) => void;
  readonly down: (site: SiteId, message: CoordinatorToSite) => void;
  /** The coordinator has begun again: it is told anew who is connected. */
  readonly tellAll: () => void;
  readonly close: () => void;
};

type Path = {
  readonly up: FaultPipe<SiteToCoordinator>;
  readonly down: FaultPipe<CoordinatorToSite>;
  connected: number | null;
  /** What the coordinator was told of it last. */
  told: number | null;
};

export function createCoordinatorPaths(options: {
  readonly sites: readonly SiteId[];
  readonly timing: Timing;
  readonly receive: (from: SiteId, message: SiteToCoordinator) => void;
  readonly send: (to: SiteId, message: CoordinatorToSite) => void;
  /** What the network would tell the coordinator: a connection of that incarnation, or that there is none. */
  readonly tell: (site: SiteId, incarnation: number | null) => void;
}): CoordinatorPaths {
  const { timing } = options;
  const paths = new Map(options.sites.map((site) => [site, createPath(site)]));
  let faults: FaultState | null = null;

  function createPath(site: SiteId): Path {
    const common = { seed: 1, timing };
    const up = createFaultPipe<SiteToCoordinator>({
      ...common,
      name: `${site}>coordinator`,
      deliver: (message) => options.receive(site, message),
    });
    const down = createFaultPipe<CoordinatorToSite>({
      ...common,
      name: `coordinator>${site}`,
      deliver: (message) => options.send(site, message),
    });
    return { up, down, connected: null, told: null };
  }

  /** Nothing is heard across a cut, and of a pulled cable at once. */
  function tell(site: SiteId, path: Path): void {
    const conditions = faults === null ? [] : conditionsOf(faults, site);
    const isPulled = conditions.some(({ pulled }) => pulled);
    if (!isPulled && conditions.some(({ cut }) => cut)) return;
    const visible = isPulled ? null : path.connected;
    if (visible === path.told) return;
    path.told = visible;
    options.tell(site, visible);
  }

  return {
    setConnection(site, incarnation) {
      const path = paths.get(site);
      if (path === undefined) return;
      path.connected = incarnation;
      tell(site, path);
    },
    setFaults(next) {
      faults = next;
      for (const [site, path] of paths) {
        path.up.set(linkCondition(next, site, "coordinator"));
        path.down.set(linkCondition(next, "coordinator", site));
        tell(site, path);
      }
    },
    up: (site, message) => void paths.get(site)?.up.offer("replication", 0, message),
    down: (site, message) => void paths.get(site)?.down.offer("replication", 0, message),
    tellAll() {
      for (const path of paths.values()) path.told = null;
      for (const [site, path] of paths) tell(site, path);
    },
    close() {
      for (const { up, down } of paths.values()) {
        up.clear();
        down.clear();
      }
    },
  };
}

function conditionsOf(faults: FaultState, site: SiteId) {
  return [linkCondition(faults, site, "coordinator"), linkCondition(faults, "coordinator", site)];
}
