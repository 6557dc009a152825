import fc from "fast-check";
import { expect, test } from "vitest";
import { keyed } from "../../../lib/kernel/random";
import type { NodeId, SiteId } from "../../../lib/protocol/ids";
import { planOf } from "../../../lib/scenario/plan";
import { runPlan } from "../../../lib/sim/run";
import { faultKinds } from "../../../lib/sim/swarm/faults";
import { type ShapeName, type Silence, silences } from "../../../lib/sim/swarm/shapes";
import { type Swarm, swarmScenario } from "../../../lib/sim/swarm/swarm";
import { chanceOf } from "../../../lib/sim/swarm/tables";

const sites = ["mumbai", "pune", "frankfurt", "london", "lagos"] as SiteId[];
const all: Swarm = {
  cluster: { preset: "postgres-async" },
  sites: [2, 5],
  durationMs: 5000,
  faults: faultKinds,
  work: "types",
  core: null,
};
const shapeOf = (shape: ShapeName, seed: number) => silences(shape, sites, chanceOf(keyed(seed, "shape"), 0));
const between = (cuts: readonly Silence[]) => cuts.filter(({ from, to }) => isSite(from) && isSite(to));
const isSite = (node: NodeId) => (sites as readonly NodeId[]).includes(node);

test("every seed is a scenario that can be run, whatever may go wrong in it", () => {
  fc.assert(
    fc.property(
      fc.nat(1_000_000),
      fc.constantFrom(null, (n: number) => (n >> 1) + 1),
      (seed, core) => {
        const plan = planOf(swarmScenario({ ...all, core }, seed));
        expect(plan).toMatchObject({ ok: true });
      },
    ),
    { numRuns: 300 },
  );
});

test("in a majorities ring every site hears a majority and no two hear the same one", () => {
  const cuts = shapeOf("majorities-ring", 1);
  const heard = sites.map((site) =>
    sites.filter((other) => !cuts.some(({ from, to }) => from === other && to === site)).sort(),
  );
  for (const group of heard) expect(group).toHaveLength(3);
  expect(new Set(heard.map((group) => group.join())).size).toBe(sites.length);
});

test("a bridge is the one site that both halves hear", () => {
  const cuts = between(shapeOf("bridge", 2));
  const isWhole = (site: SiteId) => !cuts.some(({ from, to }) => from === site || to === site);
  expect(sites.filter(isWhole)).toHaveLength(1);
  expect(cuts).toHaveLength(2 * 2 * 2);
});

test("an isolated site hears nobody; one way leaves each silenced pair the other way", () => {
  const isolated = shapeOf("isolate", 3);
  expect(isolated).toHaveLength(2 * (sites.length - 1 + 2));
  const oneWay = [1, 2, 3, 4, 5].flatMap((seed) => shapeOf("one-way", seed));
  expect(oneWay.length).toBeGreaterThan(0);
  for (const seed of [1, 2, 3, 4, 5]) {
    const cuts = shapeOf("one-way", seed);
    for (const { from, to } of cuts) expect(cuts).not.toContainEqual({ from: to, to: from });
  }
});

test("a fault that is left out changes no message, no session and no other fault", () => {
  const scenario = swarmScenario({ ...all, faults: ["weather"] }, 4);
  const timeline = scenario.timeline ?? [];
  expect(timeline.length).toBeGreaterThan(2);
  const report = (part: typeof timeline) => {
    const plan = planOf({ ...scenario, timeline: part });
    if (!plan.ok) throw new Error(plan.error.expected);
    return runPlan(plan.value).report;
  };
  const whole = report(timeline);
  const none = report([]);
  const calls = ({ ops }: typeof whole) =>
    ops.map(({ id, callMs, f, key, arg }) => ({ id, callMs, f, key, arg }));
  expect(calls(none)).toEqual(calls(whole));
});
