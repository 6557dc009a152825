import { expect, test } from "vitest";
import type { FinalKey } from "../../../lib/history/fate";
import { fatesOf } from "../../../lib/history/fates";
import { balance } from "../../../lib/history/ledger";
import { createLiveFigures } from "../../../lib/history/live-figures";
import { operationsOf } from "../../../lib/history/operations";
import { writesOf } from "../../../lib/history/writes";
import type { TraceEvent } from "../../../lib/protocol/trace";
import { arrival, discard, done, fault, invoke, traceOf, view } from "./events";

const manyWriters = [0, "coordinator", view(null, 1, "active-active")] as const;

function ledgerOf(events: readonly TraceEvent[], final: FinalKey) {
  const writes = writesOf(events);
  const fates = fatesOf(writes, () => final);
  const { ledger } = balance(operationsOf(events), writes, fates, () => final);
  return { fates: Object.fromEntries(fates), ledger };
}
const shown = (version: string | null, value: FinalKey["value"] = version): FinalKey => ({
  version,
  value,
  beside: [],
});
const writtenAt = (
  site: string,
  atMs: number,
  id: string,
  shadow: Record<string, number>,
  over: string | null,
) =>
  [
    [atMs, site, invoke(id)],
    [atMs, site, arrival("append", id, shadow, over)],
    [atMs + 1, site, done(id, site)],
  ] as const;

test("what was replaced by somebody who had seen it was overwritten knowingly", () => {
  const events = traceOf(
    [0, "coordinator", view("a", 1)],
    ...writtenAt("a", 1, "s:1", { a: 1 }, null),
    ...writtenAt("a", 3, "s:2", { a: 2 }, "s:1"),
  );
  expect(ledgerOf(events, shown("s:2"))).toMatchObject({
    fates: { "s:1": "overwrittenKnowingly", "s:2": "surviving" },
    ledger: { ackedWrites: 2, surviving: 1, overwrittenKnowingly: 1, unaccounted: 0 },
  });
});

test("a write that a later primary carried out anew is judged by what that one made of it", () => {
  const events = traceOf(
    [0, "coordinator", view("a", 1)],
    ...writtenAt("a", 1, "s:1", { a: 1 }, null),
    [2, "c", invoke("c:1")],
    [3, "a", arrival("append", "c:1", { a: 2 }, "s:1")],
    [4, "coordinator", view("b", 2)],
    ...writtenAt("b", 5, "s:2", { b: 1 }, null),
    [7, "b", arrival("append", "c:1", { b: 2 }, "s:2", "c:1", "put", 2)],
    [8, "c", done("c:1", "b", 2)],
    [9, "b", arrival("append", "s:3", { b: 3 }, "c:1", "s:3", "put", 2)],
    [10, "a", discard("c:1")],
    [10, "a", discard("s:1")],
  );
  expect(ledgerOf(events, shown("s:3")).fates).toEqual({
    "s:1": "erased",
    "s:2": "overwrittenKnowingly",
    "c:1": "overwrittenKnowingly",
    "s:3": "surviving",
  });
});

test("A1: a write that a rewind took away is erased, and so is what it had replaced only there", () => {
  const events = traceOf(
    [0, "coordinator", view("a", 1)],
    ...writtenAt("a", 1, "s:1", { a: 1 }, null),
    [2, "b", arrival("apply", "s:1", { a: 1 }, null)],
    ...writtenAt("a", 3, "s:2", { a: 2 }, "s:1"),
    ...writtenAt("a", 5, "s:3", { a: 3 }, "s:2"),
    [6, "a", fault("crash", { site: "a", disk: "kept" })],
    [9, "a", discard("s:3")],
    [9, "a", discard("s:2")],
  );
  expect(ledgerOf(events, shown("s:1")).fates).toEqual({
    "s:1": "surviving",
    "s:2": "erased",
    "s:3": "erased",
  });
  const live = createLiveFigures();
  for (const event of events) live.add(event);
  expect(live.read()).toMatchObject({ writesOk: 3, lostWrites: 2, silentConflicts: 0 });
});

test("A6: of two writes that had not seen each other, the one that a rule dropped is silently lost", () => {
  const events = traceOf(
    manyWriters,
    ...writtenAt("a", 1, "s:1", { a: 1 }, null),
    ...writtenAt("b", 1, "t:1", { b: 1 }, null),
    [5, "a", arrival("apply", "t:1", { b: 1 }, "s:1")],
    [5, "b", arrival("apply", "s:1", { a: 1 }, "t:1", "t:1")],
  );
  expect(ledgerOf(events, shown("t:1")).fates).toEqual({ "s:1": "silentlyLost", "t:1": "surviving" });
});

