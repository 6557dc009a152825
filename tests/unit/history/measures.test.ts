import { expect, test } from "vitest";
import { availabilityOf, ninesOf } from "../../../lib/history/availability";
import { failoversOf } from "../../../lib/history/failovers";
import { incidentsOf } from "../../../lib/history/incidents";
import { convergeMs } from "../../../lib/history/movement";
import { operationsOf } from "../../../lib/history/operations";
import { quantilesOf } from "../../../lib/history/quantiles";
import { splitBrainMs } from "../../../lib/history/split-brain";
import { staleReads } from "../../../lib/history/staleness";
import { writesOf } from "../../../lib/history/writes";
import type { TraceEvent } from "../../../lib/protocol/trace";
import { arrival, detect, done, fault, invoke, notDone, role, traceOf, view } from "./events";

function incidents(events: readonly TraceEvent[], lost: readonly string[] = []) {
  const ops = operationsOf(events);
  return incidentsOf({ events, ops, failovers: failoversOf(events), lost, isProvisional: false });
}

test("quantiles are values that were measured; of nothing they are null", () => {
  expect(quantilesOf([5, 1, 9, 3])).toEqual({ p50: 3, p95: 9, max: 9, n: 4 });
  expect(quantilesOf([])).toEqual({ p50: null, p95: null, max: null, n: 0 });
});

test("nines are the logarithm of what failed, and claim no more than the sample supports", () => {
  expect(ninesOf(0, 0)).toBeNull();
  expect(ninesOf(900, 1000)).toBe(1);
  expect(ninesOf(1000, 1000)).toBe(2.52);
  expect(ninesOf(5, 100)).toBeCloseTo(-Math.log10(0.95), 1);
  expect(ninesOf(2, 2)).toBe(0);
  for (const served of [0, 50, 90, 99, 930, 999]) {
    const exact = -Math.log10(Math.max(1000 - served, 3) / 1000);
    expect(Number(ninesOf(served, 1000))).toBeGreaterThan(exact - 0.0101);
    expect(Number(ninesOf(served, 1000))).toBeLessThanOrEqual(exact + 1e-9);
  }
});

test("a mismatch that a client asked for is an answer; a refusal for want of a primary is not", () => {
  const events = traceOf(
    [1, "a", invoke("s:1", "cas")],
    [2, "a", notDone("fail", "s:1", "CAS_MISMATCH", "cas")],
    [3, "a", invoke("s:2")],
    [4, "a", notDone("fail", "s:2", "NO_PRIMARY")],
    [5, "a", invoke("s:3", "get")],
    [6, "a", done("s:3", "a", 1, "get")],
  );
  expect(availabilityOf(operationsOf(events))).toMatchObject({
    availabilityWrites: 0.5,
    availabilityReads: 1,
  });
});

test("an operation of the edge is the edge's, although its site traced it too", () => {
  const [op] = operationsOf(
    traceOf(
      [1, "edge", invoke("s:1")],
      [2, "a", invoke("s:1")],
      [3, "a", done("s:1", "a")],
      [4, "edge", done("s:1", "a")],
    ),
  );
  expect(op).toMatchObject({ site: "route", callMs: 1, retMs: 4, status: "ok" });
});

test("an outage runs from the fault to the first write of the new reign; losses are its own", () => {
  const events = traceOf(
    [0, "coordinator", view("a", 1)],
    [10, "a", invoke("s:1")],
    [11, "a", done("s:1", "a")],
    [90, "a", invoke("s:2")],
    [91, "a", done("s:2", "a")],
    [100, "a", fault("crash", { site: "a" })],
    [150, "b", invoke("t:1")],
    [150, "b", notDone("fail", "t:1", "NO_PRIMARY")],
    [400, "coordinator", detect("a", "suspect")],
    [500, "coordinator", detect("a", "dead")],
    [510, "coordinator", view("b", 2)],
    [520, "b", role("primary", 2)],
    [530, "b", invoke("t:2")],
    [560, "b", done("t:2", "b", 2)],
  );
  expect(incidents(events, ["s:2"])).toEqual([
    {
      ...{ fault: "crash", site: "a", atMs: 100, detectedMs: 500, decidedMs: 510, promotedMs: 520 },
      ...{ routedMs: 530, firstSuccessMs: 560, rtoMs: 460, lostOps: ["s:2"], rpoOps: 1, rpoMs: 9 },
      ...{ zombieOps: 0, provisional: false },
    },
  ]);
  expect(failoversOf(events)).toMatchObject([{ from: "a", to: "b", isFalse: false }]);
});

