import { describe, expect, test } from "vitest";
import { createLiveFigures } from "../../lib/history/live-figures";
import { planOf } from "../../lib/scenario/plan";
import type { ScenarioInput } from "../../lib/scenario/schema";
import { runPlan } from "../../lib/sim/run";

type Event = NonNullable<ScenarioInput["timeline"]>[number];

/** Two halves write while they cannot hear each other, then heal, and then everybody moves to another mode. */
function move(
  cluster: ScenarioInput["cluster"],
  to: string,
  writes: (at: "mumbai" | "pune") => Record<string, unknown>,
) {
  const write = (atMs: number, at: "mumbai" | "pune") =>
    ({ atMs, do: "op", session: at, site: at, op: writes(at) }) as Event;
  const plan = planOf({
    ...{ name: "move", seed: 1, durationMs: 12_000, settleMs: 5000 },
    sites: ["mumbai", "pune", "frankfurt"],
    cluster,
    network: { delayMs: 20 },
    timeline: [
      { atMs: 1000, do: "partition", groups: [["mumbai"], ["pune", "frankfurt"]] },
      write(1500, "mumbai"),
      write(1600, "pune"),
      { atMs: 3000, do: "heal" },
      { atMs: 6000, do: "configure", cluster: { preset: to } },
    ],
  });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  const { events, report } = runPlan(plan.value);
  const live = createLiveFigures();
  for (const event of events) live.add(event);
  const { lostWrites } = live.read();
  expect(lostWrites).toBe(report.metrics.lostWrites);
  expect(report.ledger.unaccounted).toBe(0);
  const discards = events.flatMap((event) => (event.kind === "discard" ? [`${event.site} ${event.op}`] : []));
  const shown = Object.values(report.final).map(({ keys }) => keys.seat);
  expect(new Set(shown.map((value) => JSON.stringify(value))).size).toBe(1);
  return { shown: shown[0], ledger: report.ledger, discards };
}

const put = (at: string) => ({ f: "put", key: "seat", value: at });

test("[E57] what stood side by side in a quorum is kept once too, and the other value discarded", () => {
  const cluster = { preset: "riak", quorum: { n: 3, r: 1, w: 1 } } as const;
  const { shown, ledger, discards } = move(cluster, "dynamodb-global-tables", put);
  const other = shown === "mumbai" ? "pune" : "mumbai";
  expect(["mumbai", "pune"]).toContain(shown);
  expect(ledger).toMatchObject({ surviving: 1, erased: 1 });
  expect(discards).toContain(`${other} ${other}:1`);
});

describe.each(["postgres-async", "etcd-raft", "cassandra-one"])("a change to %s", (to) => {
  test.each(["siblings", "siblings-vv", "revision-tree"] as const)(
    "[E57] keeps one of the values that stood side by side under %s, and lists the other as discarded",
    (merge) => {
      const { shown, ledger, discards } = move({ mode: "active-active", merge }, to, put);
      const other = shown === "mumbai" ? "pune" : "mumbai";
      expect(["mumbai", "pune"]).toContain(shown);
      expect(ledger).toMatchObject({ surviving: 1, erased: 1 });
      expect(discards).toContain(`${other} ${other}:1`);
    },
  );

  test("[E57] goes on with what the rule had merged, though the new mode names another", () => {
    const increment = (at: string) => ({ f: "increment", key: "seat", by: at === "pune" ? 2 : 3 });
    const { shown, ledger, discards } = move({ mode: "active-active", merge: "crdt" }, to, increment);
    expect({ shown, discards }).toEqual({ shown: 5, discards: [] });
    expect(ledger).toMatchObject({ merged: 1, surviving: 1 });
  });

  test("[E57] goes on with what the application's rules had made of two values", () => {
    const cluster: ScenarioInput["cluster"] = {
      mode: "active-active",
      merge: "app",
      app: { rules: [{ key: "*", rule: "max" }] },
    };
    const count = (at: string) => ({ f: "put", key: "seat", value: at === "pune" ? 2 : 3 });
    const { shown, ledger, discards } = move(cluster, to, count);
    expect({ shown, discards }).toEqual({ shown: 3, discards: [] });
    expect(ledger).toMatchObject({ merged: 1, surviving: 1, silentlyLost: 0 });
  });
});
