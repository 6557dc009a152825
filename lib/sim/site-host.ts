import type {
  Engine,
  EngineIdentity,
  EngineInput,
  EngineOutput,
  EngineSnapshot,
  Now,
  TimerId,
} from "../engine/types";
import { must, unreachable } from "../kernel/assert";
import type { Lane } from "../net/link";
import type { SiteToCoordinator } from "../protocol/coordination/message";
import type { OpId, SiteId } from "../protocol/ids";
import type { Outcome } from "../protocol/operation";
import type { SiteMessage } from "../protocol/site/message";
import type { TraceBody } from "../protocol/trace";
import { createDisk } from "./disk";
import type { Schedule } from "./schedule";
import type { SiteClock } from "./site-clock";

/** Makes an input at the moment the engine takes it: its time is the one that is then. */
export type Arrival = (now: Now) => EngineInput;

/** What a site's engine does to the world. */
export type SitePorts = {
  readonly send: (to: SiteId, lane: Lane, message: SiteMessage) => void;
  readonly coordinate: (message: SiteToCoordinator) => void;
  readonly reply: (opId: OpId, outcome: Outcome) => void;
  readonly record: (body: TraceBody) => void;
};

/** One site: an engine, its disk, its timers, and whether it is up. */
export type SiteHost = {
  readonly site: SiteId;
  readonly isUp: () => boolean;
  readonly isPaused: () => boolean;
  readonly incarnation: () => number;
  /** Starts the next incarnation from what the disk holds. */
  readonly start: () => void;
  /** Also a site that is down can lose its disk. */
  readonly crash: (disk: "kept" | "lost") => void;
  /** No handler runs, the inbox grows, time goes on. */
  readonly pause: () => void;
  /** What waits in the inbox is handled first, then the timers that are late. */
  readonly resume: () => void;
  /** How long a commit takes at least, from the next one on. */
  readonly setDiskDelayMs: (delayMs: number) => void;
  /** How many entries a second the engine can apply, in this incarnation and the next; null is unlimited. */
  readonly setApplyPerSec: (applyPerSec: number | null) => void;
  /** Gives the engine an input once it takes one; a site that is down never does. */
  readonly input: (arrival: Arrival) => void;
  readonly snapshot: () => EngineSnapshot;
};

/** One incarnation. What was set in motion by an earlier one finds `isOver` and does nothing. */
type Life = { readonly engine: Engine; readonly timers: Map<TimerId, () => void>; isOver: boolean };

/** Creates a site that is down. `index` is its place in the pod. */
export function createSiteHost(
  options: {
    readonly site: SiteId;
    readonly index: number;
    readonly schedule: Schedule;
    readonly clock: SiteClock;
    readonly commitMs: () => number;
    readonly createEngine: (identity: EngineIdentity) => Engine;
  } & SitePorts,
): SiteHost {
  const { site, schedule, clock } = options;
  let diskDelayMs = 0;
  let applyPerSec: number | null = null;
  const disk = createDisk(schedule, () => Math.max(options.commitMs(), diskDelayMs));
  let life: Life | null = null;
  let lives = 0;
  let isPaused = false;
  let inbox: Arrival[] = [];
  let lateTimers: TimerId[] = [];

  function take(arrival: Arrival): void {
    if (life === null) return;
    if (isPaused) inbox.push(arrival);
    else handle(life, arrival(now()));
  }

  function expire(id: TimerId): void {
    if (life === null) return;
    if (isPaused) lateTimers.push(id);
    else handle(life, { type: "timer", now: now(), id });
  }

  function now(): Now {
    return clock.read(schedule.nowMs());
  }

  function handle(current: Life, input: EngineInput): void {
    for (const output of current.engine.step(input)) carryOut(current, output);
  }

  function carryOut(current: Life, output: EngineOutput): void {
    switch (output.type) {
      case "send":
        options.send(output.to, output.lane, output.message);
        break;
      case "coordinate":
        options.coordinate(output.message);
        break;
      case "reply":
        options.reply(output.opId, output.outcome);
        break;
      case "record":
        options.record(output.event);
        break;
      case "persist":
        disk.write(output.records, output.replace, () =>
          take((now) => ({ type: "persisted", now, seq: output.seq })),
        );
        break;
      case "set-timer":
        setTimer(current, output.id, output.afterMs);
        break;
      case "cancel-timer":
        cancelTimer(current, output.id);
        break;
      default:
        unreachable(output);
    }
  }

  function cancelTimer(current: Life, id: TimerId): void {
    current.timers.get(id)?.();
    current.timers.delete(id);
    if (lateTimers.length > 0) lateTimers = lateTimers.filter((late) => late !== id);
  }

  function setTimer(current: Life, id: TimerId, afterMs: number): void {
    cancelTimer(current, id);
    const cancel = schedule.after(clock.trueDelayMs(afterMs), () => {
      current.timers.delete(id);
      if (!current.isOver) expire(id);
    });
    current.timers.set(id, cancel);
  }

  function resume(): void {
    isPaused = false;
    const waiting = inbox;
    inbox = [];
    for (const arrival of waiting) take(arrival);
    // A message may have cancelled a timer that is late, so this looks at what is left.
    for (let late = lateTimers.shift(); late !== undefined; late = lateTimers.shift()) expire(late);
  }

  return {
    site,
    isUp: () => life !== null,
    isPaused: () => isPaused,
    incarnation: () => lives,
    start() {
      if (life !== null) return;
      lives += 1;
      const engine = options.createEngine({ site, index: options.index, incarnation: lives });
      life = { engine, timers: new Map(), isOver: false };
      handle(life, { type: "start", now: now(), journal: disk.read() });
      if (applyPerSec !== null) handle(life, { type: "condition", now: now(), applyPerSec });
    },
    crash(fate) {
      if (life !== null) {
        life.isOver = true;
        for (const cancel of life.timers.values()) cancel();
      }
      life = null;
      isPaused = false;
      inbox = [];
      lateTimers = [];
      if (fate === "lost") disk.wipe();
      else disk.abandon();
    },
    pause() {
      isPaused = life !== null;
    },
    resume,
    setDiskDelayMs(delayMs) {
      diskDelayMs = delayMs;
    },
    setApplyPerSec(rate) {
      applyPerSec = rate;
      take((now) => ({ type: "condition", now, applyPerSec }));
    },
    input: take,
    snapshot: () => must(life, "a site that is down shows nothing").engine.snapshot(),
  };
}
