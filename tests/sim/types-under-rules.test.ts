import { describe, expect, test } from "vitest";
import { canonicalJson, type Json } from "../../lib/kernel/json";
import { type Meeting, meetings } from "../../lib/merge/types-under-rules";
import type { Cluster } from "../../lib/protocol/cluster";
import type { WriteOperation } from "../../lib/protocol/operation";
import type { DataType } from "../../lib/protocol/site/replicated-op";
import { planOf } from "../../lib/scenario/plan";
import type { ScenarioInput } from "../../lib/scenario/schema";
import { runPlan } from "../../lib/sim/run";

type Step = NonNullable<ScenarioInput["timeline"]>[number];

/** Two changes of one value, and what it shows where only the first, only the second, or both of them count. */
const pairs: Readonly<Record<DataType, readonly [WriteOperation, WriteOperation, Json, Json, Json]>> = {
  register: [{ f: "put", key: "x", value: "A" }, { f: "put", key: "x", value: "B" }, "A", "B", null],
  counter: [{ f: "increment", key: "x", by: 2 }, { f: "increment", key: "x", by: 3 }, 2, 3, 5],
  set: [{ f: "add", key: "x", value: "A" }, { f: "add", key: "x", value: "B" }, ["A"], ["B"], ["A", "B"]],
  record: [
    { f: "patch", key: "x", field: "a", value: 1 },
    { f: "patch", key: "x", field: "b", value: 2 },
    ...[{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  ] as const as readonly [WriteOperation, WriteOperation, Json, Json, Json],
  text: [
    { f: "insert", key: "x", at: 0, text: "A" },
    { f: "insert", key: "x", at: 0, text: "B" },
    "A",
    "B",
    "AB",
  ],
};

/** Both are written at one instant, 80 ms apart by the network, and all is heard. */
function meet(merge: Cluster["merge"], type: DataType) {
  const [first, second] = pairs[type];
  const write = (site: string, op: WriteOperation): Step => ({
    atMs: 3000,
    do: "op",
    session: site,
    site,
    op,
  });
  const plan = planOf({
    ...{ name: "meeting", seed: 3, durationMs: 6000, settleMs: 5000 },
    sites: ["mumbai", "pune", "frankfurt"],
    cluster: { mode: "active-active", merge },
    network: { delayMs: 80 },
    timeline: [write("mumbai", first), write("pune", second)],
  });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  const { report } = runPlan(plan.value);
  const values = Object.values(report.final).map(({ keys }) => keys.x ?? null);
  expect(new Set(values.map(canonicalJson)).size, "every site shows the same").toBe(1);
  return { report, value: values[0] ?? null };
}

function meetingIn(merge: Cluster["merge"], type: DataType): Meeting | null {
  const { report, value } = meet(merge, type);
  const [, , first, second, both] = pairs[type];
  const is = (other: Json) => canonicalJson(value) === canonicalJson(other);
  const { silentlyLost, surviving } = report.ledger;
  if (report.ops.some(({ error }) => error === "CERTIFICATION_FAILED"))
    return is(first) || is(second) ? "one is refused" : null;
  if (both !== null && (is(both) || (type === "text" && is("BA")))) return "both count";
  if (is({ siblings: [first, second] }) || is({ siblings: [second, first] }))
    return surviving === 2 ? "side by side" : null;
  if (!is(first) && !is(second)) return null;
  return silentlyLost === 1 ? "one is kept" : surviving === 2 ? "one is shown" : null;
}

describe.each(Object.keys(meetings) as Cluster["merge"][])("under %s", (merge) => {
  test.each(Object.keys(pairs) as DataType[])("a %s is what the docs say", (type) => {
    expect(meetingIn(merge, type)).toBe(meetings[merge][type]);
  });
});
