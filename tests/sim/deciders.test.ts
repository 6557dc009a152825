import { describe, expect, test } from "vitest";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import type { TraceEvent } from "../../lib/protocol/trace";
import { planOf } from "../../lib/scenario/plan";
import type { ScenarioInput } from "../../lib/scenario/schema";
import { type Run, runPlan } from "../../lib/sim/run";

const sentinel: ClusterPatch = { preset: "redis-sentinel" };
const vrrp: ClusterPatch = { preset: "keepalived-pair" };

/** Clients at every site and one that follows the edge, each with a write twice a second. */
function run(
  sites: string[],
  cluster: ClusterPatch,
  timeline: readonly object[],
  more: Partial<ScenarioInput> = {},
): Run {
  const traffic = [...sites, "route"].map((site) => ({
    session: `at-${site}`,
    site,
    everyMs: 500,
    mix: { put: 1 },
    keys: [`of-${site}`],
  }));
  const plan = planOf({
    name: "deciders",
    seed: 1,
    durationMs: 25_000,
    settleMs: 60_000,
    timeoutMs: 2000,
    sites,
    cluster,
    network: { delayMs: 20 },
    traffic,
    timeline,
    ...more,
  } as ScenarioInput);
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  return runPlan(plan.value);
}

type RoleEvent = Extract<TraceEvent, { kind: "role" }>;
const reigns = ({ events }: Run): readonly RoleEvent[] =>
  events.filter((event): event is RoleEvent => event.kind === "role" && event.role === "primary");
const said = ({ events }: Run, text: string) =>
  events.filter((event) => event.kind === "note" && event.text.includes(text));
const three = ["mumbai", "pune", "frankfurt"];
const five = [...three, "london", "lagos"];

describe.each([
  { decider: "votes", preset: sentinel, sites: three },
  { decider: "peer", preset: vrrp, sites: three.slice(0, 2) },
])("where $decider decides", ({ preset, sites }) => {
  test("[E157] a synchronous write waits for a standby and for no coordinator", () => {
    const cluster: ClusterPatch = { ...preset, ack: "sync" };
    const [, standby] = sites;
    const outcome = run(sites, cluster, [
      { atMs: 3000, do: "crash", site: standby },
      { atMs: 9000, do: "restart", site: standby },
    ]);
    const acked = outcome.report.ops.filter((op) => op.status === "ok").map((op) => op.retMs ?? 0);
    expect(acked.some((atMs) => atMs < 2000)).toBe(true);
    expect(acked.some((atMs) => atMs > 20_000)).toBe(true);
    // With one standby the cluster of two has nobody to wait for meanwhile, and does not go on alone.
    expect(acked.some((atMs) => atMs > 4500 && atMs < 9000)).toBe(sites.length === 3);
    expect(outcome.report.metrics.lostWrites).toBe(0);
  });
});

