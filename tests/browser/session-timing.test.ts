import { afterEach, expect, test, vi } from "vitest";
import { createFrameStore } from "../../lib/session/frame-store";
import { createWorkerTiming } from "../../lib/session/worker-timing";

const now = () => performance.now();
const after = (timing: { after: (ms: number, run: () => void) => unknown }, ms: number) =>
  new Promise<void>((resolve) => void timing.after(ms, resolve));

afterEach(() => vi.unstubAllGlobals());

test("timers ticked by a Worker fire in order, and cancelled ones never", async () => {
  const timing = createWorkerTiming(now);
  const fired: number[] = [];
  timing.after(40, () => fired.push(40));
  timing.after(5, () => fired.push(5));
  const cancel = timing.after(20, () => fired.push(20));
  cancel();
  await after(timing, 60);
  expect(fired).toEqual([5, 40]);
  timing.close();
});

test("what is due is never run inside the call that asked for it, even at once", async () => {
  const timing = createWorkerTiming(now);
  let ran = false;
  timing.after(0, () => {
    ran = true;
  });
  expect(ran).toBe(false);
  await after(timing, 1);
  expect(ran).toBe(true);
  timing.close();
});

test("where no Worker can be made the page's own timers serve", async () => {
  vi.stubGlobal("Worker", function refused() {
    throw new DOMException("forbidden", "SecurityError");
  });
  const timing = createWorkerTiming(now);
  await after(timing, 5);
  timing.close();
});

test("a Worker that a policy stops after it was made hands its timers to the page", async () => {
  let stopped: FakeWorker | null = null;
  type FakeWorker = { onmessage: unknown; onerror: (() => void) | null };
  vi.stubGlobal("Worker", function silent(this: FakeWorker & Record<string, unknown>) {
    stopped = this;
    this.postMessage = () => {};
    this.terminate = () => {};
  });
  const timing = createWorkerTiming(now);
  const waiting = after(timing, 5);
  (stopped as FakeWorker | null)?.onerror?.();
  await waiting;
  await after(timing, 1);
  timing.close();
});

test("only a timer earlier than all others costs a message to the Worker", async () => {
  const alarms: number[] = [];
  vi.stubGlobal("Worker", function counting(this: Record<string, unknown>) {
    this.postMessage = (ms: number) => alarms.push(ms);
    this.terminate = () => {};
  });
  const timing = createWorkerTiming(now);
  timing.after(1_000, () => {});
  for (let n = 0; n < 100; n += 1) timing.after(5_000, () => {})();
  expect(alarms).toHaveLength(1);
  timing.after(10, () => {});
  expect(alarms).toHaveLength(2);
  timing.close();
});

test("a timer that fails takes no other with it", async () => {
  vi.stubGlobal("Worker", undefined);
  const timing = createWorkerTiming(now);
  const failed = new Promise<void>((resolve) => {
    window.addEventListener(
      "error",
      (event) => {
        event.preventDefault();
        resolve();
      },
      { once: true },
    );
  });
  timing.after(5, () => {
    throw new Error("a timer of the test failed");
  });
  await after(timing, 5);
  await failed;
  timing.close();
});

test("a store gives the same object until something changed, and at most one new one a frame", async () => {
  let built = 0;
  const store = createFrameStore(() => ({ built: ++built }));
  const first = store.get();
  expect(store.get()).toBe(first);
  let told = 0;
  store.subscribe(() => {
    told += 1;
  });
  for (let n = 0; n < 100; n += 1) store.touch();
  expect(store.get()).toBe(first);
  await vi.waitFor(() => expect(told).toBe(1));
  expect(store.get()).toEqual({ built: 2 });
  store.close();
  store.touch();
  await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
  expect(built).toBe(2);
});

test("under a flood of changes a store builds a value every 50 ms at most", async () => {
  const builtAt: number[] = [];
  const store = createFrameStore(() => builtAt.push(performance.now()));
  while (builtAt.length < 5) {
    store.touch();
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  store.close();
  const gaps = builtAt.slice(2).map((at, i) => at - (builtAt[i + 1] ?? 0));
  for (const gap of gaps) expect(gap).toBeGreaterThanOrEqual(49);
});
