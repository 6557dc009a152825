import { expect, test } from "vitest";
import { replayOf } from "../../lib/history/replay";
import { must } from "../../lib/kernel/assert";
import { reportSchema } from "../../lib/protocol/report";
import { scenarioNamed } from "../../lib/scenario/bundled/all";
import { planOf } from "../../lib/scenario/plan";
import type { ScenarioInput } from "../../lib/scenario/schema";
import { promiseRows } from "../../lib/sim/promises";
import { runPlan } from "../../lib/sim/run";
import { swarmScenario } from "../../lib/sim/swarm/swarm";

function replayed(scenario: ScenarioInput) {
  const plan = planOf(scenario);
  if (!plan.ok) throw new Error(plan.error.expected);
  const { report, events } = runPlan(plan.value, { checks: [], detail: "outline" });
  return { report, ...replayOf(events, report.config) };
}
const bundled = (id: string) => replayed(must(scenarioNamed(id), id).scenario);
const rows = promiseRows.filter(({ name, swarm }) => name.startsWith("active-active") && swarm.core === null);

test.each(rows.filter(({ name }) => !name.endsWith("certify")))(
  "$name: what the rule that served makes of the trace is what the sites hold, whatever went wrong",
  ({ swarm }) => {
    for (let seed = 1; seed <= 3; seed += 1) {
      const { report, merges } = replayed(swarmScenario(swarm, seed));
      const [end] = Object.values(report.final);
      expect(merges[report.config.merge], `seed ${seed}`).toEqual(end?.keys);
    }
  },
);

test("one history under every rule: of two votes last write wins keeps one, a counter counts both, siblings show both", () => {
  const { merges, receipts } = bundled("a6-lww-lost-update");
  expect(merges).toMatchObject({
    ...{ lww: { x: 1 }, "lww-hlc": { x: 1 }, crdt: { x: 2 }, "revision-tree": { x: 1 } },
    siblings: { x: { siblings: [1, 1] } },
  });
  const said = (merge: string) => receipts.filter((each) => each.merge === merge);
  expect(said("lww")).toEqual([
    expect.objectContaining({ op: "a:1", outcome: "overwritten", by: "b:1" }),
    expect.objectContaining({ op: "b:1", outcome: "kept" }),
  ]);
  expect(said("crdt").map(({ outcome }) => outcome)).toEqual(["merged", "merged"]);
  expect(said("siblings").map(({ outcome }) => outcome)).toEqual(["sibling", "sibling"]);
});

test("what one writer lost many writers would have kept", () => {
  const { report, merges } = bundled("write-that-vanished");
  expect(report.metrics.lostWrites).toBe(1);
  const [lost] = report.incidents.flatMap(({ lostOps }) => lostOps);
  const { key, arg } = must(
    report.ops.find(({ id }) => id === lost),
    "the lost write",
  );
  expect(merges.lww?.[key]).toEqual(arg);
});

test("a write that was refused has a receipt with its reason, and rights that were passed on are passed on again", () => {
  const { receipts, merges } = bundled("a10-prevented");
  const refused = receipts.filter(({ outcome, merge }) => outcome === "refused" && merge === "bounded");
  expect(refused).toEqual([expect.objectContaining({ op: "b:1", key: "stock", by: null })]);
  expect(refused[0]?.why).toMatch(/^This site holds rights to 0 of "stock"/);
  expect(merges.bounded).toEqual({ stock: 0 });
  const sold = replayed({
    name: "two shops, and all that is left is wanted at one of them",
    ...{ durationMs: 6000, sites: ["mumbai", "pune"], cluster: { preset: "antidote-bounded-counter" } },
    timeline: [
      { atMs: 1000, do: "op", session: "a", site: "mumbai", op: { f: "increment", key: "stock", by: 10 } },
      { atMs: 2000, do: "op", session: "b", site: "pune", op: { f: "reserve", key: "stock", amount: 8 } },
      { atMs: 4000, do: "op", session: "a", site: "mumbai", op: { f: "reserve", key: "stock", amount: 2 } },
    ],
  });
  expect(sold.report.ops.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(sold.merges.bounded).toEqual({ stock: 0 });
});

test("every receipt is one sentence or two, in a report of the published shape", () => {
  for (const id of ["votes-lww", "cart-by-rules", "couchdb-longest-branch", "galera-first-committer-wins"]) {
    const { report, merges, receipts } = bundled(id);
    expect(receipts.length).toBeGreaterThan(0);
    for (const { why } of receipts) expect(why).toMatch(/^\S.{8,}\.$/);
    const whole = { ...report, merges, receipts };
    expect(() => reportSchema.parse(JSON.parse(JSON.stringify(whole)))).not.toThrow();
  }
});
