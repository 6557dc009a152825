import { expect, test } from "vitest";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import type { Operation } from "../../lib/protocol/operation";
import { planOf } from "../../lib/scenario/plan";
import { runPlan } from "../../lib/sim/run";

/** Mumbai and Pune are apart for two operations each, then together; later somebody at Pune settles x. */
function conflictsUnder(cluster: ClusterPatch, op: (by: string) => Operation) {
  const at = (atMs: number, session: string, site: string, what: Operation) =>
    ({ atMs, do: "op", session, site, op: what }) as const;
  const plan = planOf({
    name: "two sides",
    durationMs: 9000,
    sites: ["mumbai", "pune", "delhi"],
    cluster: { mode: "active-active", ...cluster },
    timeline: [
      { atMs: 500, do: "partition", groups: [["mumbai"], ["pune", "delhi"]] },
      at(1000, "ann", "mumbai", op("ann")),
      at(1100, "bob", "pune", op("bob")),
      { atMs: 2000, do: "heal" },
      { atMs: 5000, do: "resolve", site: "pune", key: "x", value: 7 },
    ],
  });
  if (!plan.ok) throw new Error(plan.error.expected);
  const { metrics, ledger } = runPlan(plan.value, { checks: [] }).report;
  const { silentConflicts, autoMerges, siblings, settlements } = metrics;
  expect(ledger.unaccounted).toBe(0);
  return { silentConflicts, autoMerges, siblings, settlements };
}
const put = (by: string): Operation => ({ f: "put", key: "x", value: by });
const count = (): Operation => ({ f: "increment", key: "n", by: 1 });

test("of two concurrent puts last write wins drops one unseen, and siblings keep both until somebody settles them", () => {
  const none = { silentConflicts: 0, autoMerges: 0, siblings: 0, settlements: 0 };
  expect(conflictsUnder({ merge: "lww" }, put)).toEqual({ ...none, silentConflicts: 1 });
  expect(conflictsUnder({ merge: "lww-hlc" }, put)).toEqual({ ...none, silentConflicts: 1 });
  expect(conflictsUnder({ merge: "siblings" }, put)).toEqual({ ...none, siblings: 2, settlements: 1 });
  expect(conflictsUnder({ merge: "app" }, put)).toEqual({ ...none, siblings: 2, settlements: 1 });
});

test("of two concurrent increments last write wins drops one unseen, and a counter that merges has both", () => {
  expect(conflictsUnder({ merge: "lww" }, count)).toMatchObject({ silentConflicts: 1, autoMerges: 0 });
  expect(conflictsUnder({ merge: "crdt" }, count)).toMatchObject({ silentConflicts: 0, autoMerges: 1 });
});

test("a revision tree hides one of two concurrent edits, and counts it as a conflict until somebody settles it", () => {
  const tree = conflictsUnder({ merge: "revision-tree" }, put);
  expect(tree).toEqual({ silentConflicts: 0, autoMerges: 0, siblings: 2, settlements: 1 });
});

test("two whole numbers put at once open one bounded counter, which holds both; words do not add up", () => {
  const stock = (by: string): Operation => ({ f: "put", key: "stock", value: by === "ann" ? 1 : 2 });
  expect(conflictsUnder({ merge: "bounded" }, stock)).toMatchObject({ silentConflicts: 0, autoMerges: 1 });
  const word = (by: string): Operation => ({ f: "put", key: "w", value: by });
  expect(conflictsUnder({ merge: "bounded" }, word)).toMatchObject({ silentConflicts: 1, autoMerges: 0 });
});

test("leaderless, a concurrent write is dropped unseen as well", () => {
  const quorum = { mode: "quorum", quorum: { n: 3, r: 1, w: 1 } } as const;
  expect(conflictsUnder(quorum, put)).toMatchObject({ silentConflicts: 1, siblings: 0 });
});

test("leaderless by field, patches of two fields do not conflict, and of one field the later is kept", () => {
  const quorum = { mode: "quorum", quorum: { n: 3, r: 1, w: 1 } } as const;
  const two = (by: string): Operation => ({ f: "patch", key: "r", field: by, value: 1 });
  const one = (by: string): Operation => ({ f: "patch", key: "r", field: "name", value: by });
  expect(conflictsUnder(quorum, two)).toMatchObject({ silentConflicts: 1, autoMerges: 0 });
  const byField = { ...quorum, lww: { unit: "field" } } as const;
  expect(conflictsUnder(byField, two)).toMatchObject({ silentConflicts: 0, autoMerges: 1 });
  expect(conflictsUnder(byField, one)).toMatchObject({ silentConflicts: 1, autoMerges: 0 });
});

test("a deletion beside a value that its author had not read has done what it said (swarm, siblings, seed 18)", () => {
  const del = (by: string): Operation => (by === "ann" ? put("ann") : { f: "delete", key: "x" });
  expect(conflictsUnder({ merge: "siblings" }, del)).toMatchObject({ silentConflicts: 0 });
});

test.each([
  { preset: "postgres-async" },
  { mode: "active-active", merge: "lww" },
  { mode: "quorum" },
] as const)(
  "whoever takes the last of a set away has lost nothing: %o (swarm, siblings, seed 48)",
  (cluster) => {
    const at = (atMs: number, op: Operation) =>
      ({ atMs, do: "op", session: "ann", site: "mumbai", op }) as const;
    const plan = planOf({
      ...{ name: "the last one", durationMs: 6000, sites: ["mumbai", "pune", "delhi"], cluster },
      timeline: [
        at(3000, { f: "add", key: "s", value: 1 }),
        at(3500, { f: "remove", key: "s", value: 1 }),
        at(4000, { f: "insert", key: "t", at: 0, text: "ab" }),
        at(4500, { f: "erase", key: "t", at: 0, length: 2 }),
      ],
    });
    if (!plan.ok) throw new Error(plan.error.expected);
    const { ledger, metrics } = runPlan(plan.value, { checks: [] }).report;
    expect(ledger).toMatchObject({ ackedWrites: 4, silentlyLost: 0, erased: 0, unaccounted: 0 });
    expect(metrics.lostWrites).toBe(0);
  },
);

test.each([
  { mode: "active-active", lww: { order: "time", unit: "field" } },
  { mode: "quorum", quorum: { n: 3, r: 1, w: 1 }, lww: { unit: "field" } },
] as const)(
  "what a field lost stays lost when somebody writes it again, and a deletion loses nothing: %o",
  (cluster) => {
    const at = (atMs: number, session: string, site: string, op: Operation) =>
      ({ atMs, do: "op", session, site, op }) as const;
    const patch = (field: string, value: string): Operation => ({ f: "patch", key: "user", field, value });
    const plan = planOf({
      ...{ name: "a field", durationMs: 9000, sites: ["mumbai", "pune", "delhi"], cluster },
      timeline: [
        at(400, "ann", "mumbai", patch("room", "1")),
        { atMs: 500, do: "partition", groups: [["mumbai"], ["pune", "delhi"]] },
        at(1000, "ann", "mumbai", patch("mail", "ann")),
        at(1100, "bob", "pune", patch("mail", "bob")),
        { atMs: 2000, do: "heal" },
        at(5000, "col", "delhi", patch("mail", "col")),
        at(6000, "col", "delhi", { f: "delete", key: "user" }),
      ],
    });
    if (!plan.ok) throw new Error(plan.error.expected);
    const { ledger } = runPlan(plan.value, { checks: [] }).report;
    expect(ledger).toMatchObject({ ackedWrites: 5, silentlyLost: 1, overwrittenKnowingly: 3, surviving: 1 });
  },
);
