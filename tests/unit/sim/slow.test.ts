import { expect, test } from "vitest";
import { planOf } from "../../../lib/scenario/plan";
import type { ScenarioInput } from "../../../lib/scenario/schema";
import { runPlan } from "../../../lib/sim/run";

function run(scenario: Omit<ScenarioInput, "name">) {
  const plan = planOf({ name: "test", ...scenario });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  return runPlan(plan.value);
}
const put = (atMs: number, session: string) =>
  ({ atMs, do: "op", session, site: "mumbai", op: { f: "put", key: "x", value: session } }) as const;

test("a write is acknowledged when the slow disk has it, and settling mends the disk", () => {
  const { report, events } = run({
    durationMs: 3000,
    sites: ["mumbai"],
    cluster: { preset: "single" },
    timeline: [
      { atMs: 500, do: "disk", site: "mumbai", delayMs: 700 },
      put(1000, "slow"),
      { atMs: 2000, do: "disk", site: "mumbai", delayMs: 0 },
      put(2500, "fast"),
    ],
  });
  expect(report.ops).toMatchObject([
    { id: "slow:1", status: "ok", retMs: 1700 },
    { id: "fast:1", status: "ok", retMs: 2501 },
  ]);
  expect(events.filter(({ kind }) => kind === "fault")).toHaveLength(2);
});

test("a crash loses what the slow disk had not committed, although its disk is kept", () => {
  const { report } = run({
    durationMs: 6000,
    sites: ["mumbai"],
    cluster: { preset: "single" },
    timeline: [
      put(500, "safe"),
      { atMs: 1000, do: "disk", site: "mumbai", delayMs: 700 },
      put(1500, "tail"),
      { atMs: 2000, do: "crash", site: "mumbai" },
      { atMs: 3000, do: "restart", site: "mumbai" },
    ],
  });
  expect(report.ops).toMatchObject([
    { id: "safe:1", status: "ok" },
    { id: "tail:1", status: "unknown", error: "CONNECTION_LOST" },
  ]);
  // Nobody was told that the tail was safe, so nothing promised is lost; but it is gone.
  expect(report.final.mumbai?.keys).toEqual({ x: "safe" });
  expect(report.metrics.lostWrites).toBe(0);
});

test("the same crash a moment after the commit loses nothing", () => {
  const { report } = run({
    durationMs: 6000,
    sites: ["mumbai"],
    cluster: { preset: "single" },
    timeline: [
      { atMs: 1000, do: "disk", site: "mumbai", delayMs: 400 },
      put(1500, "tail"),
      { atMs: 1901, do: "crash", site: "mumbai" },
      { atMs: 3000, do: "restart", site: "mumbai" },
    ],
  });
  expect(report.final.mumbai?.keys).toEqual({ x: "tail" });
});