describe("votes (Redis Sentinel)", () => {
  test("[E131][E135][E136][E140][E141] a crashed primary is found down by a quorum and replaced by an elected monitor's choice", () => {
    const outcome = run(three, sentinel, [{ atMs: 3000, do: "crash", site: "mumbai" }]);
    const [first, second, ...others] = reigns(outcome);
    expect(first).toMatchObject({ site: "mumbai", epoch: 1 });
    expect(second?.epoch).toBe(2);
    expect(second?.reason).toContain("was elected by 2 of 3 monitors in epoch 2");
    expect(second?.atMs).toBeGreaterThan(6000);
    expect(second?.atMs).toBeLessThan(8000);
    expect(others).toEqual([]);
    const evidence = outcome.events.flatMap((event) =>
      event.kind === "detect" && event.site !== "coordinator" ? [event.evidence] : [],
    );
    expect(evidence).toContainEqual(expect.stringContaining("subjectively down"));
    expect(evidence).toContainEqual(expect.stringContaining("the quorum is 2: objectively down"));
    expect(outcome.report.ledger.unaccounted).toBe(0);
  });

  test("[E142] A2: an isolated primary goes on acknowledging, and still does for four seconds after the heal", () => {
    const outcome = run(three, sentinel, [
      { atMs: 3000, do: "partition", groups: [["mumbai"]] },
      { atMs: 16_000, do: "heal" },
    ]);
    expect(outcome.report.metrics.splitBrainMs).toBeGreaterThan(10_000);
    expect(outcome.report.ledger.erased).toBeGreaterThan(30);
    expect(outcome.report.ledger.unaccounted).toBe(0);
    const acked = outcome.events.filter(
      (event) => event.kind === "ok" && event.servedBy === "mumbai" && event.epoch === 1,
    );
    const last = acked.at(-1)?.atMs ?? 0;
    expect(last).toBeGreaterThan(19_000);
    expect(last).toBeLessThan(21_500);
    const ending = outcome.events.find(
      (event) => event.kind === "role" && event.site === "mumbai" && event.epoch === 2,
    );
    expect(ending).toMatchObject({ reason: expect.stringContaining("went on as primary of epoch 1") });
  });

  test("[E142] with epochs as a fence the window after the heal is one message long", () => {
    const timeline = [
      { atMs: 3000, do: "partition", groups: [["mumbai"]] },
      { atMs: 16_000, do: "heal" },
    ];
    const outcome = run(three, { ...sentinel, fencing: ["epoch"] }, timeline);
    const acked = outcome.events.filter((event) => event.kind === "ok" && event.servedBy === "mumbai");
    expect(acked.at(-1)?.atMs).toBeLessThan(17_500);
    expect(outcome.report.ledger.unaccounted).toBe(0);
  });

  test("[E138] of two monitors one is no majority: the quorum detects, and nobody may act", () => {
    const monitors = { count: 2, quorum: 1, majority: true };
    const timeline = [{ atMs: 3000, do: "crash", site: "mumbai" }];
    const outcome = run(three, { ...sentinel, monitors }, timeline);
    expect(reigns(outcome)).toHaveLength(1);
    const detected = outcome.events.filter(
      (event) => event.kind === "detect" && event.evidence.includes("objectively down"),
    );
    expect(detected).not.toEqual([]);
    expect(said(outcome, "was not elected in epoch 2: it has 1 of 2 votes")).not.toEqual([]);
    const loose = run(three, { ...sentinel, monitors: { ...monitors, majority: false } }, timeline);
    expect(reigns(loose)).toHaveLength(2);
  });

  test("[E138] a quorum of one detects alone and still needs the majority's votes", () => {
    const monitors = { count: 5, quorum: 1, majority: true };
    const outcome = run(five, { ...sentinel, monitors }, [
      {
        atMs: 3000,
        do: "partition",
        groups: [
          ["mumbai", "pune", "frankfurt"],
          ["london", "lagos"],
        ],
      },
    ]);
    expect(reigns(outcome).map(({ site }) => site)).toEqual(["mumbai"]);
    const detectors = outcome.events.flatMap((event) =>
      event.kind === "detect" && event.evidence.includes("objectively down") ? [event.site] : [],
    );
    expect(new Set(detectors)).toEqual(new Set(["london", "lagos"]));
  });

  test("[E133][E138] A11 without the majority rule: two sites become primary in one epoch, and one history is left", () => {
    const monitors = { count: 3, quorum: 1, majority: false };
    const outcome = run(three, { ...sentinel, monitors }, [
      { atMs: 3000, do: "partition", groups: [["mumbai"], ["pune"], ["frankfurt"]] },
      { atMs: 3000, do: "crash", site: "mumbai" },
      { atMs: 12_000, do: "heal" },
      { atMs: 20_000, do: "restart", site: "mumbai" },
    ]);
    const second = reigns(outcome).filter(({ epoch }) => epoch === 2);
    expect(new Set(second.map(({ site }) => site))).toEqual(new Set(["pune", "frankfurt"]));
    const contents = Object.values(outcome.report.final).map(({ keys }) => keys);
    for (const keys of contents) expect(keys).toEqual(contents[0]);
    expect(outcome.report.ledger.erased).toBeGreaterThan(5);
    expect(outcome.report.ledger.unaccounted).toBe(0);
  });

  test("[E143] a monitor that stood still convicts nobody", () => {
    const outcome = run(three, sentinel, [{ atMs: 3000, do: "pause", site: "frankfurt", forMs: 8000 }]);
    expect(said(outcome, "stood still")).toHaveLength(1);
    const convicted = outcome.events.filter(
      (event) => event.kind === "detect" && event.site === "frankfurt" && event.state !== "alive",
    );
    expect(convicted).toEqual([]);
    expect(reigns(outcome)).toHaveLength(1);
  });

  test("[E132][E145] a primary that restarts is not primary by memory, and the monitors elect anew", () => {
    const outcome = run(three, sentinel, [
      { atMs: 3000, do: "crash", site: "mumbai" },
      { atMs: 3400, do: "restart", site: "mumbai" },
    ]);
    const [, second] = reigns(outcome);
    expect(second?.epoch).toBe(2);
    expect(second?.atMs).toBeGreaterThan(3400 + 5000);
    expect(outcome.report.ledger.unaccounted).toBe(0);
  });
});