test("what was dropped unseen stays lost, although a later writer's past contains it", () => {
  const events = traceOf(
    manyWriters,
    ...writtenAt("a", 1, "s:1", { a: 1 }, null),
    ...writtenAt("b", 1, "t:1", { b: 1 }, null),
    [5, "a", arrival("apply", "t:1", { b: 1 }, "s:1")],
    ...writtenAt("a", 6, "s:2", { a: 2, b: 1 }, "t:1"),
  );
  expect(ledgerOf(events, shown("s:2")).fates).toEqual({
    "s:1": "silentlyLost",
    "t:1": "overwrittenKnowingly",
    "s:2": "surviving",
  });
});

test("A7: a write that a fast clock beats at its own site replaced nothing", () => {
  const events = traceOf(
    manyWriters,
    ...writtenAt("a", 1, "s:1", { a: 1 }, null),
    [2, "b", arrival("apply", "s:1", { a: 1 }, null)],
    [3, "b", invoke("t:1")],
    [3, "b", arrival("append", "t:1", { a: 1, b: 1 }, "s:1", "s:1")],
    [4, "b", done("t:1", "b")],
  );
  expect(ledgerOf(events, shown("s:1")).fates).toEqual({ "s:1": "surviving", "t:1": "silentlyLost" });
});

test("concurrent increments are merged by a CRDT and lost with their carrier under last-write-wins", () => {
  const add = (
    kind: "append" | "apply",
    op: string,
    shadow: Record<string, number>,
    over: string | null,
    shows = op,
  ) => arrival(kind, op, shadow, over, shows, "increment");
  const under = (rule: string) =>
    traceOf(
      [0, "coordinator", view(null, 1, "active-active", rule)],
      [1, "a", add("append", "s:1", { a: 1 }, null)],
      [2, "a", add("append", "s:2", { a: 2 }, "s:1")],
      [2, "b", add("append", "t:1", { b: 1 }, null)],
      [5, "a", add("apply", "t:1", { b: 1 }, "s:2")],
      [5, "b", add("apply", "s:1", { a: 1 }, "t:1", "t:1")],
      [5, "b", add("apply", "s:2", { a: 2 }, "t:1", "t:1")],
    );
  expect(ledgerOf(under("lww"), shown("t:1", 1)).fates).toEqual({
    "s:1": "silentlyLost",
    "s:2": "silentlyLost",
    "t:1": "surviving",
  });
  expect(ledgerOf(under("crdt"), shown("t:1", 3)).fates).toEqual({
    "s:1": "merged",
    "s:2": "merged",
    "t:1": "surviving",
  });
});

test("a disk that was lost takes with it what nobody else had", () => {
  const events = traceOf(manyWriters, ...writtenAt("a", 1, "s:1", { a: 1 }, null), [
    3,
    "a",
    fault("crash", { site: "a", disk: "lost" }),
  ]);
  expect(ledgerOf(events, shown(null)).fates).toEqual({ "s:1": "erased" });
});

test("an acknowledged write that nobody was seen to take in is unaccounted; one that changed nothing is not", () => {
  const events = traceOf(
    [0, "coordinator", view("a", 1)],
    [1, "a", invoke("s:1")],
    [2, "a", done("s:1", "a")],
    [3, "a", invoke("s:2", "delete")],
    [4, "a", done("s:2", "a", 1, "delete", "x", null)],
  );
  expect(ledgerOf(events, shown(null)).ledger).toMatchObject({
    ackedWrites: 2,
    surviving: 1,
    unaccounted: 1,
  });
});

test("a write that two primaries carried out lives on in the log that stayed (swarm, consensus, seed 7216)", () => {
  const at = (
    site: string,
    op: string,
    shadow: Record<string, number>,
    over: string,
    lsn: number,
    epoch: number,
  ) =>
    [
      1,
      site,
      { ...arrival("append", op, shadow, over, op, "put", epoch), position: { epoch, lsn } },
    ] as const;
  const events = traceOf(
    [0, "coordinator", view("a", 1)],
    ...writtenAt("a", 1, "s:1", { a: 1 }, null),
    at("b", "s:2", { a: 1, b: 1 }, "s:1", 2, 2),
    at("a", "s:2", { a: 2 }, "s:1", 2, 1),
    at("a", "s:3", { a: 3 }, "s:2", 3, 3),
    [4, "b", { ...discard("s:2"), position: { epoch: 2, lsn: 2 } }],
  );
  expect(ledgerOf(events, shown("s:3")).fates).toEqual({
    "s:1": "overwrittenKnowingly",
    "s:2": "overwrittenKnowingly",
    "s:3": "surviving",
  });
});
