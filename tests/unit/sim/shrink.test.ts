import { expect, test } from "vitest";
import type { ScenarioInput } from "../../../lib/scenario/schema";
import { brokenExpectation, brokenProperty, shrink } from "../../../lib/sim/shrink";
import { ddmin } from "../../../lib/sim/shrink/ddmin";
import { anomalyClass } from "../../../lib/sim/shrink/failure";
import { judgeScenario } from "../../../lib/sim/soak";
import { type Swarm, swarmScenario } from "../../../lib/sim/swarm/swarm";

test("ddmin finds the few that matter, wherever they are, in their order", () => {
  const items = Array.from({ length: 200 }, (_, i) => i);
  let tries = 0;
  const found = ddmin(items, (part) => {
    tries += 1;
    return [3, 77, 191].every((needed) => part.includes(needed));
  });
  expect(found).toEqual([3, 77, 191]);
  expect(tries).toBeLessThan(120);
  expect(ddmin([1, 2, 3], () => true)).toEqual([]);
});

const noisy: ScenarioInput = {
  name: "noisy",
  durationMs: 8000,
  sites: ["mumbai", "pune", "frankfurt"],
  cluster: { preset: "postgres-async" },
  traffic: [
    { session: "a", site: "mumbai", everyMs: 100, keys: ["x", "y"] },
    { session: "b", site: "route", everyMs: 150, keys: ["x", "y"] },
  ],
  timeline: [
    { atMs: 1000, do: "link", from: "pune", to: "frankfurt", delayMs: 300, lossPct: 10 },
    { atMs: 2000, do: "isolate", site: "mumbai" },
    { atMs: 4000, do: "crash", site: "frankfurt" },
    { atMs: 5000, do: "clock", site: "pune", skewMs: 100 },
  ],
  expect: [
    { metric: "unknownOps", atLeast: 0 },
    { metric: "lostWrites", atMost: 0 },
  ],
};

test("a scenario whose expectation fails shrinks to one lost write and the fault that lost it", () => {
  const shrunk = shrink(noisy, brokenExpectation);
  const { scenario } = shrunk ?? expect.fail("it fails");
  const verbs = (scenario.timeline ?? []) as { readonly do: string }[];
  expect(verbs.map((verb) => verb.do).sort()).toEqual(["isolate", "op"]);
  expect(scenario.traffic).toEqual([]);
  expect(scenario.sites).toHaveLength(2);
  expect(brokenExpectation(scenario)).toBe(brokenExpectation(noisy));
});

test("a scenario that meets its expectations has nothing to shrink", () => {
  expect(shrink({ ...noisy, timeline: [] }, brokenExpectation)).toBeNull();
});

test("a violated property stays the same property in the same class", () => {
  const swarm: Swarm = {
    cluster: { preset: "postgres-async", fencing: [] },
    sites: [2, 4],
    durationMs: 7000,
    faults: ["halves", "random-halves", "isolate", "one-way"],
    work: "registers",
    core: null,
  };
  const seeds = Array.from({ length: 200 }, (_, i) => i + 1);
  const shows = (seed: number) =>
    judgeScenario(swarmScenario(swarm, seed), ["split-brain"]).violations.length > 0;
  const seed = seeds.find(shows) ?? expect.fail("no seed shows it");
  const scenario = swarmScenario(swarm, seed);
  const shrunk = shrink(scenario, brokenProperty("split-brain"))?.scenario ?? expect.fail("it fails");
  const [before] = judgeScenario(scenario, ["split-brain"]).violations;
  const [after] = judgeScenario(shrunk, ["split-brain"]).violations;
  if (before === undefined || after === undefined) expect.fail("both fail");
  expect(anomalyClass(after, shrunk)).toBe(anomalyClass(before, scenario));
  expect((shrunk.timeline ?? []).length).toBeLessThanOrEqual(6);
});
