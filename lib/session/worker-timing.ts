import type { Timing } from "../net/timing";

/** The whole Worker: it only keeps time. What is due is done by the page, so a hung page still goes silent. */
const workerSource = `
const handles = new Map();
onmessage = ({ data: { id, ms } }) => {
  if (ms === null) { clearTimeout(handles.get(id)); handles.delete(id); return; }
  handles.set(id, setTimeout(() => { handles.delete(id); postMessage(id); }, ms));
};`;

export type WorkerTiming = Timing & { readonly close: () => void };

/**
 * Timers that a hidden tab does not slow down: they run in a Worker (from a blob, so that the CSP
 * needs no more than `worker-src blob:`). Where no Worker can be had, the page's own timers serve.
 */
export function createWorkerTiming(now: () => number): WorkerTiming {
  const due = new Map<number, { readonly run: () => void; readonly at: number; handle?: number }>();
  let worker = startWorker();
  let nextId = 1;

  if (worker !== null) {
    worker.onmessage = ({ data }: MessageEvent<number>) => fire(data);
    // A policy may forbid the Worker only after it was made; then what waits moves to the page's timers.
    worker.onerror = () => {
      worker = null;
      for (const [id, timer] of due) timer.handle = arm(id, timer.at - now());
    };
  }

  function fire(id: number): void {
    const timer = due.get(id);
    due.delete(id);
    timer?.run();
  }

  function arm(id: number, ms: number): number {
    return setTimeout(() => fire(id), Math.max(0, ms)) as unknown as number;
  }

  function after(ms: number, run: () => void): () => void {
    const id = nextId++;
    const timer: { run: () => void; at: number; handle?: number } = { run, at: now() + ms };
    due.set(id, timer);
    if (worker === null) timer.handle = arm(id, ms);
    else worker.postMessage({ id, ms });
    return () => {
      if (!due.delete(id)) return;
      if (timer.handle !== undefined) clearTimeout(timer.handle);
      else worker?.postMessage({ id, ms: null });
    };
  }

  return {
    now,
    after,
    close: () => {
      due.clear();
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
