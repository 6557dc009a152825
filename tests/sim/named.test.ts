import { expect, test } from "vitest";
import type { Report } from "../../lib/protocol/report";
import { planOf } from "../../lib/scenario/plan";
import type { ScenarioInput } from "../../lib/scenario/schema";
import { promiseRows } from "../../lib/sim/promises";
import { runPlan } from "../../lib/sim/run";
import { judgeScenario, judgeSeed } from "../../lib/sim/soak";

function reportOf(scenario: ScenarioInput): Report {
  const plan = planOf(scenario);
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  const { report } = runPlan(plan.value);
  expect(report.virtualMs).toBeLessThan(plan.value.durationMs + plan.value.settleMs);
  return report;
}

test("an old primary whose question never arrived is rewound all the same (swarm, async, seed 8)", () => {
  const { final, ledger } = reportOf({
    name: "one-way return",
    durationMs: 15_000,
    sites: ["mumbai", "pune", "frankfurt"],
    cluster: { preset: "postgres-async" },
    traffic: [
      { session: "inside", site: "mumbai", everyMs: 100, toMs: 6000, mix: { put: 1 }, keys: ["x"] },
      { session: "outside", site: "route", everyMs: 50, toMs: 14_000, mix: { put: 1 }, keys: ["x"] },
    ],
    timeline: [
      { atMs: 2000, do: "partition", groups: [["mumbai"], ["pune", "frankfurt", "coordinator", "edge"]] },
      { atMs: 8000, do: "heal" },
      { atMs: 8000, do: "cut", from: "mumbai", to: "pune", oneWay: true },
      { atMs: 8000, do: "cut", from: "mumbai", to: "frankfurt", oneWay: true },
    ],
  });
  expect(final.mumbai).toEqual({ ...final.pune, role: "replica" });
  expect(ledger.erased).toBeGreaterThan(0);
});

test("an answer given twice is not a second acknowledgement (swarm, async, seed 150)", () => {
  const { metrics } = reportOf({
    name: "slow answers",
    durationMs: 20_000,
    sites: ["mumbai", "pune"],
    cluster: { preset: "postgres-async" },
    traffic: [{ session: "c", site: "pune", everyMs: 100, toMs: 15_000, mix: { put: 1 }, keys: ["x"] }],
    timeline: [
      { atMs: 1000, do: "link", from: "mumbai", to: "pune", delayMs: 700, duplicatePct: 50 },
      { atMs: 4000, do: "isolate", site: "mumbai" },
      { atMs: 9000, do: "heal" },
    ],
  });
  expect(metrics.failovers).toBe(1);
  expect(metrics.splitBrainMs).toBe(0);
});

test("a deletion that outlived its successor is not lost (swarm, sync, seed 222)", () => {
  const { ledger, final } = reportOf({
    name: "deleted, written again, lost again",
    durationMs: 10_000,
    sites: ["mumbai", "pune"],
    cluster: { preset: "postgres-async" },
    timeline: [
      { atMs: 500, do: "op", session: "a", site: "mumbai", op: { f: "put", key: "x", value: 1 } },
      { atMs: 1000, do: "op", session: "a", site: "mumbai", op: { f: "delete", key: "x" } },
      { atMs: 2960, do: "op", session: "a", site: "mumbai", op: { f: "put", key: "x", value: 2 } },
      { atMs: 3000, do: "crash", site: "mumbai" },
    ],
  });
  expect(final.pune?.keys).toEqual({});
  expect(ledger).toMatchObject({ ackedWrites: 3, surviving: 1, overwrittenKnowingly: 1, erased: 1 });
});

test("a counter's increments stand or fall with the one that carries them", () => {
  const add = (atMs: number, site: string, n: number) =>
    ({ atMs, do: "op", session: `${site}-${n}`, site, op: { f: "increment", key: "n", by: 1 } }) as const;
  const { ledger, final } = reportOf({
    name: "three against two",
    durationMs: 8000,
    sites: ["mumbai", "pune"],
    cluster: { mode: "active-active", merge: "lww" },
    timeline: [
      { atMs: 500, do: "partition", groups: [["mumbai"]] },
      ...[1, 2, 3].map((n) => add(1000 + n * 100, "mumbai", n)),
      ...[1, 2].map((n) => add(2000 + n * 100, "pune", n)),
      { atMs: 3000, do: "heal" },
    ],
  });
  expect(final.mumbai?.keys).toEqual({ n: 2 });
  expect(ledger).toMatchObject({ ackedWrites: 5, surviving: 2, silentlyLost: 3 });
});

