import type {
  Engine,
  EngineIdentity,
  EngineInput,
  EngineOutput,
  EngineSnapshot,
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

/** An input without its time: the host adds it when the engine takes the input. */
export type Untimed = EngineInput extends infer Input
  ? Input extends unknown
    ? Omit<Input, "now">
    : never
  : never;

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
  /** Gives the engine an input; a site that is down ignores it. `before` runs when the input is taken. */
  readonly input: (input: Untimed, before?: () => void) => void;
  readonly snapshot: () => EngineSnapshot;
};

type Waiting = { readonly input: Untimed; readonly before: (() => void) | undefined };
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
  let inbox: Waiting[] = [];
  let lateTimers: { readonly input: Untimed }[] = [];

  function take(input: Untimed, before?: () => void): void {
    if (life === null) return;
    if (!isPaused) handle(life, input, before);
    else if (input.type === "timer") lateTimers.push({ input });
    else inbox.push({ input, before });
  }

  function handle(current: Life, input: Untimed, before?: () => void): void {
    before?.();
    const now = clock.read(schedule.nowMs());
    for (const output of current.engine.step({ ...input, now } as EngineInput)) carryOut(current, output);
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
        disk.write(output.records, output.replace, () => take({ type: "persisted", seq: output.seq }));
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
    lateTimers = lateTimers.filter(({ input }) => !(input.type === "timer" && input.id === id));
  }

  function setTimer(current: Life, id: TimerId, afterMs: number): void {
    cancelTimer(current, id);
    const cancel = schedule.after(clock.trueDelayMs(afterMs), () => {
      current.timers.delete(id);
      if (!current.isOver) take({ type: "timer", id });
    });
    current.timers.set(id, cancel);
  }

  function resume(): void {
    isPaused = false;
    const waiting = inbox;
    inbox = [];
    for (const { input, before } of waiting) take(input, before);
    // A message may have cancelled a timer that is late, so this looks at what is left.
    for (let late = lateTimers.shift(); late !== undefined; late = lateTimers.shift()) take(late.input);
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
      handle(life, { type: "start", journal: disk.read() });
      if (applyPerSec !== null) handle(life, { type: "condition", applyPerSec });
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
      take({ type: "condition", applyPerSec });
    },
    input: take,
    snapshot: () => must(life, "a site that is down shows nothing").engine.snapshot(),
  };
}
