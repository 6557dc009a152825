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
  /** Every view it obeyed: when, and whom it named. */
  readonly obeyed: { readonly at: number; readonly primary: SiteId | null }[];
  /** What arrived while it was frozen. */
  readonly inbox: CoordinatorToSite[];
  /** True once it has sent its release. */
  released: boolean;
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

export type Promotion = {
  readonly atMs: number;
  readonly before: CoordinatorMemory;
  readonly after: CoordinatorMemory;
};

/** A lease as its holder sees it. */
export type Held = { readonly life: Life; readonly epoch: number; readonly from: number; until: number };

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

/** A pod in virtual time: the real coordinator, model sites, and a network that a test decides. */
export function createPod(options: { sites: readonly string[]; cluster: Cluster; network?: Network }) {
  const sites = options.sites as readonly SiteId[];
  const network = options.network ?? (() => 0);
  const queue: { at: number; order: number; run: () => void }[] = [];
  const lives = new Map<SiteId, Life>();
  /** Every life there ever was; one that was replaced while frozen may still believe in its lease. */
  const everyLife: Life[] = [];
  const happenings: Happening[] = [];
  const inputs: CoordinatorInput[] = [];
  const held: Held[] = [];
  const promotions: Promotion[] = [];
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
    inputs.push(input);
    for (const output of coordinator.step(input)) carryOut(output);
  }

  function carryOut(output: CoordinatorOutput): void {
    if (output.type === "persist") {
      if (memory?.view.number !== output.memory.view.number) {
        happenings.push({ what: "view", atMs: now, view: output.memory.view });
      }
      const after = structuredClone(output.memory);
      if (memory !== null && after.reign !== null && after.view.epoch > memory.view.epoch) {
        promotions.push({ atMs: now, before: memory, after });
      }
      memory = after;
    } else if (output.type === "record") happenings.push({ what: "record", atMs: now, event: output.event });
    else if (output.type === "answer") refused = output.refused;
    else {
      if (output.message.type === "beat-reply" && output.message.granted) {
        const incarnation = must(incarnationOf(output.to), "only a connected site is answered");
        happenings.push({
          what: "renewal",
          atMs: now,
          site: output.to,
          incarnation,
          untilMs: now + output.message.leaseMs + 500,
        });
      }
      deliver(output.to, structuredClone(output.message));
    }
  }

  function incarnationOf(site: SiteId): number | undefined {
    return coordinator.snapshot(now).sites.find((belief) => belief.site === site)?.incarnation;
  }

  function deliver(to: SiteId, message: CoordinatorToSite): void {
    const life = lives.get(to);
    const delay = network();
    if (life === undefined || life.cut || delay === null) return;
    later(delay, () => receive(life, message));
  }

  function receive(life: Life, message: CoordinatorToSite): void {
    if (life.gone || life.cut) return;
    if (life.frozen) {
      life.inbox.push(message);
      return;
    }
    if (message.type === "view") obey(life, message.view);
    else {
      const beat = life.sent.get(message.beat);
      life.sent.delete(message.beat);
      life.echoed = message.syncSet;
      if (beat === undefined || !message.granted || life.view?.primary !== life.site) return;
      if (beat.epoch === life.view.epoch) {
        life.leaseUntil = Math.max(life.leaseUntil, beat.mono + message.leaseMs);
        held.push({ life, epoch: beat.epoch, from: now, until: life.leaseUntil });
      }
    }
  }

  function dropLease(life: Life): void {
    life.leaseUntil = -1;
    for (const lease of held) if (lease.life === life) lease.until = Math.min(lease.until, now);
  }

  function obey(life: Life, view: View): void {
    if (life.view !== null && view.number <= life.view.number) return;
    if (life.view?.epoch !== view.epoch || life.view.primary !== view.primary) dropLease(life);
    life.view = view;
    life.obeyed.push({ at: now, primary: view.primary });
    pod.onView?.(life, view);
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
    toCoordinator(life, heartbeatOf(life, view));
  }

  function heartbeatOf(life: Life, view: View): Heartbeat {
    return {
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
    };
  }

  function toCoordinator(life: Life, message: SiteToCoordinator): void {
    const delay = network();
    if (life.cut || delay === null) return;
    const addressee = generationOfCoordinator;
    later(delay, () => {
      if (addressee !== generationOfCoordinator || life.cut) return;
      step({ type: "message", mono: now, from: life.site, message: structuredClone(message) });
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

  function end(life: Life): void {
    dropLease(life);
    life.gone = true;
  }

  function join(site: string): Life {
    const id = site as SiteId;
    const former = lives.get(id);
    // The host numbers a new life only after the old one did not answer: it is gone, or frozen.
    if (former !== undefined && !former.frozen) end(former);
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
      obeyed: [],
      inbox: [],
      released: false,
      position: former?.position ?? { epoch: 0, lsn: 0 },
      seenDigest: former?.seenDigest ?? "",
      generation: null,
      syncSet: [],
      echoed: [],
      role: "replica",
      hidden: false,
    };
    lives.set(id, life);
    everyLife.push(life);
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

  const pod = {
    /** Called when a site obeys a view, before it reports that. */
    onView: null as ((life: Life, view: View) => void) | null,
    life: (site: string): Life => must(lives.get(site as SiteId), `${site} never joined`),
    lives: (): readonly Life[] => everyLife,
    now: () => now,
    view: () => coordinator.snapshot(now).view,
    snapshot: () => coordinator.snapshot(now),
    memory: () => must(memory, "nothing was persisted"),
    /** Every new reign, with what was remembered before and after. */
    promotions: (): readonly Promotion[] => promotions,
    /** Every lease by its holder's own arithmetic, up to when it stepped down or ended. */
    held: (): readonly Held[] => held,
    inputs: (): readonly CoordinatorInput[] => inputs,
    happenings: (): readonly Happening[] => happenings,
    /** Why the last `promote`, `configure` or `reset` was refused; null when it was not. */
    refused: () => refused,
    run,
    join,
    /** The tab of a site dies without a word; its connection closes. */
    crash(site: string): void {
      const life = must(lives.get(site as SiteId), `${site} never joined`);
      end(life);
      if (!life.cut) step({ type: "disconnected", mono: now, site: life.site });
    },
    /** The process of a site is stopped; messages wait for it. */
    freeze(site: string): void {
      must(lives.get(site as SiteId), `${site} never joined`).frozen = true;
    },
    thaw(site: string): void {
      const life = must(lives.get(site as SiteId), `${site} never joined`);
      life.frozen = false;
      for (const message of life.inbox.splice(0)) receive(life, message);
    },
    /** The socket closes and opens again, for the same life. */
    reconnect(site: string): void {
      const { site: id, incarnation } = must(lives.get(site as SiteId), `${site} never joined`);
      step({ type: "disconnected", mono: now, site: id });
      step({ type: "connected", mono: now, site: id, incarnation });
    },
    /** A clean close: the lease is given back. */
    close(site: string): void {
      const life = must(lives.get(site as SiteId), `${site} never joined`);
      const epoch = life.view?.epoch ?? 0;
      end(life);
      life.released = true;
      toCoordinator(life, { type: "release", incarnation: life.incarnation, epoch, position: life.position });
      later(0, () => step({ type: "disconnected", mono: now, site: life.site }));
    },
    forget: (site: string) => step({ type: "forget", mono: now, site: site as SiteId }),
    promote: (site: string) => step({ type: "promote", mono: now, site: site as SiteId }),
    configure: (cluster: Cluster) => step({ type: "configure", mono: now, cluster }),
    reset: () => step({ type: "reset", mono: now }),
    /** What the site would report now. */
    heartbeat(site: string): Heartbeat {
      const life = must(lives.get(site as SiteId), `${site} never joined`);
      return heartbeatOf(life, must(life.view, `${site} has no view`));
    },
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
      for (const life of lives.values()) life.nextBeat = Math.max(life.nextBeat, until + 1);
      now = until;
      step({ type: "tick", mono: now });
      nextTick = now + tickMs;
    },
  };
  start();
  return pod;
}

export type TestPod = ReturnType<typeof createPod>;
