import { expect, test } from "vitest";
import type { Report } from "../../lib/protocol/report";
import { planOf } from "../../lib/scenario/plan";
import type { ScenarioInput } from "../../lib/scenario/schema";
import { runPlan } from "../../lib/sim/run";

const sites = ["mumbai", "pune", "frankfurt"];
type Raft = { readonly preVote?: boolean; readonly checkQuorum?: boolean; readonly reads?: "lease" };
type Timeline = NonNullable<ScenarioInput["timeline"]>;

function play(raft: Raft, timeline: Timeline, traffic: ScenarioInput["traffic"] = []): Report {
  const cluster = { mode: "consensus", raft } as const;
  const network = { delayMs: 5 };
  const plan = planOf({ name: "consensus", durationMs: 20_000, sites, cluster, network, timeline, traffic });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  return runPlan(plan.value).report;
}
const verdict = ({ checks }: Report, name: string) => checks.find(({ check }) => check === name)?.verdict;
const put = (atMs: number, site: string, value: string) =>
  ({ atMs, do: "op", session: `w-${site}`, site, op: { f: "put", key: "x", value } }) as const;
const get = (atMs: number, site: string) =>
  ({ atMs, do: "op", session: `r-${site}`, site, op: { f: "get", key: "x" } }) as const;

test("[E112] without preVote a healed replica deposes a healthy primary, with it nothing happens", () => {
  const timeline: Timeline = [
    { atMs: 2000, do: "isolate", site: "frankfurt" },
    { atMs: 12_000, do: "heal" },
  ];
  const traffic = [{ session: "c1", site: "mumbai", everyMs: 100, keys: ["x"] }];
  const calm = play({ preVote: true }, timeline, traffic);
  const disturbed = play({ preVote: false }, timeline, traffic);
  expect(calm.metrics).toMatchObject({ availabilityWrites: 1, failovers: 0, lostWrites: 0 });
  expect(calm.final.mumbai).toMatchObject({ role: "primary", epoch: 1 });
  expect(disturbed.metrics.availabilityWrites).toBeLessThan(1);
  expect(disturbed.roles.filter(({ site, role }) => site === "mumbai" && role === "replica")).not.toEqual([]);
  expect(disturbed.metrics.lostWrites).toBe(0);
});

test("[E117] a lease read is stale after a pause that outlasts the lease, a read-index read never", () => {
  const timeline: Timeline = [
    put(500, "mumbai", "old"),
    { atMs: 2000, do: "pause", site: "mumbai", forMs: 14_000 },
    { atMs: 2000, do: "partition", groups: [["mumbai"]] },
    put(12_000, "pune", "new"),
    get(14_000, "mumbai"),
  ];
  const lease = play({ reads: "lease" }, timeline);
  const readIndex = play({}, timeline);
  const readOf = ({ ops }: Report) => ops.find(({ f }) => f === "get");
  expect(readOf(lease)).toMatchObject({ status: "ok", value: "old", servedBy: "mumbai" });
  expect(verdict(lease, "linearizable")).toBe("violated");
  expect(readOf(readIndex)?.status).not.toBe("ok");
  expect(verdict(readIndex, "linearizable")).not.toBe("violated");
  expect(lease.metrics.lostWrites + readIndex.metrics.lostWrites).toBe(0);
});

test("[E117] a lease read is stale where the primary's clock runs slow and the others' fast", () => {
  const drift = (site: string, driftPpm: number) => ({ atMs: 100, do: "clock", site, driftPpm }) as const;
  const often = (of: (atMs: number) => Timeline[number]): Timeline =>
    Array.from({ length: 100 }, (_, i) => of(7000 + i * 20));
  const timeline = (ppm: number): Timeline => [
    ...[drift("mumbai", -ppm), drift("pune", ppm), drift("frankfurt", ppm)],
    put(500, "mumbai", "old"),
    get(2000, "mumbai"),
    { atMs: 4500, do: "partition", groups: [["mumbai"]] },
    ...often((atMs) => put(atMs, "pune", `new-${atMs}`)),
    ...often((atMs) => get(atMs + 10, "mumbai")),
  ];
  expect(verdict(play({ reads: "lease" }, timeline(200_000)), "linearizable")).toBe("violated");
  expect(verdict(play({ reads: "lease" }, timeline(0)), "linearizable")).toBe("holds");
  expect(verdict(play({}, timeline(200_000)), "linearizable")).not.toBe("violated");
});

test("[E123] with a vote lost on a disk one epoch has two primaries; with the disk kept it has one", () => {
  const timeline = (disk: "lost" | "kept"): Timeline => [
    // Nobody but the voters hears that Frankfurt wins epoch 2. Then it forgets that it did.
    { atMs: 500, do: "cut", from: "pune", to: "coordinator" },
    { atMs: 500, do: "cut", from: "frankfurt", to: "coordinator" },
    { atMs: 1000, do: "crash", site: "mumbai" },
    { atMs: 7000, do: "partition", groups: [["pune"], ["frankfurt", "mumbai"]] },
    { atMs: 7100, do: "crash", site: "frankfurt", disk },
    { atMs: 7200, do: "restart", site: "frankfurt" },
    { atMs: 7200, do: "mend", from: "frankfurt", to: "coordinator" },
    { atMs: 7200, do: "restart", site: "mumbai" },
  ];
  const reigns = ({ roles }: Report) =>
    roles.flatMap(({ role, epoch, site }) => (role === "primary" ? [`${epoch} ${site}`] : []));
  expect(reigns(play({}, timeline("lost")))).toEqual(["1 mumbai", "2 frankfurt", "2 mumbai"]);
  expect(reigns(play({}, timeline("kept")))).toEqual(["1 mumbai", "2 frankfurt", "3 frankfurt"]);
});
