import { describe, expect, test } from "vitest";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import type { TraceEvent } from "../../lib/protocol/trace";
import { runPlan } from "../../lib/sim/run";
import { type Feature, swarmPlan } from "../sim/swarm";

const features: readonly Feature[] = [
  "crash",
  "lost-disk",
  "pause",
  "partition",
  "one-way",
  "isolate",
  "weather",
  "clock",
];
const seeds = Array.from({ length: 40 }, (_, i) => i + 1);
const quick = { heartbeatMs: 200, timeoutMs: 1000 };

/** The monitors that were elected, by epoch. */
function leadersOf(events: readonly TraceEvent[]): Map<string, Set<string>> {
  const leaders = new Map<string, Set<string>>();
  for (const event of events) {
    const epoch =
      event.kind === "note" ? /was elected by .* in epoch (\d+)/.exec(event.text)?.[1] : undefined;
    if (epoch !== undefined) leaders.set(epoch, (leaders.get(epoch) ?? new Set()).add(event.site));
  }
  return leaders;
}

/** No site's epoch ever goes back, unless its disk was lost. */
function expectRisingEpochs(events: readonly TraceEvent[], lostDisks: ReadonlySet<string>): void {
  const latest = new Map<string, number>();
  for (const event of events) {
    if (event.kind !== "role" || lostDisks.has(event.site)) continue;
    expect(event.epoch).toBeGreaterThanOrEqual(latest.get(event.site) ?? 0);
    latest.set(event.site, event.epoch);
  }
}

function swarm(seed: number, cluster: ClusterPatch) {
  const plan = swarmPlan(seed, { ...cluster, detector: quick }, features);
  const { events, report, isSettled } = runPlan(plan);
  const lost = plan.timeline.flatMap((verb) =>
    verb.do === "crash" && verb.disk === "lost" ? [verb.site as string] : [],
  );
  return { events, report, isSettled, lost: new Set(lost) };
}

const votes = (sites: number, majority: boolean): ClusterPatch => ({
  preset: "redis-sentinel",
  monitors: { count: sites, quorum: majority ? 2 : 1, majority },
});

describe("swarms where the sites decide", () => {
  test("[E132][E137][E138][E144] with the majority rule never two monitors are elected in one epoch, and no epoch goes back", () => {
    let elections = 0;
    for (const seed of seeds) {
      const { sites } = swarmPlan(seed, { preset: "keepalived-pair" }, features);
      const { events, report, lost } = swarm(seed, votes(Math.min(3, sites.length), true));
      for (const [epoch, leaders] of leadersOf(events)) {
        expect([...leaders], `seed ${seed}, epoch ${epoch}`).toHaveLength(1);
        elections += 1;
      }
      expectRisingEpochs(events, lost);
      expect(report.ledger.unaccounted, `seed ${seed}`).toBe(0);
    }
    expect(elections).toBeGreaterThan(5);
  });

  test("[E133] without the majority rule, and among peers, the ledger balances and one history is left", () => {
    let ties = 0;
    for (const seed of seeds) {
      for (const cluster of [votes(2, false), { preset: "keepalived-pair" }]) {
        const { events, report, isSettled, lost } = swarm(seed, cluster);
        const reigns = new Map<number, Set<string>>();
        for (const event of events) {
          if (event.kind !== "role" || event.role !== "primary") continue;
          reigns.set(event.epoch, (reigns.get(event.epoch) ?? new Set()).add(event.site));
        }
        ties += [...reigns.values()].filter(({ size }) => size > 1).length;
        expectRisingEpochs(events, lost);
        const name = `seed ${seed} ${JSON.stringify(cluster)}`;
        expect(isSettled, name).toBe(true);
        const contents = Object.values(report.final).map(({ keys }) => keys);
        for (const keys of contents) expect(keys, name).toEqual(contents[0]);
        expect(report.ledger.unaccounted, name).toBe(0);
      }
    }
    expect(ties).toBeGreaterThan(0);
  });
});
