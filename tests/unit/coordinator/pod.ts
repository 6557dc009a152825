import { createCoordinator } from "../../../lib/coordinator/coordinator";
import {
  type Coordinator,
  type CoordinatorInput,
  type CoordinatorMemory,
  type CoordinatorOutput,
  tickMs,
} from "../../../lib/coordinator/types";
import { must } from "../../../lib/kernel/assert";
import type { Cluster } from "../../../lib/protocol/cluster";
import type {
  CoordinatorToSite,
  Heartbeat,
  SiteToCoordinator,
} from "../../../lib/protocol/coordination/message";
import type { SiteId } from "../../../lib/protocol/ids";
import type { Position } from "../../../lib/protocol/position";
import type { TraceBody } from "../../../lib/protocol/trace";
import type { View } from "../../../lib/protocol/view";

/** One life of a site, which obeys the coordinator as an engine does but replicates nothing by itself. */
export type Life = {
  readonly site: SiteId;
  readonly incarnation: number;
  /** Cut from the coordinator: everything in both directions is lost. */
  cut: boolean;
  /** Frozen: handles nothing, sends nothing, and its lease runs on. */
  frozen: boolean;
  gone: boolean;
  view: View | null;
  beat: number;
  nextBeat: number;
  /** When each unanswered beat was sent, and in which epoch. */
  readonly sent: Map<number, { readonly mono: number; readonly epoch: number }>;
  leaseUntil: number;
  position: Position;
  seenDigest: string;
  generation: number | null;
  syncSet: readonly SiteId[];
  /** What the coordinator last echoed. */
  echoed: readonly SiteId[];
  role: Heartbeat["role"];
  hidden: boolean;
};

/** Decides how long a message travels, in ms; null loses it. */
export type Network = () => number | null;

/** Something that happened, for assertions and transcripts. */
export type Happening =
  | { readonly what: "view"; readonly atMs: number; readonly view: View }
  | { readonly what: "record"; readonly atMs: number; readonly event: TraceBody }
  | { readonly what: "renewal"; readonly atMs: number; readonly site: SiteId; readonly incarnation: number };