test("an outage that has not ended is open, not absent; a fault that hurt nobody is none", () => {
  const until = (atMs: number) =>
    traceOf(
      [0, "coordinator", view("a", 1)],
      [10, "a", invoke("s:1")],
      [11, "a", done("s:1", "a")],
      [20, "c", fault("crash", { site: "c" })],
      [30, "a", invoke("s:2")],
      [31, "a", done("s:2", "a")],
      [40, "coordinator", fault("partition", { groups: [] })],
      [50, "a", invoke("s:3")],
      [60, "a", notDone("fail", "s:3", "NO_LEASE")],
      [70, "a", invoke("s:4")],
      [80, "a", done("s:4", "a")],
    ).filter((event) => event.atMs <= atMs);
  expect(incidents(until(31))).toEqual([]);
  expect(incidents(until(60))).toMatchObject([{ fault: "partition", firstSuccessMs: null, rtoMs: null }]);
  expect(incidents(until(80))).toMatchObject([{ fault: "partition", firstSuccessMs: 80, rtoMs: 40 }]);
});

test("a switchover that an operator asked for is no failover; one from a living site is a false one", () => {
  const events = traceOf(
    [0, "coordinator", view("a", 1)],
    [1, "b", fault("promote", { site: "b" })],
    [2, "coordinator", view("b", 2)],
    [3, "coordinator", fault("pause", { site: "b" })],
    [9, "coordinator", view("a", 3)],
  );
  expect(failoversOf(events)).toMatchObject([{ from: "b", to: "a", isFalse: true }]);
});

test("A2: two primaries acknowledge at once from the first of the new to the last of the old", () => {
  const events = traceOf(
    [0, "coordinator", view("a", 1)],
    ...[10, 50, 70].flatMap(
      (atMs) =>
        [
          [atMs, "a", invoke(`s:${atMs}`)],
          [atMs + 1, "a", done(`s:${atMs}`, "a", 1)],
        ] as const,
    ),
    [30, "b", invoke("t:1")],
    [40, "b", done("t:1", "b", 2)],
  );
  expect(splitBrainMs(events, operationsOf(events))).toBe(71 - 40);
  const forwarded = traceOf(
    [0, "coordinator", view("a", 1)],
    [10, "c", invoke("s:1")],
    [20, "a", { kind: "send", from: "a", to: "c", msg: "forward-reply s:1", size: 1 }],
    [60, "c", done("s:1", "a", 1)],
    [30, "b", invoke("t:1")],
    [40, "b", done("t:1", "b", 2)],
  );
  expect(splitBrainMs(forwarded, operationsOf(forwarded))).toBe(0);
});

test("A3: a read is stale when something newer was acknowledged before it was asked, and only then", () => {
  const events = traceOf(
    [0, "coordinator", view("a", 1)],
    [1, "a", invoke("s:1")],
    [1, "a", arrival("append", "s:1", { a: 1 }, null)],
    [2, "a", done("s:1", "a")],
    [3, "a", invoke("s:2")],
    [3, "a", arrival("append", "s:2", { a: 2 }, "s:1")],
    [4, "b", invoke("r:1", "get")],
    [5, "a", done("s:2", "a")],
    [6, "b", done("r:1", "b", 1, "get", "x", "s:1")],
    [7, "b", invoke("r:2", "get")],
    [8, "b", done("r:2", "b", 1, "get", "x", "s:1")],
    [9, "b", invoke("r:3", "get")],
    [10, "b", done("r:3", "b", 1, "get", "x", null)],
    [11, "b", invoke("r:4", "get")],
    [12, "b", done("r:4", "b", 1, "get", "x", "s:2")],
  );
  expect(staleReads(operationsOf(events), writesOf(events), [])).toBe(2);
  expect(staleReads(operationsOf(events), writesOf(events), ["s:2"])).toBe(1);
});

test("convergence is timed from the last repair to the last write that had waited for it", () => {
  const events = traceOf(
    [1, "a", arrival("append", "s:1", { a: 1 }, null)],
    [10, "coordinator", fault("heal")],
    [12, "a", arrival("append", "s:2", { a: 2 }, "s:1")],
    [40, "b", arrival("apply", "s:1", { a: 1 }, null)],
    [90, "b", arrival("apply", "s:2", { a: 2 }, "s:1")],
  );
  expect(convergeMs(events, true)).toBe(30);
  expect(convergeMs(events, false)).toBeNull();
  expect(convergeMs(events.slice(0, 1), true)).toBeNull();
});
