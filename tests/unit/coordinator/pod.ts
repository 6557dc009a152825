import { createCoordinator } from "../../../lib/coordinator/coordinator";
import {
  type Coordinator,
  type CoordinatorInput,
  type CoordinatorMemory,
  type CoordinatorOutput,
  tickMs,
} from "../../../lib/coordinator/types";
import { assert, must } from "../../../lib/kernel/assert";
import { type Cluster, leaseMarginMs } from "../../../lib/protocol/cluster";
import type {
  CoordinatorToSite,
  Heartbeat,
  SiteToCoordinator,
} from "../../../lib/protocol/coordination/message";
import type { SiteId } from "../../../lib/protocol/ids";
import type { TraceBody } from "../../../lib/protocol/trace";
import type { View } from "../../../lib/protocol/view";
import { presetOf } from "../../../lib/scenario/preset-of";
import { createLife, dropLease, heartbeatOf, type Life, obey, takeReply } from "./life";

/** Decides how long a message travels, in ms; null loses it. */
export type Network = () => number | null;

/** A new reign, with what was remembered before and after. */
export type Promotion = {
  /** How many happenings came before it. */
  readonly order: number;
  readonly atMs: number;
  readonly before: CoordinatorMemory;
  readonly after: CoordinatorMemory;
};

/** Something that happened, for assertions and transcripts. */
export type Happening =
  | { readonly what: "view"; readonly atMs: number; readonly view: View }
  | { readonly what: "record"; readonly atMs: number; readonly event: TraceBody }
  | {
      readonly what: "renewal";
      readonly atMs: number;
      readonly site: SiteId;
      readonly incarnation: number;
      /** Before which nobody else may be promoted. */
      readonly untilMs: number;
    };

type Item = { at: number; readonly order: number; readonly run: () => void };