test("in one-way silence a client inside gets no answer, and says it does not know", () => {
  const { ops } = reportOf({
    name: "no way back",
    durationMs: 10_000,
    sites: ["mumbai", "pune"],
    cluster: { preset: "postgres-async" },
    timeoutMs: 2000,
    timeline: [
      { atMs: 1000, do: "cut", from: "mumbai", to: "pune", oneWay: true },
      { atMs: 1100, do: "op", session: "a", site: "pune", op: { f: "put", key: "x", value: 1 } },
    ],
  });
  expect(ops).toMatchObject([{ status: "unknown", error: "TIMEOUT", callMs: 1100, retMs: 3100 }]);
});

test("[E73] a replica's clients wait for the next primary and are answered by it, each write once", () => {
  const plan = planOf({
    name: "asked again",
    durationMs: 12_000,
    sites: ["mumbai", "pune", "frankfurt"],
    cluster: { preset: "postgres-async" },
    network: { delayMs: 200 },
    traffic: [{ session: "c", site: "pune", everyMs: 50, toMs: 9000, mix: { increment: 1 }, keys: ["n"] }],
    timeline: [{ atMs: 3000, do: "crash", site: "mumbai" }],
  });
  if (!plan.ok) throw new Error(plan.error.expected);
  const { report, events } = runPlan(plan.value);
  expect(report.ops.filter(({ error }) => error === "TIMEOUT")).toEqual([]);
  const waited = report.ops.filter(({ callMs, retMs }) => callMs < 3000 && (retMs ?? 0) > 5000);
  expect(waited.length).toBeGreaterThan(5);
  for (const op of waited) expect(op).toMatchObject({ status: "ok", epoch: 2 });
  const appended = events.flatMap((event) => (event.kind === "append" ? [`${event.epoch} ${event.op}`] : []));
  expect(new Set(appended).size).toBe(appended.length);
  const counted = report.ops.filter(({ status }) => status === "ok").length;
  expect(report.final.frankfurt?.keys.n).toBe(counted - report.ledger.erased);
  expect(report.ledger.unaccounted).toBe(0);
});

test.each([
  ["until one of them leads (swarm, mysql-group-replication, seed 10052)", 10],
  ["until it shows what it inherited (swarm, consensus, a core healed, seeds 594 and 852)", 400],
])("sites that all restarted are not at rest %s", (_, delayMs) => {
  const all = ["mumbai", "pune", "frankfurt"];
  const { ledger, final } = reportOf({
    name: "three restarts",
    durationMs: 4000,
    sites: all,
    cluster: { preset: "mysql-group-replication" },
    network: { delayMs },
    timeline: [
      { atMs: 1500, do: "op", session: "a", site: "mumbai", op: { f: "put", key: "x", value: 1 } },
      ...all.map((site) => ({ atMs: 3500, do: "crash", site }) as const),
      ...all.map((site) => ({ atMs: 3600, do: "restart", site }) as const),
    ],
  });
  expect(ledger).toMatchObject({ ackedWrites: 1, surviving: 1 });
  expect(Object.values(final).map(({ keys }) => keys)).toEqual(all.map(() => ({ x: 1 })));
});

test("a session that read a value elsewhere overwrites it knowingly, where its site has not heard of it (swarm, siblings, seed 20039)", () => {
  const write = (site: string, value: string) =>
    ({ do: "op", session: "a", site, op: { f: "put", key: "y", value } }) as const;
  const read = { do: "op", session: "a", site: "mumbai", op: { f: "get", key: "y" } } as const;
  const { ledger } = reportOf({
    name: "read there, written here",
    durationMs: 4000,
    settleMs: 30_000,
    sites: ["mumbai", "pune"],
    cluster: { mode: "active-active", merge: "siblings" },
    timeline: [
      { atMs: 1000, do: "cut", from: "mumbai", to: "pune" },
      { atMs: 2000, ...write("mumbai", "there") },
      { atMs: 2100, ...read },
      { atMs: 3000, ...write("pune", "here") },
    ],
  });
  expect(ledger).toMatchObject({ ackedWrites: 2, surviving: 1, overwrittenKnowingly: 1, silentlyLost: 0 });
});

