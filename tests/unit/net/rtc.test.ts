import { expect, test } from "vitest";
import { must } from "@/lib/kernel/assert";
import { createPermits } from "@/lib/net/permits";
import { createDirectPath } from "@/lib/net/rtc";
import type { Signal } from "@/lib/protocol/lab/wire";
import { createFakeConnection, type FakeConnection } from "./fake-connection";
import { createVirtualTiming } from "./virtual-timing";

/** One end of a direct path with connections made of air. */
function openPath(isInitiator: boolean) {
  const timing = createVirtualTiming();
  const made: FakeConnection[] = [];
  const signals: Signal[] = [];
  const events: string[] = [];
  const browser = { refuses: false };
  let lastNumber = 0;
  const path = createDirectPath({
    isInitiator,
    make() {
      if (browser.refuses) throw new Error("Cannot create so many PeerConnections");
      const connection = createFakeConnection();
      made.push(connection);
      return connection.pc;
    },
    permits: createPermits(timing),
    timing,
    nextNumber() {
      lastNumber += 1;
      return lastNumber;
    },
    events: {
      onSignal: (signal) => signals.push(signal),
      onOpen: () => events.push("open"),
      onClosed: () => events.push("closed"),
      onFrame: () => undefined,
      onDrain: () => undefined,
      onChange: () => undefined,
    },
  });
  const latest = () => must(made.at(-1), "a connection");
  return { timing, path, made, signals, events, browser, latest };
}

/** Lets promises of the exchange settle. */
const settle = () => new Promise((resolve) => setImmediate(resolve));
const offer = (attempt: number): Signal => ({ type: "offer", attempt, sdp: `offer ${attempt}` });
const candidate = (attempt: number, name: string): Signal => ({
  type: "candidate",
  attempt,
  candidate: name,
  sdpMid: "0",
  sdpMLineIndex: 0,
});

test("the initiator's offer goes before its candidates, and it is open once, though both channels say so", async () => {
  const { path, signals, events, latest } = openPath(true);
  path.start();
  await settle();
  expect(signals.map(({ type }) => type)).toEqual(["offer", "candidate"]);
  path.signal({ type: "answer", attempt: 1, sdp: "answer" });
  path.signal({ type: "answer", attempt: 1, sdp: "answer twice" });
  await settle();
  latest().open();
  expect(events).toEqual(["open"]);
  expect(latest().remote).toEqual(["answer"]);
});

test("both channels closing take the path down once, and the next attempt's number is higher", async () => {
  const { path, timing, signals, events, latest, made } = openPath(true);
  path.start();
  await settle();
  latest().open();
  latest().breakDown();
  expect(events).toEqual(["open", "closed"]);
  expect(made[0]?.isClosed()).toBe(true);
  timing.advance(250);
  await settle();
  const numbers = signals.filter(({ type }) => type === "offer").map(({ attempt }) => attempt);
  expect(numbers).toEqual([1, 2]);
});

test("the answerer asks and never offers; candidates that come before the description is set wait for it", async () => {
  const { path, signals, latest } = openPath(false);
  path.start();
  expect(signals).toEqual([{ type: "want", attempt: 0 }]);
  path.signal(offer(7));
  path.signal(candidate(7, "early"));
  expect(latest().candidates).toEqual([]);
  await settle();
  path.signal(candidate(7, "late"));
  await settle();
  expect(latest().candidates).toEqual(["early", "late"]);
  expect(signals.some(({ type }) => type === "offer")).toBe(false);
  expect(signals.filter(({ type }) => type === "answer")).toEqual([
    { type: "answer", attempt: 7, sdp: "local" },
  ]);
});

test("signals of older attempts, repeated offers and signals of the wrong side change nothing", async () => {
  const { path, made, latest } = openPath(false);
  path.start();
  path.signal(offer(7));
  await settle();
  path.signal(offer(6));
  path.signal(offer(7));
  path.signal(candidate(6, "stale"));
  path.signal({ type: "want", attempt: 99 });
  path.signal({ type: "answer", attempt: 7, sdp: "nonsense" });
  await settle();
  expect(made).toHaveLength(1);
  expect(latest().remote).toEqual(["offer 7"]);
  expect(latest().candidates).toEqual([]);
  path.signal(offer(8));
  await settle();
  expect(made.map(({ isClosed }) => isClosed())).toEqual([true, false]);
});

test("an attempt has 4 s to open, the next 8, then 16; pauses double from 250 ms to 8 s, then one try in 30 s", async () => {
  const { path, timing, made } = openPath(true);
  path.start();
  const lives: { readonly bornAt: number; diedAt: number | null }[] = [];
  for (let ms = 0; ms < 300_000; ms += 50) {
    if (made.length > lives.length) lives.push({ bornAt: timing.now(), diedAt: null });
    timing.advance(50);
    const last = must(lives.at(-1), "an attempt");
    if (made.at(-1)?.isClosed()) last.diedAt ??= timing.now();
  }
  const ended = lives.flatMap(({ bornAt, diedAt }) => (diedAt === null ? [] : [{ bornAt, diedAt }]));
  const patience = ended.map(({ bornAt, diedAt }) => diedAt - bornAt);
  expect(patience.slice(0, 5)).toEqual([4_000, 8_000, 16_000, 16_000, 16_000]);
  const pauses = ended.slice(1).map(({ bornAt }, i) => bornAt - must(ended[i], "the one before").diedAt);
  expect(pauses.slice(0, 10)).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 30_000, 30_000]);
  expect(path.reason()).toBe("no direct path was found in 16 s");
  expect(made.filter(({ isClosed }) => !isClosed()).length).toBeLessThanOrEqual(1);
});

test("a late answerer's wish repeats the offer; a wish after the answer means a new attempt", async () => {
  const { path, signals, made } = openPath(true);
  path.start();
  await settle();
  path.signal({ type: "want", attempt: 0 });
  expect(signals.filter(({ type }) => type === "offer").map(({ attempt }) => attempt)).toEqual([1, 1]);
  expect(made).toHaveLength(1);
  path.signal({ type: "answer", attempt: 1, sdp: "answer" });
  await settle();
  path.signal({ type: "want", attempt: 1 });
  await settle();
  expect(signals.findLast(({ type }) => type === "offer")).toMatchObject({ attempt: 2 });
  expect(made).toHaveLength(2);
});

test("stopped, it closes at once and refuses every signal; started again, it begins at once", async () => {
  const { path, made, events, latest } = openPath(true);
  path.start();
  await settle();
  latest().open();
  path.stop();
  expect(latest().isClosed()).toBe(true);
  expect(events).toEqual(["open", "closed"]);
  path.signal({ type: "want", attempt: 50 });
  expect(made).toHaveLength(1);
  path.start();
  expect(made).toHaveLength(2);
});

test("a browser that refuses another connection is left alone for 30 s", () => {
  const { path, timing, made, browser } = openPath(true);
  browser.refuses = true;
  path.start();
  expect(path.reason()).toBe("this browser has too many connections open; it tries again in 30 s");
  browser.refuses = false;
  timing.advance(29_900);
  expect(made).toHaveLength(0);
  timing.advance(200);
  expect(made).toHaveLength(1);
});

test("a tab makes twenty connections at once and then five a second", () => {
  const timing = createVirtualTiming();
  const permits = createPermits(timing);
  let granted = 0;
  const grab = () => {
    for (let i = 0; i < 100; i += 1) if (permits.take() === 0) granted += 1;
  };
  grab();
  expect(granted).toBe(20);
  timing.advance(2_000);
  grab();
  expect(granted).toBe(30);
  expect(permits.take()).toBeGreaterThan(0);
});
