import { expect, test } from "vitest";
import type { Report } from "../../lib/protocol/report";
import { planOf } from "../../lib/scenario/plan";
import type { ScenarioInput } from "../../lib/scenario/schema";
import { runPlan } from "../../lib/sim/run";

function reportOf(scenario: Omit<ScenarioInput, "name">): Report {
  const plan = planOf({ name: "sessions", ...scenario });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  return runPlan(plan.value).report;
}

const sites = ["mumbai", "pune", "frankfurt"];
const put = (atMs: number, session: string, site: string, value: string) =>
  ({ atMs, do: "op", session, site, op: { f: "put", key: "x", value } }) as const;
const get = (atMs: number, session: string, site: string) =>
  ({ atMs, do: "op", session, site, op: { f: "get", key: "x" } }) as const;

/** What the reads of one session returned, and who served them. */
const readsOf = ({ ops }: Report, session: string) =>
  ops
    .filter((op) => op.session === session && op.f === "get")
    .map(({ value, servedBy }) => [value, servedBy]);

test("A3: a replica shows an old value 10 ms after the write, and the primary never does", () => {
  const run = (readFrom: "local" | "primary") =>
    reportOf({
      durationMs: 3000,
      sites,
      cluster: { mode: "active-passive", readFrom },
      timeline: [put(1000, "alice", "mumbai", "A"), get(1010, "bob", "pune"), get(1160, "bob", "pune")],
    });
  expect(readsOf(run("local"), "bob")).toEqual([
    [null, "pune"],
    ["A", "pune"],
  ]);
  expect(readsOf(run("primary"), "bob")).toEqual([
    ["A", "mumbai"],
    ["A", "mumbai"],
  ]);
});

test("A4: a session misses its own write at a replica; a token costs it 40 ms, a pin a trip to the primary", () => {
  const run = (readFrom: "local" | "token" | { pinMs: number }) =>
    reportOf({
      durationMs: 6000,
      sites,
      cluster: { mode: "active-passive", readFrom },
      timeline: [put(1000, "alice", "mumbai", "A"), get(1010, "alice", "pune"), get(4000, "alice", "pune")],
    });
  expect(readsOf(run("local"), "alice")).toEqual([
    [null, "pune"],
    ["A", "pune"],
  ]);
  const token = run("token");
  expect(readsOf(token, "alice")[0]).toEqual(["A", "pune"]);
  expect((token.ops[1]?.retMs ?? 0) - 1010).toBeLessThan(60);
  expect(readsOf(run({ pinMs: 2000 }), "alice")).toEqual([
    ["A", "mumbai"],
    ["A", "pune"],
  ]);
});

test("A5: a session that moves to a slower replica goes back in time; its token takes it to the primary", () => {
  const run = (readFrom: "local" | "token") =>
    reportOf({
      durationMs: 6000,
      sites,
      cluster: { mode: "active-passive", readFrom },
      timeline: [
        { atMs: 100, do: "link", from: "mumbai", to: "frankfurt", oneWay: true, delayMs: 2500 },
        put(1000, "bob", "mumbai", "A"),
        get(1100, "alice", "pune"),
        get(1200, "alice", "frankfurt"),
      ],
    });
  expect(readsOf(run("local"), "alice")).toEqual([
    ["A", "pune"],
    [null, "frankfurt"],
  ]);
  const [first, second] = readsOf(run("token"), "alice");
  expect(first).toEqual(["A", "pune"]);
  expect(second?.[0]).toBe("A");
});

test("A17: an orphan serves old values for as long as its upstream is dead, and catches up under another", () => {
  const { ops, final } = reportOf({
    durationMs: 12_000,
    sites,
    cluster: { mode: "active-passive", failover: "manual", upstream: { frankfurt: "pune" } },
    traffic: [
      { session: "w", site: "mumbai", everyMs: 100, fromMs: 1000, toMs: 2000, mix: { put: 1 }, keys: ["x"] },
    ],
    timeline: [
      { atMs: 1450, do: "crash", site: "pune" },
      get(7000, "alice", "frankfurt"),
      { atMs: 8000, do: "configure", cluster: { upstream: {} } },
      get(11_000, "alice", "frankfurt"),
    ],
  });
  const reads = ops.filter(({ session }) => session === "alice");
  expect(reads.map(({ status, value }) => [status, value])).toEqual([
    ["ok", "w-4"],
    ["ok", "w-10"],
  ]);
  expect(final.frankfurt?.keys.x).toBe("w-10");
});

