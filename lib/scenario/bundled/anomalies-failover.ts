import type { ScenarioInput } from "../schema";
import type { BundledScenario } from "./bundled-scenario";
import { put, type Step, writes } from "./steps";

const sites = ["mumbai", "pune", "frankfurt"];
const rest = ["pune", "frankfurt", "coordinator", "edge"];
const alone = (atMs: number): Step => ({ atMs, do: "partition", groups: [["mumbai"], rest] });

const vanishing = {
  durationMs: 25_000,
  sites,
  timeline: [
    alone(2000),
    put(2010, "alice", "mumbai", "x", "A"),
    { atMs: 2100, do: "crash", site: "mumbai" },
    { atMs: 15_000, do: "heal" },
    { atMs: 16_000, do: "restart", site: "mumbai" },
  ],
} satisfies Omit<ScenarioInput, "name" | "cluster">;

const split = {
  durationMs: 30_000,
  sites,
  traffic: [
    writes("inside", "mumbai", "x", 500, 1000, 25_000),
    writes("outside", "route", "y", 500, 1000, 25_000),
  ],
  timeline: [alone(2000), { atMs: 20_000, do: "heal" }],
} satisfies Omit<ScenarioInput, "name" | "cluster">;

const orphaned = {
  durationMs: 25_000,
  sites,
  traffic: [writes("p", "pune", "x", 500, 1000, 20_000), writes("f", "frankfurt", "x", 500, 1000, 20_000)],
  timeline: [
    { atMs: 5000, do: "crash", site: "mumbai" },
    { atMs: 5000, do: "cut", from: "pune", to: "frankfurt" },
    { atMs: 20_000, do: "heal" },
  ],
} satisfies Omit<ScenarioInput, "name" | "cluster">;

const flapping = {
  durationMs: 60_000,
  sites,
  traffic: [writes("c1", "route", "x", 200, 0, 60_000)],
  timeline: [{ atMs: 100, do: "link", from: "mumbai", to: "coordinator", lossPct: 30 }],
} satisfies Omit<ScenarioInput, "name" | "cluster">;

const paused = {
  durationMs: 25_000,
  sites,
  traffic: [writes("world", "route", "y", 500, 1000, 20_000)],
  timeline: [
    { atMs: 2100, do: "pause", site: "mumbai", forMs: 11_900 },
    { atMs: 2200, do: "cut", from: "mumbai", to: "coordinator" },
    put(11_000, "queued", "mumbai", "x", "zombie"),
    { atMs: 18_000, do: "heal" },
  ],
} satisfies Omit<ScenarioInput, "name" | "cluster">;

const diverging = {
  durationMs: 25_000,
  sites,
  timeline: [
    put(1000, "alice", "mumbai", "x", "w0"),
    alone(2000),
    put(2010, "alice", "mumbai", "x", "w1"),
    { atMs: 2100, do: "crash", site: "mumbai" },
    put(15_000, "bob", "pune", "x", "w2"),
    { atMs: 16_000, do: "heal" },
    { atMs: 16_000, do: "restart", site: "mumbai" },
  ],
} satisfies Omit<ScenarioInput, "name" | "cluster">;

const asleepStandby = {
  durationMs: 30_000,
  sites,
  timeline: [
    { atMs: 1000, do: "link", from: "mumbai", to: "frankfurt", delayMs: 1500 },
    put(3000, "alice", "mumbai", "x", "A"),
    { atMs: 3200, do: "pause", site: "pune", forMs: 15_000 },
    { atMs: 3300, do: "crash", site: "mumbai" },
  ],
} satisfies Omit<ScenarioInput, "name" | "cluster">;

const degraded = {
  durationMs: 30_000,
  sites,
  timeline: [
    { atMs: 2000, do: "cut", from: "mumbai", to: "pune" },
    { atMs: 2000, do: "cut", from: "mumbai", to: "frankfurt" },
    put(2010, "alice", "mumbai", "x", "A"),
    { atMs: 6000, do: "crash", site: "mumbai" },
  ],
} satisfies Omit<ScenarioInput, "name" | "cluster">;