describe("peer (VRRP)", () => {
  test("[E147] silence of three adverts and the skew of the priority makes a replica primary", () => {
    const outcome = run(three, vrrp, [{ atMs: 3000, do: "crash", site: "mumbai" }]);
    const [, second, ...others] = reigns(outcome);
    expect(second).toMatchObject({ site: "pune", epoch: 2 });
    expect(others).toEqual([]);
    const lastAdvertMs = 3000;
    expect(second?.atMs).toBeGreaterThan(lastAdvertMs + 3609 - 1000);
    expect(second?.atMs).toBeLessThan(lastAdvertMs + 3609 + 100);
  });

  test("[E133][E148] A11: crash the primary and cut the rest: both are promoted in one epoch", () => {
    const outcome = run(three, vrrp, [
      { atMs: 3000, do: "crash", site: "mumbai" },
      { atMs: 3000, do: "cut", from: "pune", to: "frankfurt" },
      { atMs: 14_000, do: "heal" },
    ]);
    const second = reigns(outcome).filter(({ epoch }) => epoch === 2);
    expect(second.map(({ site }) => site)).toEqual(["pune", "frankfurt"]);
    expect((second[1]?.atMs ?? 0) - (second[0]?.atMs ?? 0)).toBeLessThan(100);
    expect(outcome.report.metrics.splitBrainMs).toBeGreaterThan(5000);
    expect(outcome.report.ledger.erased).toBeGreaterThan(5);
    expect(outcome.report.ledger.unaccounted).toBe(0);
    const discards = outcome.events.filter((event) => event.kind === "discard");
    expect(new Set(discards.map(({ site }) => site))).toEqual(new Set(["frankfurt"]));
    const contents = Object.values(outcome.report.final).map(({ keys }) => keys);
    for (const keys of contents) expect(keys).toEqual(contents[0]);
  });

  test("[E148] a primary that was paused never changed state: it goes past the other's epoch and announces nothing", () => {
    const outcome = run(["mumbai", "pune"], vrrp, [{ atMs: 3000, do: "pause", site: "mumbai", forMs: 8000 }]);
    expect(reigns(outcome).map(({ site, epoch }) => [site, epoch])).toEqual([
      ["mumbai", 1],
      ["pune", 2],
      ["mumbai", 3],
    ]);
    expect(said(outcome, "gratuitous ARP").map(({ site }) => site)).toEqual(["pune"]);
    expect(outcome.report.ledger.erased).toBeGreaterThan(5);
  });

  test("[E149][E150] with preempt the better priority returns whatever its data is like; manual leaves it a replica", () => {
    const timeline = [
      { atMs: 3000, do: "crash", site: "mumbai" },
      { atMs: 12_000, do: "restart", site: "mumbai" },
    ];
    const preempting = run(["mumbai", "pune"], vrrp, timeline);
    expect(reigns(preempting).map(({ site }) => site)).toEqual(["mumbai", "pune", "mumbai"]);
    const manual = run(["mumbai", "pune"], { ...vrrp, failback: "manual" }, timeline);
    expect(reigns(manual).map(({ site }) => site)).toEqual(["mumbai", "pune"]);
  });

  test("[E149] A13: adverts that get lost and preempt make the primary flap, patience ends it", () => {
    const lossy = { durationMs: 60_000, network: { delayMs: 20, lossPct: 35 } };
    const hasty = { ...vrrp, detector: { heartbeatMs: 1000, timeoutMs: 2000 } };
    const patient = { ...vrrp, detector: { heartbeatMs: 1000, timeoutMs: 12_000 } };
    const flapping = run(["mumbai", "pune"], hasty, [], lossy);
    expect(reigns(flapping).length).toBeGreaterThan(4);
    expect(flapping.report.ledger.unaccounted).toBe(0);
    expect(reigns(run(["mumbai", "pune"], patient, [], lossy))).toHaveLength(1);
  });
});

