import { createHeap } from "../kernel/heap";

/** Virtual time. Events at the same time happen in the order in which they were asked for. */
export type Schedule = {
  /** Milliseconds since the start of the run, in whole microseconds. */
  readonly nowMs: () => number;
  /** Runs `run` once, `delayMs` from now (rounded to a microsecond); the result cancels it. */
  readonly after: (delayMs: number, run: () => void) => () => void;
  /** How many events have happened, and how many were waiting at most. */
  readonly count: () => Happened;
  /** Runs every event up to and including `untilMs`, and leaves the time there. */
  readonly runUntil: (untilMs: number) => void;
};

export type Happened = { readonly events: number; readonly mostPending: number };

type Event = { readonly atUs: number; readonly order: number; run: (() => void) | null };

/** Creates an empty schedule at time zero. */
export function createSchedule(): Schedule {
  const events = createHeap<Event>((a, b) => a.atUs < b.atUs || (a.atUs === b.atUs && a.order < b.order));
  let nowUs = 0;
  let asked = 0;
  let happened = 0;
  let mostPending = 0;

  return {
    nowMs: () => nowUs / 1000,
    after(delayMs, run) {
      asked += 1;
      const event: Event = { atUs: nowUs + Math.max(0, Math.round(delayMs * 1000)), order: asked, run };
      events.push(event);
      if (events.size() > mostPending) mostPending = events.size();
      return () => {
        event.run = null;
      };
    },
    count: () => ({ events: happened, mostPending }),
    runUntil(untilMs) {
      const untilUs = Math.round(untilMs * 1000);
      for (let next = events.peek(); next !== undefined && next.atUs <= untilUs; next = events.peek()) {
        events.pop();
        nowUs = next.atUs;
        if (next.run === null) continue;
        happened += 1;
        next.run();
      }
      nowUs = Math.max(nowUs, untilUs);
    },
  };
}
