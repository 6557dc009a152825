import { createHeap } from "../kernel/heap";
import { healthyLink, type LinkCondition } from "../protocol/faults";
import { limits } from "../protocol/limits";
import { createFaultModel, isSameCondition } from "./fault";
import type { Lane } from "./link";
import type { Timing } from "./timing";

/** The fault layer of one direction at work: messages go in, and come out when and if the model says. */
export type FaultPipe<T> = {
  /**
   * Sends a message; a healthy pipe with nothing in it hands it on within this call. Returns how
   * many copies are on their way or there: 0 when it died at once.
   */
  readonly offer: (lane: Lane, bytes: number, message: T) => number;
  /** Puts another condition in force. Returns true when that cut the link and killed what was on its way. */
  readonly set: (condition: LinkCondition) => boolean;
  /** Kills everything on its way. */
  readonly clear: () => void;
  /** Bytes on their way. */
  readonly pendingBytes: () => number;
};

type Flight<T> = {
  readonly at: number;
  /** Breaks ties, so that equal times keep the order of sending. */
  readonly n: number;
  readonly bytes: number;
  readonly message: T;
};

/**
 * Drives one `FaultModel` with an injected timer. Datagrams over the link's queue limit are
 * dropped; streams wait. `deliver` takes what has survived.
 */
export function createFaultPipe<T>(options: {
  readonly seed: number;
  readonly name: string;
  readonly timing: Timing;
  readonly deliver: (message: T) => void;
}): FaultPipe<T> {
  const { timing } = options;
  const model = createFaultModel(options.seed, options.name);
  let flights = createHeap<Flight<T>>(sooner);
  let condition = healthyLink;
  let pendingBytes = 0;
  let sent = 0;
  let timer: { readonly at: number; readonly cancel: () => void } | null = null;

  function arm(): void {
    const next = flights.peek();
    if (next === undefined || (timer !== null && timer.at <= next.at)) return;
    timer?.cancel();
    timer = { at: next.at, cancel: timing.after(Math.max(0, next.at - timing.now()), land) };
  }

  function land(): void {
    timer = null;
    const generation = model.generation();
    for (let next = flights.peek(); next !== undefined && next.at <= timing.now(); next = flights.peek()) {
      flights.pop();
      pendingBytes -= next.bytes;
      options.deliver(next.message);
      if (model.generation() !== generation) return;
    }
    arm();
  }

  function clear(): void {
    flights = createHeap<Flight<T>>(sooner);
    pendingBytes = 0;
    timer?.cancel();
    timer = null;
  }

  /** A link that got better brings forward what is on its way: nobody waits out a delay that is gone. */
  function hasten(): void {
    const latest = model.latest(timing.now());
    const held = flights;
    flights = createHeap<Flight<T>>(sooner);
    for (let flight = held.pop(); flight !== undefined; flight = held.pop()) {
      flights.push({ ...flight, at: Math.min(flight.at, latest) });
    }
    arm();
  }

  return {
    offer(lane, bytes, message) {
      const now = timing.now();
      const full = lane === "replication" && pendingBytes + bytes > limits.linkQueueBytes;
      const arrivals = full ? [] : model.offer(now, lane);
      for (const at of arrivals) {
        if (at <= now && flights.size() === 0) {
          options.deliver(message);
          continue;
        }
        sent += 1;
        pendingBytes += bytes;
        flights.push({ at, n: sent, bytes, message });
      }
      arm();
      return arrivals.length;
    },
    set(next) {
      if (isSameCondition(next, condition)) return false;
      condition = next;
      const before = model.generation();
      model.set(timing.now(), next);
      const died = model.generation() !== before;
      if (died) clear();
      else hasten();
      return died;
    },
    clear,
    pendingBytes: () => pendingBytes,
  };
}

function sooner<T>(a: Flight<T>, b: Flight<T>): boolean {
  return a.at < b.at || (a.at === b.at && a.n < b.n);
}
