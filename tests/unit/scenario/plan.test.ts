import { expect, test } from "vitest";
import type { CheckResult, FinalState, Metrics } from "../../../lib/protocol/report";
import { judge } from "../../../lib/scenario/expect";
import { planOf } from "../../../lib/scenario/plan";
import { jsonPath } from "../../../lib/scenario/problem";

const plain = { name: "plain", durationMs: 1000, sites: ["mumbai", "pune"] };
const refusal = (change: object) => {
  const plan = planOf({ ...plain, ...change });
  return plan.ok ? null : `${plan.error.path}: ${plan.error.expected}`;
};

test("what a scenario leaves out has the contract's defaults, and the timeline is put in order", () => {
  const plan = planOf({
    ...plain,
    timeline: [
      { atMs: 900, do: "heal" },
      { atMs: 100, do: "crash", site: "pune" },
      { atMs: 900, do: "restart", site: "pune" },
    ],
  });
  expect(plan).toMatchObject({
    ok: true,
    value: {
      ...{ seed: 1, settleMs: 10_000, timeoutMs: 5000, traffic: [], expect: [] },
      network: { delayMs: 50, jitterMs: 0, lossPct: 0 },
      sites: [{ id: "mumbai", city: "Mumbai" }, { id: "pune" }],
      cluster: { mode: "active-passive", ack: "async" },
      timeline: [{ do: "crash", disk: "kept" }, { do: "heal" }, { do: "restart" }],
    },
  });
});

test("a site of one's own needs a place on the map", () => {
  expect(refusal({ sites: [{ id: "atlantis", city: "Atlantis", lat: 0, lon: 0 }] })).toBeNull();
  expect(refusal({ sites: [{ id: "atlantis", city: "Atlantis", lat: 99, lon: 0 }] })).toBe(
    "$.sites[0].lat: expected number to be <=90",
  );
  expect(refusal({ sites: ["edge"] })).toMatch(/^\$\.sites\[0\]: /);
});

test("each configure must lead on from the one before", () => {
  const configure = (atMs: number, cluster: object) => ({ atMs, do: "configure", cluster });
  const toMany = configure(100, { mode: "active-active" });
  expect(refusal({ timeline: [configure(100, { ack: "sync" })] })).toBeNull();
  expect(refusal({ timeline: [configure(200, { ack: "sync" }), toMany] })).toMatch(
    /^\$\.timeline\[0\]\.cluster\.ack: expected/,
  );
});

test("a node may be named once in a partition, and a link needs two ends", () => {
  const at = (verb: object) => refusal({ timeline: [{ atMs: 1, ...verb }] });
  expect(at({ do: "partition", groups: [["pune", "coordinator"], ["edge"]] })).toBeNull();
  expect(at({ do: "partition", groups: [["pune"], ["pune"]] })).toMatch(/^\$\.timeline\[0\]\.groups: /);
  expect(at({ do: "cut", from: "pune", to: "pune" })).toMatch(/^\$\.timeline\[0\]\.to: /);
  expect(at({ do: "cut", from: "pune", to: "oslo" })).toMatch(/^\$\.timeline\[0\]\.to: expected a site/);
  expect(at({ do: "op", session: "a", site: "oslo", op: { f: "get", key: "x" } })).toMatch(
    /\.site: expected a site/,
  );
});

test("a value that fits no shape is told of those it is nearest to", () => {
  expect(refusal({ network: { delayMs: "far" } })).toBe(
    '$.network.delayMs: expected number, found string, or expected "geographic"',
  );
  expect(refusal({ expect: [{ metric: "luck", atMost: 1 }] })).toMatch(
    /^\$\.expect\[0\]\.metric: expected one of/,
  );
  expect(refusal({ expect: [{ metric: "lostWrites" }] })).toBe(
    "$.expect[0]: expected atMost, atLeast or equals",
  );
  expect(jsonPath(["a", 0, "b c"])).toBe('$.a[0]["b c"]');
});

test("expectations compare contents; a metric without a value meets no bound", () => {
  const metrics = { lostWrites: 2, nines: null } as Metrics;
  const state = (x: unknown): FinalState => ({
    ...{ role: "replica", epoch: 2, position: { epoch: 2, lsn: 9 } },
    keys: { x: x as FinalState["keys"][string] },
  });
  const final = { pune: state({ a: 1, b: 2 }), delhi: state({ b: 2, a: 1 }) };
  const common = { scope: "all", witness: null, text: "" };
  const checks: CheckResult[] = [
    { check: "causal", verdict: "holds", ...common },
    { check: "linearizable", verdict: "unknown", ...common },
  ];
  const outcomes = judge(
    [
      { metric: "lostWrites", atMost: 2, atLeast: 1 },
      { metric: "lostWrites", equals: 1 },
      { metric: "nines", atMost: 9 },
      { metric: "nines", equals: null },
      { key: "x", everywhere: { a: 1, b: 2 } },
      { key: "y", everywhere: null },
      { final: { site: "pune" as never, role: "replica", epoch: 2 } },
      { check: "causal", verdict: "holds" },
      { check: "linearizable", verdict: "holds" },
      { final: { site: "pune" as never, role: "primary" } },
    ],
    { metrics, final, checks },
  );
  const oks = [true, false, false, true, true, true, true, true, false, false];
  expect(outcomes.map(({ ok }) => ok)).toEqual(oks);
  expect(outcomes.at(-1)?.actual).toEqual({ role: "replica" });
});