test("an erasure that leaves nothing has lost nothing beside a text it had not read (swarm, quorum siblings, seed 851)", () => {
  const edit = (op: object) => ({ atMs: 1000, do: "op", session: "s1", site: "pune", op }) as const;
  const { ledger, metrics } = reportOf({
    name: "nothing to erase",
    durationMs: 2000,
    sites: ["mumbai", "pune"],
    cluster: { preset: "riak" },
    timeline: [
      edit({ f: "insert", key: "text", at: 0, text: "new" }),
      edit({ f: "erase", key: "text", at: 0, length: 1 }),
    ] as NonNullable<ScenarioInput["timeline"]>,
  });
  expect(ledger).toMatchObject({ ackedWrites: 2, surviving: 2 });
  expect(metrics.lostWrites).toBe(0);
});

test("what a crash took back before it was on the disk is nobody's data (swarm, deletions, seed 409)", () => {
  const scenario: ScenarioInput = {
    name: "taken back",
    durationMs: 3000,
    sites: ["london"],
    cluster: { mode: "active-active", merge: "lww-hlc" },
    timeline: [
      { atMs: 1000, do: "op", session: "s3", site: "london", op: { f: "delete", key: "f" } },
      { atMs: 1000, do: "crash", site: "london", disk: "kept" },
      { atMs: 2000, do: "restart", site: "london" },
      { atMs: 2500, do: "op", session: "s3", site: "london", op: { f: "put", key: "f", value: 1 } },
    ],
  };
  expect(judgeScenario(scenario, ["strong-convergence"]).violations).toEqual([]);
});

test("[M14] nobody hears of a write that a crash can still take back (swarm, active-active, seed 9496)", () => {
  const patch = (atMs: number, value: string) =>
    ({
      ...({ atMs, do: "op", session: "s0", site: "mumbai" } as const),
      op: { f: "patch", key: "record", field: "field", value },
    }) as const;
  const scenario: ScenarioInput = {
    name: "a number given twice",
    durationMs: 5500,
    sites: ["mumbai", "pune"],
    cluster: { mode: "active-active", merge: "lww" },
    network: { delayMs: 1 },
    timeline: [
      { atMs: 0, do: "disk", site: "mumbai", delayMs: 2500 },
      patch(1000, "taken back"),
      { atMs: 2000, do: "crash", site: "mumbai", disk: "kept" },
      { atMs: 4800, do: "restart", site: "mumbai" },
      patch(5000, "kept"),
    ],
  };
  expect(judgeScenario(scenario, ["strong-convergence", "settles", "convergence"]).violations).toEqual([]);
  expect(reportOf(scenario).final.pune?.keys).toEqual({ record: { field: "kept" } });
});

test("[M19] an edit made where Yjs still waits for an earlier one is merged alike everywhere (swarm, active-active, seed 6083)", () => {
  const edit = (atMs: number, session: string, site: string, op: object) =>
    ({ atMs, do: "op", session, site, op }) as NonNullable<ScenarioInput["timeline"]>[number];
  const scenario: ScenarioInput = {
    name: "a text behind a register",
    durationMs: 6300,
    sites: ["mumbai", "frankfurt", "london"],
    cluster: { mode: "active-active", merge: "lww" },
    network: { delayMs: 1 },
    timeline: [
      { atMs: 3000, do: "cut", from: "frankfurt", to: "london" },
      edit(5000, "s2", "frankfurt", { f: "put", key: "x", value: "unheard in London" }),
      edit(6000, "s0", "mumbai", { f: "put", key: "x", value: "upon it" }),
      edit(6000, "s3", "mumbai", { f: "insert", key: "text", at: 0, text: "first" }),
      { atMs: 6000, do: "link", from: "mumbai", to: "london", delayMs: 20 },
      edit(6030, "s3", "london", { f: "insert", key: "text", at: 0, text: "second" }),
    ],
  };
  expect(judgeScenario(scenario, ["strong-convergence", "settles"]).violations).toEqual([]);
});

test("a pod is not at rest while an owner lacks a value beside the newest (swarm, quorum siblings, seed 70808)", () => {
  for (const { name, swarm, holds } of promiseRows)
    if (name === "quorum siblings") expect(judgeSeed(swarm, 70808, holds).violations).toEqual([]);
});
