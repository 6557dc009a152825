import { expect, test } from "vitest";
import { planOf } from "../../../lib/scenario/plan";
import type { ScenarioInput } from "../../../lib/scenario/schema";
import { runPlan } from "../../../lib/sim/run";

function run(scenario: Omit<ScenarioInput, "name">) {
  const plan = planOf({ name: "test", ...scenario });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  return runPlan(plan.value);
}
const put = (atMs: number, session: string, site: string) =>
  ({ atMs, do: "op", session, site, op: { f: "put", key: "x", value: session } }) as const;

test("a paused site answers when it wakes; a client that has given up does not know", () => {
  const { report, events } = run({
    durationMs: 10_000,
    sites: ["mumbai"],
    cluster: { preset: "single" },
    timeoutMs: 1500,
    timeline: [
      { atMs: 1000, do: "pause", site: "mumbai", forMs: 2000 },
      put(1100, "early", "mumbai"),
      put(2900, "late", "mumbai"),
    ],
  });
  expect(report.ops).toMatchObject([
    { id: "early:1", status: "unknown", error: "TIMEOUT", retMs: 2600 },
    { id: "late:1", status: "ok", callMs: 2900 },
  ]);
  expect(report.ops[1]?.retMs).toBeGreaterThanOrEqual(3000);
  const handled = events.filter((event) => event.site === "mumbai" && event.atMs > 1000 && event.atMs < 3000);
  expect(handled.map(({ kind }) => kind)).toEqual(["invoke", "unknown", "invoke"]);
});

test("a woken site hears its messages before its late timers: its lease is checked, not believed", () => {
  const { report } = run({
    durationMs: 15_000,
    sites: ["mumbai", "pune", "frankfurt"],
    cluster: { preset: "postgres-async" },
    timeoutMs: 12_000,
    timeline: [
      { atMs: 2100, do: "cut", from: "coordinator", to: "mumbai" },
      { atMs: 2100, do: "pause", site: "mumbai", forMs: 7900 },
      put(9000, "queued", "mumbai"),
      put(9500, "outside", "route"),
    ],
  });
  const [queued, outside] = report.ops;
  expect(outside).toMatchObject({ status: "ok", servedBy: "pune", epoch: 2 });
  expect(queued).toMatchObject({ status: "fail", error: "NO_LEASE" });
  expect(report.metrics.splitBrainMs).toBe(0);
});

test("a crash answers the clients inside with silence, and refuses those who come later", () => {
  const { report } = run({
    durationMs: 4000,
    sites: ["mumbai", "pune"],
    cluster: { preset: "postgres-async" },
    timeline: [
      put(1000, "inside", "pune"),
      { atMs: 1020, do: "crash", site: "pune" },
      put(1500, "afterwards", "pune"),
      put(1500, "world", "route"),
    ],
  });
  expect(report.ops.map(({ status, error }) => [status, error])).toEqual([
    ["unknown", "CONNECTION_LOST"],
    ["fail", "SITE_DOWN"],
    ["ok", null],
  ]);
});

test("sessions of the world go to the primary, or to their own site where every site is one", () => {
  const world = (cluster: ScenarioInput["cluster"]) =>
    run({
      durationMs: 3000,
      sites: ["mumbai", "pune", "frankfurt"],
      cluster: cluster ?? {},
      timeline: ["a", "b", "c", "d", "e", "f", "g", "h"].map((session) => put(1000, session, "route")),
    }).report.ops.map(({ servedBy }) => servedBy);
  expect(new Set(world({ preset: "postgres-async" }))).toEqual(new Set(["mumbai"]));
  expect(new Set(world({ mode: "active-active" })).size).toBeGreaterThan(1);
});
