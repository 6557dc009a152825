import fc from "fast-check";
import { expect, test } from "vitest";
import { createFaultModel } from "@/lib/net/fault";
import { createFaultPipe } from "@/lib/net/fault-pipe";
import type { Lane } from "@/lib/net/link";
import { healthyLink, type LinkCondition } from "@/lib/protocol/faults";
import { createVirtualTiming } from "./virtual-timing";

const wrong = (what: Partial<LinkCondition>): LinkCondition => ({ ...healthyLink, ...what });

const anyCondition = fc.record({
  cut: fc.constant(false),
  pulled: fc.constant(false),
  delayMs: fc.integer({ min: 0, max: 500 }),
  jitterMs: fc.integer({ min: 0, max: 500 }),
  lossPct: fc.integer({ min: 0, max: 99 }),
  duplicatePct: fc.integer({ min: 0, max: 100 }),
  reorderPct: fc.integer({ min: 0, max: 100 }),
  bandwidthOps: fc.option(fc.integer({ min: 1, max: 1000 })),
});

/** A model under one condition, offered `count` messages of a lane every `everyMs`. */
function arrivals(
  condition: LinkCondition,
  lane: Lane,
  count: number,
  everyMs: number,
  seed = 1,
): (readonly number[])[] {
  const model = createFaultModel(seed, "lima>pune");
  model.set(0, condition);
  return Array.from({ length: count }, (_, i) => model.offer(i * everyMs, lane));
}

test("the same seed, name, condition and times give the same fates", () => {
  fc.assert(
    fc.property(anyCondition, fc.integer(), (condition, seed) => {
      expect(arrivals(condition, "replication", 30, 5, seed)).toEqual(
        arrivals(condition, "replication", 30, 5, seed),
      );
    }),
  );
});

test("a stream message arrives exactly once, never before its time and never before an earlier one", () => {
  fc.assert(
    fc.property(anyCondition, (condition) => {
      const fates = arrivals(condition, "stream", 40, 3);
      let before = 0;
      for (const [i, fate] of fates.entries()) {
        expect(fate).toHaveLength(1);
        const at = fate[0] ?? -1;
        expect(at).toBeGreaterThanOrEqual(Math.max(before, i * 3));
        before = at;
      }
    }),
  );
});

test("loss, duplication and reordering hit datagrams as often as they say", () => {
  const count = 4_000;
  const lost = arrivals(wrong({ lossPct: 30 }), "replication", count, 1).filter((fate) => fate.length === 0);
  const doubled = arrivals(wrong({ duplicatePct: 20 }), "replication", count, 1).filter(
    (fate) => fate.length === 2,
  );
  const held = arrivals(wrong({ reorderPct: 10 }), "replication", count, 1).filter(([at = 0], i) => at > i);
  expect(lost.length / count).toBeCloseTo(0.3, 1);
  expect(doubled.length / count).toBeCloseTo(0.2, 1);
  expect(held.length / count).toBeCloseTo(0.1, 1);
  const times = arrivals(wrong({ reorderPct: 10 }), "replication", 200, 5).flat();
  expect(times).not.toEqual(times.toSorted((a, b) => a - b));
});

test("each further loss of a stream message doubles its delay from 200 ms on", () => {
  const delays = arrivals(wrong({ lossPct: 60 }), "stream", 500, 100_000).map(
    ([at = 0], i) => at - i * 100_000,
  );
  const possible = [0, 200, 600, 1_400, 3_000, 6_200, 12_600, 25_400];
  expect(delays.filter((delay) => !possible.includes(delay))).toEqual([]);
  expect(delays.filter((delay) => delay === 200).length).toBeGreaterThan(50);
});