describe("swim", () => {
  const swim: ClusterPatch = { preset: "postgres-async", detector: { kind: "swim" } };
  const found = ({ events }: Run, state: string, target: string) =>
    events.filter(
      (event) =>
        event.kind === "detect" &&
        event.site !== "coordinator" &&
        event.state === state &&
        event.target === target,
    );

  test("[E152][E153][E156] a crashed site is suspected, found dead by several, and the coordinator takes their word", () => {
    const outcome = run(five, swim, [{ atMs: 3000, do: "crash", site: "mumbai" }]);
    expect(found(outcome, "dead", "mumbai").length).toBeGreaterThanOrEqual(4);
    const view = outcome.events.find((event) => event.kind === "view" && event.epoch === 2);
    expect(view?.atMs).toBeGreaterThan(6000);
    expect(view?.atMs).toBeLessThan(16_000);
  });

  test("[E152] a cut between two sites is bridged by the helpers: nobody is suspected", () => {
    const outcome = run(five, swim, [{ atMs: 3000, do: "cut", from: "pune", to: "lagos" }]);
    expect(found(outcome, "suspect", "lagos")).toEqual([]);
    expect(found(outcome, "suspect", "pune")).toEqual([]);
  });

  test("[E154] who was only slow refutes the suspicion by a higher incarnation", () => {
    const outcome = run(five, swim, [{ atMs: 3000, do: "pause", site: "lagos", forMs: 4500 }]);
    expect(found(outcome, "suspect", "lagos")).not.toEqual([]);
    expect(found(outcome, "dead", "lagos")).toEqual([]);
    const back = found(outcome, "alive", "lagos");
    expect(back).not.toEqual([]);
    for (const event of back) expect(event).toMatchObject({ evidence: expect.stringContaining("refuted") });
  });

  test("[E155] a site that is cut off alone blames itself: it grows slower to accuse", () => {
    const outcome = run(five, swim, [
      { atMs: 3000, do: "isolate", site: "lagos" },
      { atMs: 23_000, do: "heal" },
    ]);
    const accusations = outcome.events.filter(
      (event) => event.kind === "detect" && event.site === "lagos" && event.state === "suspect",
    );
    // At one probe a second all four would be suspected within five seconds.
    expect(accusations.filter(({ atMs }) => atMs < 8000).length).toBeLessThan(4);
    expect(outcome.report.ledger.unaccounted).toBe(0);
  });
});