/** A pod in virtual time: the real coordinator, model sites, and a network that a test decides. */
export function createPod(options: { sites: readonly string[]; cluster: Cluster; network?: Network }) {
  const sites = options.sites as readonly SiteId[];
  const network = options.network ?? (() => 0);
  const queue: Item[] = [];
  const lives = new Map<SiteId, Life>();
  /** Every life there ever was; one that was replaced while frozen may still believe in its lease. */
  const everyLife: Life[] = [];
  const happenings: Happening[] = [];
  const inputs: CoordinatorInput[] = [];
  const promotions: Promotion[] = [];
  /** What the coordinator asked to be stopped from outside. */
  const fences: { readonly site: SiteId; readonly incarnation: number }[] = [];
  /** What waits for the coordinator while its process is suspended; null while it runs. */
  let backlog: CoordinatorInput[] | null = null;
  let memory: CoordinatorMemory | null = null;
  let order = 0;
  let now = 0;
  let nextTick = tickMs;
  let coordinator: Coordinator = createCoordinator();
  let starts = 0;
  let isDown = false;
  let refused: string | null = null;

  function later(delayMs: number, run: () => void): void {
    order += 1;
    queue.push({ at: now + delayMs, order, run });
  }

  function step(input: CoordinatorInput): void {
    if (isDown) return;
    if (backlog !== null) {
      if (input.type !== "tick") backlog.push(input);
      return;
    }
    inputs.push(input);
    for (const output of coordinator.step(input)) carryOut(output);
  }

  function carryOut(output: CoordinatorOutput): void {
    switch (output.type) {
      case "persist":
        remember(structuredClone(output.memory));
        return;
      case "record":
        happenings.push({ what: "record", atMs: now, event: output.event });
        return;
      case "answer":
        refused = output.refused;
        return;
      case "fence":
        fences.push({ site: output.site, incarnation: output.incarnation });
        return;
      case "send":
        checkDurable(output.message);
        noteRenewal(output.to, output.message);
        deliver(output.to, structuredClone(output.message));
    }
  }

  function remember(after: CoordinatorMemory): void {
    if (memory?.view.number !== after.view.number) {
      happenings.push({ what: "view", atMs: now, view: after.view });
    }
    if (memory !== null && after.reign !== null && after.view.epoch > memory.view.epoch) {
      promotions.push({ atMs: now, order: happenings.length, before: memory, after });
    }
    memory = after;
  }

  /** Rule C3, in every test: nothing is said that a restart would have forgotten. */
  function checkDurable(message: CoordinatorToSite): void {
    const { view, syncSet } = must(memory, "nothing was persisted before the first send");
    if (message.type === "view")
      assert(message.view.number === view.number, "a view is durable before it is sent");
    else if (message.type === "beat-reply")
      assert(message.syncSet.join() === syncSet.join(), "a sync set is durable before it is echoed");
  }

  function noteRenewal(site: SiteId, message: CoordinatorToSite): void {
    if (message.type !== "beat-reply" || !message.granted) return;
    const belief = coordinator.snapshot(now).sites.find((one) => one.site === site);
    const { incarnation } = must(belief, "only a site of the pod is answered");
    happenings.push({
      what: "renewal",
      atMs: now,
      site,
      incarnation,
      untilMs: now + message.leaseMs + leaseMarginMs,
    });
  }

  function deliver(to: SiteId, message: CoordinatorToSite): void {
    const life = lives.get(to);
    const delay = network();
    if (life === undefined || life.cut || delay === null) return;
    later(delay, () => receive(life, message));
  }

  function receive(life: Life, message: CoordinatorToSite): void {
    if (life.gone || life.cut) return;
    if (life.frozen) life.inbox.push(message);
    else if (message.type === "beat-reply") takeReply(life, message, now);
    else if (message.type === "rejoin") life.rejoins += 1;
    else if (obey(life, message.view, now)) {
      pod.onView?.(life, message.view);
      beat(life);
    }
  }

  function beat(life: Life): void {
    const { view } = life;
    if (life.gone || life.frozen || view === null) return;
    life.beat += 1;
    life.nextBeat = now + view.cluster.detector.heartbeatMs;
    life.sent.set(life.beat, { mono: now, epoch: view.epoch });
    toCoordinator(life, heartbeatOf(life, view, now));
  }

  function toCoordinator(life: Life, message: SiteToCoordinator): void {
    const delay = network();
    if (life.cut || delay === null) return;
    const addressee = starts;
    later(delay, () => {
      if (addressee !== starts || life.cut) return;
      step({ type: "message", mono: now, from: life.site, message: structuredClone(message) });
    });
  }

  /** Carries out the earliest thing that is due by `until`; false when there is none. */
  function runNext(until: number): boolean {
    const next = queue.reduce<Item | null>(
      (best, item) => (best === null || isBefore(item, best) ? item : best),
      null,
    );
    const beating = [...lives.values()].filter((life) => !life.gone && !life.frozen && life.view !== null);
    const nextBeat = Math.min(...beating.map((life) => life.nextBeat));
    const at = Math.min(next?.at ?? Number.POSITIVE_INFINITY, nextBeat, nextTick);
    if (at > until) return false;
    now = Math.max(now, at);
    if (next !== null && next.at === at) {
      queue.splice(queue.indexOf(next), 1);
      next.run();
    } else if (nextBeat === at) for (const life of beating.filter((one) => one.nextBeat === at)) beat(life);
    else {
      nextTick += tickMs;
      step({ type: "tick", mono: now });
    }
    return true;
  }

  function run(forMs: number): void {
    const until = now + forMs;
    // A pod that answers its own answers would never come to the end, and say so only by running out of memory.
    for (let left = 100_000; runNext(until); left -= 1)
      assert(left > 0, `at ${now} ms nothing comes to rest`);
    now = until;
  }

  function end(life: Life): void {
    dropLease(life, now);
    life.gone = true;
  }

  function connect(life: Life): void {
    if (life.gone || life.cut) return;
    life.told = true;
    step({ type: "connected", mono: now, site: life.site, incarnation: life.incarnation });
  }

  /** Starts the coordinator, from what it last persisted if it was running before. */
  function start(): void {
    coordinator = createCoordinator();
    isDown = false;
    nextTick = now + tickMs;
    step({ type: "start", mono: now, members: sites, cluster: options.cluster, memory });
    for (const life of lives.values()) connect(life);
  }

  const lifeOf = (site: string): Life => must(lives.get(site as SiteId), `${site} never joined`);

  const pod = {
    /** Called when a site obeys a view, before it reports that. */
    onView: null as ((life: Life, view: View) => void) | null,
    life: lifeOf,
    lives: (): readonly Life[] => everyLife,
    now: () => now,
    view: () => coordinator.snapshot(now).view,
    snapshot: () => coordinator.snapshot(now),
    memory: () => must(memory, "nothing was persisted"),
    promotions: (): readonly Promotion[] => promotions,
    inputs: (): readonly CoordinatorInput[] => inputs,
    happenings: (): readonly Happening[] => happenings,
    /** Why the last `promote`, `configure` or `reset` was refused; null when it was not. */
    refused: () => refused,
    run,
    /** A tab opens; the host numbers it only after the former one did not answer: gone, or frozen. */
    join(site: string): Life {
      const former = lives.get(site as SiteId);
      if (former !== undefined && !former.frozen) end(former);
      const life = createLife(site as SiteId, former);
      lives.set(life.site, life);
      everyLife.push(life);
      connect(life);
      return life;
    },
    /** The tab of a site dies without a word; its connection closes. */
    crash(site: string): void {
      const life = lifeOf(site);
      end(life);
      if (!life.cut) step({ type: "disconnected", mono: now, site: life.site });
    },
    /** A clean close: the lease is given back. */
    close(site: string): void {
      const life = lifeOf(site);
      const epoch = life.view?.epoch ?? 0;
      end(life);
      life.released = true;
      toCoordinator(life, { type: "release", incarnation: life.incarnation, epoch, position: life.position });
      later(0, () => step({ type: "disconnected", mono: now, site: life.site }));
    },
    /** The process of a site is stopped; messages wait for it. */
    freeze(site: string): void {
      lifeOf(site).frozen = true;
    },
    thaw(site: string): void {
      const life = lifeOf(site);
      life.frozen = false;
      for (const message of life.inbox.splice(0)) receive(life, message);
    },
    /** The link to the coordinator works again; a connection opened meanwhile becomes visible. */
    mend(site: string): void {
      const life = lifeOf(site);
      life.cut = false;
      if (!life.told) connect(life);
    },
    /** The socket closes and opens again, for the same life. */
    reconnect(site: string): void {
      const { site: id, incarnation } = lifeOf(site);
      step({ type: "disconnected", mono: now, site: id });
      step({ type: "connected", mono: now, site: id, incarnation });
    },
    forget: (site: string) => step({ type: "forget", mono: now, site: site as SiteId }),
    promote: (site: string) => step({ type: "promote", mono: now, site: site as SiteId }),
    failback: (site: string) => step({ type: "failback", mono: now, site: site as SiteId }),
    rejoin: (site: string) => step({ type: "rejoin", mono: now, site: site as SiteId }),
    fences: (): readonly { readonly site: SiteId; readonly incarnation: number }[] => fences,
    /** The host proves that an incarnation has been stopped: it is, and never acts again. */
    fenced(site: string, incarnation: number): void {
      const life = everyLife.find((one) => one.site === site && one.incarnation === incarnation);
      if (life !== undefined && !life.gone) end(life);
      step({ type: "fenced", mono: now, site: site as SiteId, incarnation });
    },
    configure(cluster: Cluster): void {
      const presets = { from: presetOf(coordinator.snapshot(now).view.cluster), to: presetOf(cluster) };
      step({ type: "configure", mono: now, cluster, presets });
    },
    reset: () => step({ type: "reset", mono: now }),
    /** What the site would report now. */
    heartbeat: (site: string): Heartbeat =>
      heartbeatOf(lifeOf(site), must(lifeOf(site).view, `${site} has no view`), now),
    /** A message that no honest site would send. */
    inject: (site: string, message: SiteToCoordinator) =>
      step({ type: "message", mono: now, from: site as SiteId, message }),
    /** The coordinator's process stops; what is under way to it is lost. */
    stop(): void {
      isDown = true;
      starts += 1;
    },
    start,
    /** The coordinator's process is suspended: its inbox grows, and when it wakes the tick comes first. */
    suspend(forMs: number): void {
      backlog = [];
      run(forMs);
      const unread = backlog;
      backlog = null;
      step({ type: "tick", mono: now });
      for (const input of unread) step({ ...input, mono: now });
    },
  };
  start();
  return pod;
}

function isBefore(a: Item, b: Item): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}

export type TestPod = ReturnType<typeof createPod>;