test("A21: a retry with the same id counts once, a retry under another id twice", () => {
  const add = (atMs: number) =>
    ({ atMs, do: "op", session: "alice", site: "route", op: { f: "increment", key: "n", by: 1 } }) as const;
  const cut = { atMs: 990, do: "cut", from: "mumbai", to: "edge", oneWay: true } as const;
  const mend = { atMs: 1600, do: "mend", from: "mumbai", to: "edge" } as const;
  const common = { durationMs: 6000, sites, timeoutMs: 500, cluster: { mode: "active-passive" } } as const;
  const careful = reportOf({ ...common, retry: true, timeline: [cut, add(1000), mend] });
  expect(careful.ops).toMatchObject([{ id: "alice:1", status: "ok", value: 1 }]);
  expect(careful.final.mumbai?.keys.n).toBe(1);
  const careless = reportOf({ ...common, timeline: [cut, add(1000), mend, add(2000)] });
  expect(careless.ops.map(({ status }) => status)).toEqual(["unknown", "ok"]);
  expect(careless.final.mumbai?.keys.n).toBe(2);
});

test("a refusal after an attempt without an answer proves nothing: the outcome stays unknown", () => {
  const { ops } = reportOf({
    durationMs: 8000,
    sites,
    timeoutMs: 500,
    retry: true,
    cluster: { mode: "active-passive", failover: "manual" },
    timeline: [
      { atMs: 990, do: "cut", from: "mumbai", to: "edge", oneWay: true },
      { atMs: 1000, do: "op", session: "alice", site: "route", op: { f: "put", key: "x", value: "A" } },
      { atMs: 1300, do: "crash", site: "mumbai" },
    ],
  });
  expect(ops).toMatchObject([{ status: "unknown" }]);
  expect(ops[0]?.retMs).toBeGreaterThan(2000);
});

test("a client of the world follows a redirect once; a refusal it does not follow", () => {
  const run = (writeAt: "redirect" | "reject") =>
    reportOf({
      durationMs: 4000,
      sites,
      cluster: { mode: "active-passive", writeAt, route: "round-robin" },
      traffic: [{ session: "w", site: "route", everyMs: 200, fromMs: 500, mix: { put: 1 }, keys: ["x"] }],
    }).ops;
  const redirected = run("redirect");
  expect(redirected.every(({ status, servedBy }) => status === "ok" && servedBy === "mumbai")).toBe(true);
  const rejected = run("reject").map(({ status }) => status);
  expect(rejected).toContain("ok");
  expect(rejected).toContain("fail");
});

test("[E185] where a stand-in alone keeps a session's write, a read that all owners answer is not believed", () => {
  const key = "k59";
  const at = (atMs: number, site: string, op: { f: "put"; value: string } | { f: "get" }) =>
    ({ atMs, do: "op", session: "alice", site, op: { ...op, key } }) as const;
  const { ops } = reportOf({
    durationMs: 14_000,
    sites: ["mumbai", "pune", "frankfurt", "london", "lagos", "lima"],
    cluster: { mode: "quorum", quorum: { n: 3, r: 2, w: 2, sloppy: true }, session: ["read-your-writes"] },
    timeline: [
      // All three owners of this key are on the other side.
      { atMs: 1000, do: "partition", groups: [["mumbai", "pune", "frankfurt"]] },
      at(6000, "mumbai", { f: "put", value: "mine" }),
      at(6500, "lagos", { f: "get" }),
      { atMs: 10_000, do: "heal" },
      at(13_000, "lagos", { f: "get" }),
    ],
  });
  expect(ops.map(({ status, value, error }) => [status, value, error])).toEqual([
    ["ok", null, null],
    ["fail", null, "STALE"],
    ["ok", "mine", null],
  ]);
});
