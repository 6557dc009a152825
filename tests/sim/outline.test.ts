import { expect, test } from "vitest";
import { checkNames } from "../../lib/protocol/report";
import { planOf } from "../../lib/scenario/plan";
import { promiseRows } from "../../lib/sim/promises";
import { runPlan } from "../../lib/sim/run";
import { swarmScenario } from "../../lib/sim/swarm/swarm";

const seeds = [1, 2, 3, 4, 5, 6];

function planFor(row: (typeof promiseRows)[number], seed: number) {
  const plan = planOf(swarmScenario(row.swarm, seed));
  if (!plan.ok) throw new Error(plan.error.expected);
  return plan.value;
}

/** Makes every later change of a message throw, whoever makes it. */
function freeze(value: unknown): void {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const member of Object.values(value)) freeze(member);
}

test.each(promiseRows)("$name: an outline that shares messages comes to what a whole run comes to", (row) => {
  for (const seed of seeds) {
    const plan = planFor(row, seed);
    const { report, isSettled } = runPlan(plan, { checks: checkNames });
    const inspect = (_from: unknown, _to: unknown, message: unknown) => freeze(message);
    const outline = runPlan(plan, { detail: "outline", checks: checkNames, inspect });
    const { messages, bytes } = report.metrics;
    const metrics = { ...outline.report.metrics, messages, bytes };
    expect({ ...outline.report, metrics, digest: report.digest }).toEqual(report);
    expect(outline.isSettled).toBe(isSettled);
  }
});

test.each(promiseRows)(
  "$name: two runs of a seed in one process are the same, whatever ran between",
  (row) => {
    const digests = () => seeds.map((seed) => runPlan(planFor(row, seed), { checks: [] }).report.digest);
    expect(digests()).toEqual(digests());
  },
);
