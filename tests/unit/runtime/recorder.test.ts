import { expect, test } from "vitest";
import { limits } from "../../../lib/protocol/limits";
import { type TraceEvent, traceEventSchema } from "../../../lib/protocol/trace";
import { createRecorder } from "../../../lib/runtime/recorder";
import { createFakeTiming } from "./fake-timing";
import { mumbai, pune } from "./fakes";

function createRig(firstE = 1) {
  const timing = createFakeTiming();
  const shipped: TraceEvent[][] = [];
  const skipped: string[] = [];
  const recorder = createRecorder({
    site: mumbai,
    firstE,
    timing,
    time: () => ({ atMs: timing.now(), errMs: 2, wallMs: 1_000 + timing.now() }),
    ship: (events) => shipped.push([...events]),
    onEvent: () => {},
    onSkipped: (name) => skipped.push(name),
  });
  return { recorder, timing, shipped, skipped };
}
const note = (text: string) => ({ kind: "note", text }) as const;

test("events are numbered from where the server stands, without gaps, and are valid trace events", () => {
  const { recorder, timing, shipped } = createRig(41);
  recorder.record(note("a"));
  recorder.record(note("b"));
  timing.advance(250);
  expect(shipped[0]?.map(({ e, vc }) => ({ e, own: vc.mumbai }))).toEqual([
    { e: 41, own: 41 },
    { e: 42, own: 42 },
  ]);
  for (const event of shipped[0] ?? []) expect(traceEventSchema.safeParse(event).success).toBe(true);
});

test("a batch goes out again until it is stored, and what is stored never does", () => {
  const { recorder, timing, shipped } = createRig();
  recorder.record(note("a"));
  timing.advance(1_000);
  expect(shipped).toHaveLength(1);
  timing.advance(2_000);
  expect(shipped.length).toBeGreaterThan(1);
  recorder.stored(1);
  const before = shipped.length;
  timing.advance(10_000);
  expect(shipped).toHaveLength(before);
});

test("what another site had seen comes before what happens here afterwards", () => {
  const { recorder, timing, shipped } = createRig();
  const stale = { type: "stale", epoch: 1 } as const;
  recorder.received(pune, stale, { vc: { pune: 7, mumbai: 99 }, hlc: { l: 50_000, c: 3 } }, 40);
  recorder.record(note("after"));
  timing.advance(250);
  const after = shipped[0]?.at(-1);
  // Nobody else moves this site's own counter.
  expect(after?.vc).toEqual({ pune: 7, mumbai: 2 });
  expect(after?.hlc).toEqual([50_000, 5]);
});

test("link events are recorded up to a rate, and what happened is always recorded", () => {
  const { recorder, timing, shipped, skipped } = createRig();
  for (let n = 0; n < 1_000; n += 1) recorder.sent(pune, { type: "stale", epoch: 1 }, 40);
  recorder.record(note("promoted"));
  for (let n = 0; n < 20; n += 1) {
    timing.advance(250);
    recorder.stored(shipped.at(-1)?.at(-1)?.e ?? 0);
  }
  const events = shipped.flat();
  expect(events.filter(({ kind }) => kind === "send")).toHaveLength(120);
  expect(skipped.filter((name) => name === "TRACE_RATE")).toHaveLength(880);
  expect(events.at(-1)).toMatchObject({ kind: "note", text: "promoted", e: 121 });
});

test("while nobody takes the trace it stays bounded, and a note tells what is missing", () => {
  const { recorder, timing, shipped, skipped } = createRig();
  for (let n = 0; n < 20_500; n += 1) recorder.record(note("x"));
  expect(skipped).toHaveLength(500);
  recorder.stored(20_000);
  recorder.record(note("again"));
  timing.advance(2_250);
  expect(shipped.at(-1)?.map((event) => (event.kind === "note" ? [event.e, event.text] : []))).toEqual([
    [20_001, "500 events of this site were not recorded: nobody took its trace."],
    [20_002, "again"],
  ]);
});

test("every batch fits a frame, and one event too large for any does not block the rest", () => {
  const { recorder, timing, shipped } = createRig();
  const invoke = (id: string, arg: string) =>
    ({ kind: "invoke", id: id as never, session: "s", f: "put", key: "x", arg }) as const;
  recorder.record(invoke("s:1", "é".repeat(30_000)));
  for (let n = 2; n < 12; n += 1) recorder.record(invoke(`s:${n}`, "v".repeat(16_000)));
  for (let n = 0; n < 20; n += 1) {
    timing.advance(250);
    recorder.stored(shipped.at(-1)?.at(-1)?.e ?? 0);
  }
  for (const batch of shipped) {
    expect(new TextEncoder().encode(JSON.stringify(batch)).length).toBeLessThanOrEqual(
      limits.traceBatchBytes,
    );
  }
  expect(shipped.flat().map(({ e }) => e)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(shipped.flat()[0]).toMatchObject({ kind: "note" });
});
