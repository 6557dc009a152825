import { createCoordinator } from "../../lib/coordinator/coordinator";
import {
  type Coordinator,
  type CoordinatorInput,
  type CoordinatorMemory,
  type CoordinatorOutput,
  type CoordinatorSnapshot,
  tickMs,
} from "../../lib/coordinator/types";
import { unreachable } from "../../lib/kernel/assert";
import { createFaultPipe, type FaultPipe } from "../../lib/net/fault-pipe";
import type { Timing } from "../../lib/net/timing";
import type { Cluster } from "../../lib/protocol/cluster";
import type { CoordinatorToSite, SiteToCoordinator } from "../../lib/protocol/coordination/message";
import type { FaultState } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import type { TraceBody } from "../../lib/protocol/trace";
import type { View } from "../../lib/protocol/view";
import { linkCondition } from "../../lib/scenario/fault-reducer";
import { presetOf } from "../../lib/scenario/preset-of";

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

type Answer = (refused: string | null) => void;
type Duty =
  | { readonly output: CoordinatorOutput; readonly answer: Answer }
  /** Everything before this has been carried out. */
  | { readonly output: null; readonly done: () => void };

/** How long to wait before asking a store that refused a memory again. */
const retryRememberMs = 1000;

/** Starts the coordinator; after a restart of the server `memory` is what it had promised before. */
export function createCoordinatorHost(options: CoordinatorHostOptions): CoordinatorHost {
  const { sites, timing } = options;
  const create = options.create ?? createCoordinator;
  let coordinator = create();
  let memory = options.memory;
  const duties: Duty[] = [];
  let draining = false;
  let closed = false;
  const paths = new Map(sites.map((site) => [site, createPaths(site)]));

  function createPaths(site: SiteId) {
    return {
      up: createFaultPipe<SiteToCoordinator>({
        seed: 1,
        name: `${site}>coordinator`,
        timing,
        deliver: (message) => step({ type: "message", mono: timing.now(), from: site, message }),
      }),
      down: createFaultPipe<CoordinatorToSite>({
        seed: 1,
        name: `coordinator>${site}`,
        timing,
        deliver: (message) => options.send(site, message),
      }),
      connected: null as number | null,
      told: null as number | null,
    };
  }

  function step(input: CoordinatorInput, answer: Answer = () => {}): void {
    if (closed) return;
    try {
      undertake(coordinator.step(input), answer);
    } catch (error) {
      options.onError(error);
      answer("The coordinator failed at that and has begun again from its memory.");
      recover();
    }
    if (!draining) void drain();
  }

  /**
   * A bug stops this coordinator and no other: it begins again from what it has made durable, exactly
   * as after a restart of the server, so that safety does not rest on the state the bug left behind.
   */
  function recover(): void {
    coordinator = create();
    begin();
    for (const path of paths.values()) path.told = null;
    for (const site of paths.keys()) tell(site);
  }

  function begin(): void {
    const { cluster } = memory?.view ?? options;
    undertake(coordinator.step({ type: "start", mono: timing.now(), members: sites, cluster, memory }));
  }

  /** A memory counts from here on: it is written before anything that comes after it is done. */
  function undertake(outputs: readonly CoordinatorOutput[], answer: Answer = () => {}): void {
    for (const output of outputs) {
      if (output.type === "persist") memory = output.memory;
      duties.push({ output, answer });
    }
  }

  /** Carries duties out in order; a memory that is not yet durable holds back everything after it. */
  async function drain(): Promise<void> {
    draining = true;
    for (let duty = duties.shift(); duty !== undefined && !closed; duty = duties.shift()) {
      if (duty.output === null) duty.done();
      else if (duty.output.type === "persist") await persist(duty.output.memory);
      else carryOut(duty.output, duty.answer);
    }
    draining = false;
  }

  async function persist(next: CoordinatorMemory): Promise<void> {
    for (;;) {
      try {
        await options.remember(next);
        break;
      } catch {
        await new Promise<void>((resolve) => timing.after(retryRememberMs, resolve));
        if (closed) return;
      }
    }
    options.onView(next.view);
  }

  function carryOut(output: Exclude<CoordinatorOutput, { type: "persist" }>, answer: Answer): void {
    switch (output.type) {
      case "send":
        paths.get(output.to)?.down.offer("replication", 0, output.message);
        return;
      case "record":
        options.record(output.event);
        return;
      case "answer":
        answer(output.refused);
        return;
      case "fence":
        void stop(output.site, output.incarnation);
        return;
      default:
        unreachable(output);
    }
  }

  async function stop(site: SiteId, incarnation: number): Promise<void> {
    try {
      if (await options.fence(site, incarnation))
        step({ type: "fenced", mono: timing.now(), site, incarnation });
    } catch (error) {
      options.onError(error);
    }
  }

  let faults: FaultState | null = null;

  /** Tells the coordinator what the network would: nothing across a cut, and a pulled cable at once. */
  function tell(site: SiteId): void {
    const path = paths.get(site);
    if (path === undefined) return;
    const conditions = faults === null ? [] : conditionsOf(faults, site);
    const isPulled = conditions.some(({ pulled }) => pulled);
    if (!isPulled && conditions.some(({ cut }) => cut)) return;
    const visible = isPulled ? null : path.connected;
    if (visible === path.told) return;
    path.told = visible;
    const mono = timing.now();
    if (visible === null) step({ type: "disconnected", mono, site });
    else step({ type: "connected", mono, site, incarnation: visible });
  }

  function ask(input: CoordinatorInput): Promise<string | null> {
    return new Promise((resolve) => step(input, resolve));
  }

  begin();
  void drain();
  const ticking = setInterval(() => step({ type: "tick", mono: timing.now() }), tickMs);

  return {
    setConnection(site, incarnation) {
      const path = paths.get(site);
      if (path === undefined) return;
      path.connected = incarnation;
      tell(site);
    },
    receive: (site, message) => void paths.get(site)?.up.offer("replication", 0, message),
    setFaults(next) {
      faults = next;
      for (const [site, { up, down }] of paths) {
        up.set(linkCondition(next, site, "coordinator"));
        down.set(linkCondition(next, "coordinator", site));
        tell(site);
      }
    },
    configure(cluster) {
      const mono = timing.now();
      const presets = { from: presetOf(coordinator.snapshot(mono).view.cluster), to: presetOf(cluster) };
      return ask({ type: "configure", mono, cluster, presets });
    },
    promote: (site) => ask({ type: "promote", mono: timing.now(), site }),
    failback: (site) => ask({ type: "failback", mono: timing.now(), site }),
    rejoin: (site) => ask({ type: "rejoin", mono: timing.now(), site }),
    reset: () => ask({ type: "reset", mono: timing.now() }),
    async forget(site) {
      step({ type: "forget", mono: timing.now(), site });
      await new Promise<void>((done) => {
        duties.push({ output: null, done });
        if (!draining) void drain();
      });
    },
    snapshot: () => coordinator.snapshot(timing.now()),
    close() {
      closed = true;
      clearInterval(ticking);
      for (const { up, down } of paths.values()) clearAll(up, down);
    },
  };
}

function conditionsOf(faults: FaultState, site: SiteId) {
  return [linkCondition(faults, site, "coordinator"), linkCondition(faults, "coordinator", site)];
}

function clearAll(...pipes: readonly FaultPipe<never>[]): void {
  for (const pipe of pipes) pipe.clear();
}
