import { createHeap } from "../kernel/heap";
import type { Timing } from "../net/timing";

/** The whole Worker: one alarm clock. What is due is done by the page, so a hung page still goes silent. */
const workerSource = `
let alarm;
onmessage = ({ data: ms }) => {
  clearTimeout(alarm);
  alarm = setTimeout(() => postMessage(null), ms);
};`;

export type WorkerTiming = Timing & { readonly close: () => void };

/** `n` breaks ties; `run` is null once cancelled. */
type Timer = { readonly at: number; readonly n: number; run: (() => void) | null };

/**
 * Timers that a hidden tab does not slow down: a Worker (from a blob, so that the CSP needs no more
 * than `worker-src blob:`) wakes the page for the earliest of them. Only an earlier one than that
 * costs a message: almost every timer is a deadline that is cancelled long before it is due. Where
 * no Worker can be had, the page's own timers serve.
 */
export function createWorkerTiming(now: () => number): WorkerTiming {
  const timers = createHeap<Timer>((a, b) => a.at < b.at || (a.at === b.at && a.n < b.n));
  let worker = startWorker();
  let made = 0;
  let wakeAt = Number.POSITIVE_INFINITY;
  let closed = false;

  if (worker !== null) {
    worker.onmessage = wake;
    // A policy may forbid the Worker only after it was made; then the page's own timers take over.
    worker.onerror = () => {
      worker = null;
      wakeAt = Number.POSITIVE_INFINITY;
      arm();
    };
  }

  /** The first timer that still stands. */
  function first(): Timer | undefined {
    while (timers.peek()?.run === null) timers.pop();
    return timers.peek();
  }

  function arm(): void {
    const next = first();
    if (closed || next === undefined || next.at >= wakeAt) return;
    wakeAt = next.at;
    const ms = Math.max(0, next.at - now());
    if (worker === null) setTimeout(wake, ms);
    else worker.postMessage(ms);
  }

  /** Runs what is due; what that asks for anew waits for another turn, even where it is due at once. */
  function wake(): void {
    if (closed) return;
    wakeAt = Number.POSITIVE_INFINITY;
    const dueAt = now();
    const last = made;
    try {
      for (let due = first(); due !== undefined && due.at <= dueAt && due.n <= last; due = first()) {
        timers.pop();
        due.run?.();
      }
    } finally {
      arm();
    }
  }

  return {
    now,
    after: (ms, run) => {
      made += 1;
      const timer: Timer = { at: now() + ms, n: made, run };
      timers.push(timer);
      arm();
      return () => {
        timer.run = null;
      };
    },
    close: () => {
      closed = true;
      worker?.terminate();
    },
  };
}

function startWorker(): Worker | null {
  if (typeof Worker === "undefined") return null;
  try {
    const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
    const worker = new Worker(url);
    URL.revokeObjectURL(url);
    return worker;
  } catch {
    return null;
  }
}