/** A pod in virtual time: the real coordinator, model sites, and a network that a test decides. */
export function createPod(options: { sites: readonly string[]; cluster: Cluster; network?: Network }) {
  const sites = options.sites as readonly SiteId[];
  const network = options.network ?? (() => 0);
  const queue: { at: number; order: number; run: () => void }[] = [];
  const lives = new Map<SiteId, Life>();
  /** Lives that were replaced while frozen: they may still believe in their lease. */
  const ghosts: Life[] = [];
  const happenings: Happening[] = [];
  let memory: CoordinatorMemory | null = null;
  let order = 0;
  let now = 0;
  let nextTick = tickMs;
  let coordinator: Coordinator = createCoordinator();
  let generationOfCoordinator = 0;
  let isDown = false;
  let refused: string | null = null;

  function later(delayMs: number, run: () => void): void {
    order += 1;
    queue.push({ at: now + delayMs, order, run });
  }

  function step(input: CoordinatorInput): void {
    if (isDown) return;
    for (const output of coordinator.step(input)) carryOut(output);
  }

  function carryOut(output: CoordinatorOutput): void {
    if (output.type === "persist") {
      if (memory?.view.number !== output.memory.view.number) {
        happenings.push({ what: "view", atMs: now, view: output.memory.view });
      }
      memory = structuredClone(output.memory);
    } else if (output.type === "record") happenings.push({ what: "record", atMs: now, event: output.event });
    else if (output.type === "answer") refused = output.refused;
    else deliver(output.to, structuredClone(output.message));
  }

  function deliver(to: SiteId, message: CoordinatorToSite): void {
    const life = lives.get(to);
    const delay = network();
    if (life === undefined || life.cut || delay === null) return;
    later(delay, () => receive(life, message));
  }

  function receive(life: Life, message: CoordinatorToSite): void {
    if (life.gone || life.cut || life.frozen) return;
    if (message.type === "view") obey(life, message.view);
    else {
      const beat = life.sent.get(message.beat);
      life.sent.delete(message.beat);
      life.echoed = message.syncSet;
      if (beat === undefined || !message.granted || life.view?.primary !== life.site) return;
      if (beat.epoch === life.view.epoch) {
        life.leaseUntil = Math.max(life.leaseUntil, beat.mono + message.leaseMs);
      }
    }
  }

  function obey(life: Life, view: View): void {
    if (life.view !== null && view.number <= life.view.number) return;
    if (life.view?.epoch !== view.epoch || life.view.primary !== view.primary) life.leaseUntil = -1;
    life.view = view;
    if (view.primary === life.site && life.role !== "rebuilding") life.role = "primary";
    if (view.primary !== life.site && life.role === "primary") life.role = "replica";
    beat(life);
  }

  function beat(life: Life): void {
    if (life.gone || life.frozen || life.view === null) return;
    const { view } = life;
    life.beat += 1;
    life.nextBeat = now + view.cluster.detector.heartbeatMs;
    life.sent.set(life.beat, { mono: now, epoch: view.epoch });
    toCoordinator(life, {
      type: "heartbeat",
      incarnation: life.incarnation,
      beat: life.beat,
      sentMono: now,
      viewNumber: view.number,
      epoch: view.epoch,
      generation: life.generation ?? view.generation,
      role: life.role,
      position: life.position,
      seenDigest: life.seenDigest,
      syncSet: [...life.syncSet],
      hidden: life.hidden,
    });
  }

  function toCoordinator(life: Life, message: SiteToCoordinator): void {
    const delay = network();
    if (life.cut || delay === null) return;
    const addressee = generationOfCoordinator;
    later(delay, () => {
      if (addressee !== generationOfCoordinator || life.cut) return;
      const before = lives.get(life.site) === life ? memory : null;
      step({ type: "message", mono: now, from: life.site, message: structuredClone(message) });
      if (message.type === "heartbeat" && before !== null && memory?.reign?.primary === life.site) {
        happenings.push({ what: "renewal", atMs: now, site: life.site, incarnation: life.incarnation });
      }
    });
  }

  /** Everything that is due at or before `until`, in order. */
  function run(forMs: number): void {
    const until = now + forMs;
    for (;;) {
      const next = queue.reduce<(typeof queue)[number] | null>(
        (best, item) =>
          best === null || item.at < best.at || (item.at === best.at && item.order < best.order)
            ? item
            : best,
        null,
      );
      const beating = [...lives.values()].filter((life) => !life.gone && !life.frozen && life.view !== null);
      const nextBeat = Math.min(...beating.map((life) => life.nextBeat));
      const at = Math.min(next?.at ?? Number.POSITIVE_INFINITY, nextBeat, nextTick);
      if (at > until) break;
      now = Math.max(now, at);
      if (next !== null && next.at === at) {
        queue.splice(queue.indexOf(next), 1);
        next.run();
      } else if (nextBeat === at) for (const life of beating.filter((one) => one.nextBeat === at)) beat(life);
      else {
        nextTick += tickMs;
        step({ type: "tick", mono: now });
      }
    }
    now = until;
  }

  function join(site: string): Life {
    const id = site as SiteId;
    const former = lives.get(id);
    if (former !== undefined && !former.gone) ghosts.push(former);
    const life: Life = {
      site: id,
      incarnation: (former?.incarnation ?? 0) + 1,
      cut: former?.cut ?? false,
      frozen: false,
      gone: false,
      view: null,
      beat: 0,
      nextBeat: Number.POSITIVE_INFINITY,
      sent: new Map(),
      leaseUntil: -1,
      position: former?.position ?? { epoch: 0, lsn: 0 },
      seenDigest: former?.seenDigest ?? "",
      generation: null,
      syncSet: [],
      echoed: [],
      role: "replica",
      hidden: false,
    };
    lives.set(id, life);
    if (!life.cut) step({ type: "connected", mono: now, site: id, incarnation: life.incarnation });
    return life;
  }

  /** Starts the coordinator, from what it last persisted if it was running before. */
  function start(): void {
    coordinator = createCoordinator();
    isDown = false;
    nextTick = now + tickMs;
    step({ type: "start", mono: now, members: sites, cluster: options.cluster, memory });
    for (const life of lives.values()) {
      if (life.gone || life.cut) continue;
      step({ type: "connected", mono: now, site: life.site, incarnation: life.incarnation });
    }
  }
  start();

  return {
    life: (site: string): Life => must(lives.get(site as SiteId), `${site} never joined`),
    lives: (): readonly Life[] => [...lives.values(), ...ghosts],
    now: () => now,
    view: () => coordinator.snapshot(now).view,
    snapshot: () => coordinator.snapshot(now),
    memory: () => must(memory, "nothing was persisted"),
    happenings: (): readonly Happening[] => happenings,
    /** Why the last `promote`, `configure` or `reset` was refused; null when it was not. */
    refused: () => refused,
    run,
    join,
    /** The tab of a site dies without a word; its connection closes. */
    crash(site: string): void {
      const life = must(lives.get(site as SiteId), `${site} never joined`);
      life.gone = true;
      if (!life.cut) step({ type: "disconnected", mono: now, site: life.site });
    },
    /** A clean close: the lease is given back. */
    close(site: string): void {
      const life = must(lives.get(site as SiteId), `${site} never joined`);
      const epoch = life.view?.epoch ?? 0;
      life.gone = true;
      toCoordinator(life, { type: "release", incarnation: life.incarnation, epoch, position: life.position });
      later(0, () => step({ type: "disconnected", mono: now, site: life.site }));
    },
    forget: (site: string) => step({ type: "forget", mono: now, site: site as SiteId }),
    promote: (site: string) => step({ type: "promote", mono: now, site: site as SiteId }),
    configure: (cluster: Cluster) => step({ type: "configure", mono: now, cluster }),
    reset: () => step({ type: "reset", mono: now }),
    /** A message that no honest site would send. */
    inject: (site: string, message: SiteToCoordinator) =>
      step({ type: "message", mono: now, from: site as SiteId, message }),
    /** The coordinator's process stops; what is under way to it is lost. */
    stop(): void {
      isDown = true;
      generationOfCoordinator += 1;
    },
    start,
    /** The coordinator's process is suspended: nothing is handled, then all at once, ticks first. */
    suspend(forMs: number): void {
      const until = now + forMs;
      nextTick = until;
      for (const item of queue) item.at = Math.max(item.at, until + 1);
      const waiting: { life: Life; at: number }[] = [];
      for (const life of lives.values()) {
        if (life.gone || life.frozen || life.view === null) continue;
        waiting.push({ life, at: Math.max(life.nextBeat, until + 1) });
        life.nextBeat = until + 1;
      }
      now = until;
      step({ type: "tick", mono: now });
      nextTick = now + tickMs;
    },
  };
}

export type TestPod = ReturnType<typeof createPod>;