test("jitter spreads arrivals to both sides of the delay", () => {
  const transits = arrivals(wrong({ delayMs: 100, jitterMs: 30 }), "replication", 1_000, 1).map(
    ([at = 0], i) => at - i,
  );
  expect(Math.min(...transits)).toBeGreaterThanOrEqual(70);
  expect(Math.max(...transits)).toBeLessThanOrEqual(130);
  expect(transits.reduce((sum, each) => sum + each, 0) / transits.length).toBeCloseTo(100, -1);
});

test("a narrow link lets so many messages a second through; its queue drops datagrams and keeps streams", () => {
  const streamed = arrivals(wrong({ bandwidthOps: 10 }), "stream", 100, 0).flat();
  expect(streamed.at(-1)).toBe(9_900);
  const datagrams = arrivals(wrong({ bandwidthOps: 10 }), "replication", 100, 0);
  expect(datagrams.filter((fate) => fate.length === 1)).toHaveLength(51);
});

test("cut, pulled, and total loss are all silence on both lanes", () => {
  for (const silent of [wrong({ cut: true }), wrong({ pulled: true }), wrong({ lossPct: 100 })]) {
    for (const lane of ["stream", "replication"] as const) {
      expect(arrivals(silent, lane, 20, 1).flat()).toEqual([]);
    }
  }
});

test("a cut kills what is on its way, a mend does not bring it back, and what comes after is untouched", () => {
  const timing = createVirtualTiming();
  const out: string[] = [];
  const pipe = createFaultPipe<string>({
    seed: 1,
    name: "a>b",
    timing,
    deliver: (message) => out.push(message),
  });
  pipe.set(wrong({ delayMs: 100 }));
  pipe.offer("stream", 10, "dies");
  pipe.offer("replication", 10, "dies");
  timing.advance(50);
  expect(pipe.set(wrong({ cut: true }))).toBe(true);
  expect(pipe.offer("stream", 10, "never sent")).toBe(0);
  expect(pipe.pendingBytes()).toBe(0);
  expect(pipe.set(healthyLink)).toBe(false);
  pipe.offer("stream", 10, "lives");
  timing.advance(1_000);
  expect(out).toEqual(["lives"]);
});

test("a cut made while a message is being delivered spares nothing behind it", () => {
  const timing = createVirtualTiming();
  const out: number[] = [];
  const pipe = createFaultPipe<number>({
    seed: 1,
    name: "a>b",
    timing,
    deliver(message) {
      out.push(message);
      if (message === 2) pipe.set(wrong({ cut: true }));
    },
  });
  pipe.set(wrong({ delayMs: 10 }));
  for (const message of [1, 2, 3, 4]) pipe.offer("stream", 1, message);
  timing.advance(100);
  expect(out).toEqual([1, 2]);
});

test("when a long delay is healed nobody waits it out, and streams stay in order", () => {
  const timing = createVirtualTiming();
  const out: number[] = [];
  const pipe = createFaultPipe<number>({
    seed: 1,
    name: "a>b",
    timing,
    deliver: (message) => out.push(message),
  });
  pipe.set(wrong({ delayMs: 60_000 }));
  for (const message of [1, 2, 3]) pipe.offer("stream", 1, message);
  pipe.set(healthyLink);
  pipe.offer("stream", 1, 4);
  timing.advance(1);
  expect(out).toEqual([1, 2, 3, 4]);
});

test("a healthy pipe hands on within the call, and holds datagrams in bounds when it is slow", () => {
  const timing = createVirtualTiming();
  let out = 0;
  const pipe = createFaultPipe<null>({ seed: 1, name: "a>b", timing, deliver: () => (out += 1) });
  pipe.offer("replication", 1, null);
  expect(out).toBe(1);
  pipe.set(wrong({ delayMs: 1_000 }));
  for (let i = 0; i < 100; i += 1) pipe.offer("replication", 100_000, null);
  expect(pipe.pendingBytes()).toBeLessThanOrEqual(1024 * 1024);
  for (let i = 0; i < 100; i += 1) pipe.offer("stream", 100_000, null);
  timing.advance(2_000);
  expect(out).toBe(1 + 10 + 100);
});
