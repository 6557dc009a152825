import { expect, test } from "vitest";
import type { Report } from "../../../lib/protocol/report";
import { planOf } from "../../../lib/scenario/plan";
import type { ScenarioInput } from "../../../lib/scenario/schema";
import { runPlan } from "../../../lib/sim/run";

const sites = ["mumbai", "virginia", "lima"];

function run(
  scenario: Omit<ScenarioInput, "name" | "sites" | "cluster">,
  readFrom: "local" | "primary" = "local",
) {
  const cluster = { mode: "active-active", merge: "certify", readFrom } as const;
  const plan = planOf({ name: "certify", sites, cluster, ...scenario });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  return runPlan(plan.value);
}

const put = (atMs: number, session: string, site: string, value: string, key = "x") =>
  ({ atMs, do: "op", session, site, op: { f: "put", key, value } }) as const;
const get = (atMs: number, session: string, site: string) =>
  ({ atMs, do: "op", session, site, op: { f: "get", key: "x" } }) as const;
const outcome = ({ ops }: Report, id: string) => {
  const op = ops.find((each) => each.id === id);
  return [op?.status, op?.error ?? op?.value];
};

test("[M70] of two sites that write one key at once the first in the order wins; two keys do not conflict", () => {
  const { report } = run({
    durationMs: 6000,
    timeline: [
      put(3000, "a", "mumbai", "A"),
      put(3010, "b", "virginia", "B"),
      put(3010, "c", "lima", "C", "y"),
      put(4000, "b", "virginia", "B again"),
    ],
  });
  expect(outcome(report, "a:1")).toEqual(["ok", null]);
  expect(outcome(report, "b:1")).toEqual(["fail", "CERTIFICATION_FAILED"]);
  expect(outcome(report, "c:1")).toEqual(["ok", null]);
  // Tried again upon what has come meanwhile, it is certified.
  expect(outcome(report, "b:2")).toEqual(["ok", null]);
  expect(report.ledger).toMatchObject({ silentlyLost: 0, erased: 0, unaccounted: 0, merged: 0 });
});

test("[M71] two writes of one site to one key wait for each other instead of conflicting", () => {
  const timeline = [1, 2, 3].map((n) => put(3000 + n, "b", "virginia", `B${n}`));
  const { report } = run({ durationMs: 6000, timeline });
  expect(report.ops.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(Object.values(report.final).map(({ keys }) => keys.x)).toEqual(["B3", "B3", "B3"]);
});

test("[M72] a write is acknowledged when its own site shows it; another one may still show the old value", () => {
  const timeline = [
    put(3000, "b", "virginia", "new"),
    ...[3202, 3203].map((atMs) => get(atMs, "b", "virginia")),
    get(3110, "c", "lima"),
  ];
  const { report } = run({ durationMs: 6000, timeline });
  expect(outcome(report, "b:2")).toEqual(["ok", "new"]);
  expect(outcome(report, "c:1")).toEqual(["ok", null]);
  const written = report.ops.find(({ id }) => id === "b:1");
  expect(written?.servedBy).toBe("virginia");
});

test("[M73] a site that hears no majority serves nobody, and takes its place again after the heal", () => {
  const { report } = run({
    durationMs: 16_000,
    timeline: [
      put(1000, "a", "mumbai", "before"),
      { atMs: 2000, do: "partition", groups: [["lima"], ["mumbai", "virginia"]] },
      put(9000, "c", "lima", "alone"),
      get(9000, "c", "lima"),
      put(9000, "b", "virginia", "majority"),
      { atMs: 11_000, do: "heal" },
      get(14_000, "d", "lima"),
    ],
  });
  expect(outcome(report, "c:1")).toEqual(["fail", "UNAVAILABLE"]);
  expect(outcome(report, "c:2")).toEqual(["fail", "UNAVAILABLE"]);
  expect(outcome(report, "b:1")).toEqual(["ok", null]);
  expect(outcome(report, "d:1")).toEqual(["ok", "majority"]);
});

test("[M74] every site of the component is a primary; data goes over from and to the other modes", () => {
  const { report, events } = run({
    durationMs: 20_000,
    timeline: [
      put(2000, "a", "mumbai", "certified"),
      { atMs: 4000, do: "configure", cluster: { merge: "crdt" } },
      get(8000, "b", "lima"),
      put(9000, "b", "lima", "merged"),
      { atMs: 11_000, do: "configure", cluster: { merge: "certify" } },
      put(16_000, "c", "virginia", "certified again"),
    ],
  });
  expect(outcome(report, "b:1")).toEqual(["ok", "certified"]);
  expect(outcome(report, "c:1")).toEqual(["ok", null]);
  expect(Object.values(report.final).map(({ role }) => role)).toEqual(["primary", "primary", "primary"]);
  expect(report.ledger.unaccounted + report.ledger.erased).toBe(0);
  const views = events.filter((event) => event.kind === "view");
  expect(new Set(views.map(({ primary }) => primary))).toEqual(new Set([null]));
});
