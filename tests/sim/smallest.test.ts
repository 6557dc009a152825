import { describe, expect, test } from "vitest";
import { must } from "../../lib/kernel/assert";
import { scenarioNamed } from "../../lib/scenario/bundled/all";
import { type Plan, planOf } from "../../lib/scenario/plan";
import type { ScenarioInput } from "../../lib/scenario/schema";
import { promiseRows } from "../../lib/sim/promises";
import { type Cell, cellsOf } from "../../lib/sim/smallest";
import { judgeScenario, violableSwarm } from "../../lib/sim/soak";

const cells = promiseRows.flatMap(cellsOf);

function planned(scenario: ScenarioInput): Plan {
  const plan = planOf(scenario);
  if (!plan.ok) throw new Error(`${scenario.name}: ${plan.error.path}: ${plan.error.expected}`);
  return plan.value;
}

test("no two violable cells share a scenario", () => {
  expect(cells.map(({ id }) => id)).toEqual([...new Set(cells.map(({ id }) => id))]);
});

describe.each(cells)("$id", ({ id, row, violable }: Cell) => {
  test("is bundled, on a cluster of its row, and shows in a few steps what the swarm finds", () => {
    const { scenario } = must(scenarioNamed(id), `npm run sim:smallest -- ${id} has been bundled`);
    const { cluster } = violableSwarm(row, violable);
    expect(planned(scenario).cluster).toEqual(planned({ ...scenario, cluster }).cluster);
    expect(scenario.sites.length).toBeGreaterThanOrEqual(row.swarm.sites[0]);
    expect(scenario.timeline?.length).toBeLessThan(12);
    const { violations } = judgeScenario(scenario, [violable.property]);
    expect(violations.map(({ property }) => property)).toEqual([violable.property]);
  });
});
