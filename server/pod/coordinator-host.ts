import { createCoordinator } from "../../lib/coordinator/coordinator";
import {
  type Coordinator,
  type CoordinatorInput,
  type CoordinatorMemory,
  type CoordinatorSnapshot,
  tickMs,
} from "../../lib/coordinator/types";
import { unreachable } from "../../lib/kernel/assert";
import type { Timing } from "../../lib/net/timing";
import type { Cluster } from "../../lib/protocol/cluster";
import type { CoordinatorToSite, SiteToCoordinator } from "../../lib/protocol/coordination/message";
import type { FaultState } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import type { TraceBody } from "../../lib/protocol/trace";
import type { View } from "../../lib/protocol/view";
import { presetOf } from "../../lib/scenario/preset-of";
import { type CoordinatorPaths, createCoordinatorPaths } from "./coordinator-paths";
import { type Answer, createDuties, type Deed } from "./duties";

/** Drives one pod's coordinator with sockets, the real clock and the injected faults of its links. */
export type CoordinatorHost = {
  /** The site's coordination socket is open, or gone (`null`). */
  readonly setConnection: (site: SiteId, incarnation: number | null) => void;
  readonly receive: (site: SiteId, message: SiteToCoordinator) => void;
  readonly setFaults: (faults: FaultState) => void;
  /** Operator actions: null when accepted, else one sentence why not. */
  readonly configure: (cluster: Cluster) => Promise<string | null>;
  readonly promote: (site: SiteId) => Promise<string | null>;
  readonly failback: (site: SiteId) => Promise<string | null>;
  readonly rejoin: (site: SiteId) => Promise<string | null>;
  readonly reset: () => Promise<string | null>;
  /** What the site held is gone; resolves once that is durable. */
  readonly forget: (site: SiteId) => Promise<void>;
  readonly snapshot: () => CoordinatorSnapshot;
  readonly close: () => void;
};

export type CoordinatorHostOptions = {
  readonly sites: readonly SiteId[];
  readonly cluster: Cluster;
  readonly memory: CoordinatorMemory | null;
  readonly timing: Timing;
  /** Resolves once the memory is on the disk; nothing that depends on it is sent before. */
  readonly remember: (memory: CoordinatorMemory) => Promise<void>;
  readonly record: (body: TraceBody) => void;
  readonly send: (site: SiteId, message: CoordinatorToSite) => void;
  readonly onView: (view: View) => void;
  /** Stops that incarnation of a site from outside; resolves to true once it certainly acts no more. */
  readonly fence: (site: SiteId, incarnation: number) => Promise<boolean>;
  readonly onError: (error: unknown) => void;
  /** The machine to drive; a test may give one that fails. */
  readonly create?: () => Coordinator;
};

/** Starts the coordinator; after a restart of the server `memory` is what it had promised before. */
export function createCoordinatorHost(options: CoordinatorHostOptions): CoordinatorHost {
  const { sites, timing } = options;
  const paths = createCoordinatorPaths({
    ...{ sites, timing, send: options.send },
    receive: (from, message) => machine.step({ type: "message", mono: timing.now(), from, message }),
    tell(site, incarnation) {
      const mono = timing.now();
      if (incarnation === null) machine.step({ type: "disconnected", mono, site });
      else machine.step({ type: "connected", mono, site, incarnation });
    },
  });
  const machine = createCoordinatorMachine(options, paths);
  const ask = (input: CoordinatorInput) =>
    new Promise<string | null>((answer) => machine.step(input, answer));
  const ticking = setInterval(() => machine.step({ type: "tick", mono: timing.now() }), tickMs);

  return {
    setConnection: paths.setConnection,
    receive: paths.up,
    setFaults: paths.setFaults,
    configure(cluster) {
      const mono = timing.now();
      const presets = { from: presetOf(machine.snapshot().view.cluster), to: presetOf(cluster) };
      return ask({ type: "configure", mono, cluster, presets });
    },
    promote: (site) => ask({ type: "promote", mono: timing.now(), site }),
    failback: (site) => ask({ type: "failback", mono: timing.now(), site }),
    rejoin: (site) => ask({ type: "rejoin", mono: timing.now(), site }),
    reset: () => ask({ type: "reset", mono: timing.now() }),
    async forget(site) {
      machine.step({ type: "forget", mono: timing.now(), site });
      await machine.done();
    },
    snapshot: machine.snapshot,
    close() {
      machine.close();
      clearInterval(ticking);
      paths.close();
    },
  };
}

/** A coordinator that outlives its own bugs. */
type CoordinatorMachine = {
  readonly step: (input: CoordinatorInput, answer?: Answer) => void;
  /** Resolves once everything decided so far has been carried out. */
  readonly done: () => Promise<void>;
  readonly snapshot: () => CoordinatorSnapshot;
  readonly close: () => void;
};

function createCoordinatorMachine(
  options: CoordinatorHostOptions,
  paths: Pick<CoordinatorPaths, "down" | "tellAll">,
): CoordinatorMachine {
  const { sites, timing } = options;
  const create = options.create ?? createCoordinator;
  let coordinator = create();
  let closed = false;
  const duties = createDuties({
    ...{ memory: options.memory, timing, remember: options.remember, carryOut },
    onRemembered: ({ view }) => options.onView(view),
  });

  function step(input: CoordinatorInput, answer: Answer = () => {}): void {
    if (closed) return;
    try {
      duties.undertake(coordinator.step(input), answer);
    } catch (error) {
      options.onError(error);
      answer("The coordinator failed at that and has begun again from its memory.");
      recover();
    }
    duties.carryOn();
  }

  /**
   * A bug stops this coordinator and no other: it begins again from what it has made durable, exactly
   * as after a restart of the server, so that safety does not rest on the state the bug left behind.
   */
  function recover(): void {
    coordinator = create();
    begin();
    paths.tellAll();
  }

  function begin(): void {
    const memory = duties.memory();
    const { cluster } = memory?.view ?? options;
    const start = { type: "start", mono: timing.now(), members: sites, cluster, memory } as const;
    duties.undertake(coordinator.step(start), () => {});
  }

  function carryOut(deed: Deed, answer: Answer): void {
    if (deed.type === "fence") void fence(deed.site, deed.incarnation);
    else tellWorld(options, paths, deed, answer);
  }

  async function fence(site: SiteId, incarnation: number): Promise<void> {
    try {
      if (await options.fence(site, incarnation))
        step({ type: "fenced", mono: timing.now(), site, incarnation });
    } catch (error) {
      options.onError(error);
    }
  }

  begin();
  duties.carryOn();
  return {
    step,
    done: duties.done,
    snapshot: () => coordinator.snapshot(timing.now()),
    close() {
      closed = true;
      duties.close();
    },
  };
}

function tellWorld(
  { record }: CoordinatorHostOptions,
  { down }: Pick<CoordinatorPaths, "down">,
  deed: Exclude<Deed, { type: "fence" }>,
  answer: Answer,
): void {
  switch (deed.type) {
    case "send":
      down(deed.to, deed.message);
      return;
    case "record":
      record(deed.event);
      return;
    case "answer":
      answer(deed.refused);
      return;
    default:
      unreachable(deed);
  }
}