/** What a failover can cost, and what prevents it: A1, A2, A11, A13, A14, A15, A18 and A19 of the catalogue. */
export const failoverAnomalies: readonly BundledScenario[] = [
  {
    id: "a1-acknowledged-write-lost",
    scenario: {
      name: "A1 An acknowledged write is lost by an asynchronous failover",
      ...vanishing,
      cluster: { preset: "postgres-async" },
      expect: [
        { metric: "lostWrites", equals: 1 },
        { metric: "unknownOps", equals: 0 },
        { metric: "failovers", equals: 1 },
        { key: "x", everywhere: null },
      ],
    },
  },
  {
    id: "a1-prevented",
    scenario: {
      name: "A1 prevented: a synchronous write is not acknowledged before a replica has it",
      ...vanishing,
      cluster: { preset: "postgres-sync" },
      expect: [
        { metric: "lostWrites", equals: 0 },
        { metric: "unknownOps", equals: 1 },
        { metric: "failovers", equals: 1 },
      ],
    },
  },
  {
    id: "a2-split-brain",
    scenario: {
      name: "A2 Split brain: nothing stops the old primary",
      ...split,
      cluster: { preset: "redis-sentinel" },
      expect: [
        { metric: "splitBrainMs", atLeast: 5000 },
        { metric: "lostWrites", atLeast: 10 },
        { check: "split-brain", verdict: "violated" },
      ],
    },
  },
  {
    id: "a2-prevented",
    scenario: {
      name: "A2 prevented: a lease ends the old reign before the new one begins, and a write may still be lost",
      ...split,
      cluster: { preset: "postgres-async", writeAt: "reject" },
      expect: [
        { metric: "splitBrainMs", equals: 0 },
        { check: "split-brain", verdict: "holds" },
        { metric: "lostWrites", atLeast: 1 },
        { metric: "lostWrites", atMost: 8 },
      ],
    },
  },
  {
    id: "a2-prevented-without-loss",
    scenario: {
      name: "A2 prevented without loss: a lease, and a replica's disk behind every answer",
      ...split,
      cluster: { preset: "postgres-sync", writeAt: "reject" },
      expect: [
        { metric: "splitBrainMs", equals: 0 },
        { metric: "lostWrites", equals: 0 },
        { check: "split-brain", verdict: "holds" },
      ],
    },
  },
  {
    id: "a11-double-promotion",
    scenario: {
      name: "A11 Double promotion: two sites take over because neither hears the other",
      ...orphaned,
      cluster: { preset: "keepalived-pair" },
      expect: [
        { metric: "lostWrites", atLeast: 10 },
        { check: "split-brain", verdict: "violated" },
      ],
    },
  },
  {
    id: "a11-prevented",
    scenario: {
      name: "A11 prevented: one authority appoints one successor",
      ...orphaned,
      cluster: { preset: "postgres-async", writeAt: "reject" },
      expect: [
        { metric: "splitBrainMs", equals: 0 },
        { metric: "failovers", equals: 1 },
        { check: "split-brain", verdict: "holds" },
      ],
    },
  },
  {
    id: "a13-flapping",
    scenario: {
      name: "A13 Flapping: a timeout that one lost heartbeat exceeds, and a primary that always comes back",
      ...flapping,
      cluster: {
        preset: "postgres-async",
        failback: "preempt",
        detector: { heartbeatMs: 1000, timeoutMs: 1500 },
      },
      expect: [
        { metric: "failovers", atLeast: 3 },
        { metric: "falseFailovers", atLeast: 3 },
      ],
    },
  },
  {
    id: "a13-prevented",
    scenario: {
      name: "A13 prevented: a timeout of three heartbeats, and nobody comes back by himself",
      ...flapping,
      cluster: { preset: "postgres-async" },
      expect: [
        { metric: "failovers", equals: 0 },
        { metric: "availabilityWrites", equals: 1 },
      ],
    },
  },
  {
    id: "a14-paused-primary",
    scenario: {
      name: "A14 A primary that slept acknowledges a queued write before it looks at its lease",
      ...paused,
      cluster: { preset: "postgres-async", ack: "off", fencing: ["lease-tick"] },
      expect: [
        { metric: "splitBrainMs", atLeast: 1000 },
        { metric: "lostWrites", atLeast: 1 },
        { metric: "falseFailovers", equals: 1 },
      ],
    },
  },
  {
    id: "a14-prevented",
    scenario: {
      name: "A14 prevented: the lease is looked at with every request",
      ...paused,
      cluster: { preset: "postgres-async", ack: "off", writeAt: "reject" },
      expect: [
        { metric: "splitBrainMs", equals: 0 },
        { check: "split-brain", verdict: "holds" },
        { metric: "falseFailovers", equals: 1 },
      ],
    },
  },
  {
    id: "a15-divergent-log",
    scenario: {
      name: "A15 A former primary cannot follow: its log is not in the new history",
      ...diverging,
      cluster: { preset: "postgres-async", rejoin: "follow" },
      expect: [
        { check: "convergence", verdict: "violated" },
        { final: { site: "pune", keys: { x: "w2" } } },
        { final: { site: "mumbai", keys: { x: "w1" } } },
      ],
    },
  },
  {
    id: "a15-prevented",
    scenario: {
      name: "A15 prevented: it is rewound to where the logs part",
      ...diverging,
      cluster: { preset: "postgres-async", rejoin: "rewind" },
      expect: [
        { check: "convergence", verdict: "holds" },
        { key: "x", everywhere: "w2" },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "a18-wrong-promotion",
    scenario: {
      name: "A18 The wrong replica is promoted: the one that had the write was asleep",
      ...asleepStandby,
      cluster: { preset: "mysql-semisync" },
      expect: [
        { metric: "failovers", equals: 1 },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "a18-prevented",
    scenario: {
      name: "A18 prevented: only a site of the sync set may succeed, so the cluster waits for it",
      ...asleepStandby,
      cluster: { preset: "postgres-sync" },
      expect: [
        { metric: "lostWrites", equals: 0 },
        { key: "x", everywhere: "A" },
      ],
    },
  },
  {
    id: "a19-silent-degrade",
    scenario: {
      name: "A19 Semi-synchronous replication goes on alone without a word",
      ...degraded,
      cluster: { preset: "mysql-semisync" },
      expect: [
        { metric: "lostWrites", equals: 1 },
        { metric: "unknownOps", equals: 0 },
        { metric: "failovers", equals: 1 },
      ],
    },
  },
  {
    id: "a19-prevented",
    scenario: {
      name: "A19 prevented: strict synchronous replication does not go on alone",
      ...degraded,
      cluster: { preset: "postgres-sync" },
      expect: [
        { metric: "lostWrites", equals: 0 },
        { metric: "unknownOps", equals: 1 },
      ],
    },
  },
];
