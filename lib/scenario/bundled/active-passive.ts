import type { BundledScenario } from "./bundled-scenario";

const sites = ["mumbai", "pune", "frankfurt"];

/** One primary and its replicas: what a failover costs, and what prevents the cost. */
export const activePassive: readonly BundledScenario[] = [
  {
    id: "healthy-async",
    scenario: {
      name: "A quiet day",
      durationMs: 20_000,
      sites,
      cluster: { preset: "postgres-async" },
      traffic: [
        { session: "c1", site: "route", everyMs: 100, keys: ["x", "y"] },
        { session: "c2", site: "frankfurt", everyMs: 250, keys: ["y", "z"] },
      ],
      expect: [
        { metric: "availabilityWrites", equals: 1 },
        { metric: "availabilityReads", equals: 1 },
        { metric: "lostWrites", equals: 0 },
        { metric: "failovers", equals: 0 },
        { final: { site: "mumbai", role: "primary", epoch: 1 } },
      ],
    },
  },
  {
    id: "write-that-vanished",
    scenario: {
      name: "The write that vanished",
      durationMs: 20_000,
      sites,
      cluster: { preset: "postgres-async" },
      timeline: [
        {
          atMs: 1000,
          do: "op",
          session: "bob",
          site: "mumbai",
          op: { f: "put", key: "seat 12", value: "Bob" },
        },
        {
          atMs: 2960,
          do: "op",
          session: "alice",
          site: "mumbai",
          op: { f: "put", key: "seat 12", value: "Alice" },
        },
        { atMs: 3000, do: "crash", site: "mumbai" },
        { atMs: 9000, do: "restart", site: "mumbai" },
      ],
      expect: [
        { metric: "lostWrites", equals: 1 },
        { metric: "unknownOps", equals: 0 },
        { metric: "failovers", equals: 1 },
        { metric: "splitBrainMs", equals: 0 },
        { key: "seat 12", everywhere: "Bob" },
        { final: { site: "mumbai", role: "replica" } },
      ],
    },
  },
  {
    id: "write-that-stayed",
    scenario: {
      name: "The write that vanished, with a synchronous replica",
      durationMs: 20_000,
      sites,
      cluster: { preset: "postgres-sync" },
      traffic: [{ session: "c1", site: "route", everyMs: 100, toMs: 15_000, keys: ["x", "y"] }],
      timeline: [
        {
          atMs: 2960,
          do: "op",
          session: "alice",
          site: "mumbai",
          op: { f: "put", key: "seat 12", value: "Alice" },
        },
        { atMs: 3000, do: "crash", site: "mumbai" },
        { atMs: 9000, do: "restart", site: "mumbai" },
      ],
      expect: [
        { metric: "lostWrites", equals: 0 },
        { metric: "unknownOps", atLeast: 1 },
        { metric: "failovers", equals: 1 },
        { metric: "splitBrainMs", equals: 0 },
      ],
    },
  },
  {
    id: "split-brain-prevented",
    scenario: {
      name: "Two halves, one primary",
      durationMs: 30_000,
      sites,
      cluster: { preset: "postgres-async", writeAt: "reject" },
      traffic: [
        { session: "inside", site: "mumbai", everyMs: 100, toMs: 20_000, mix: { put: 1 }, keys: ["x"] },
        { session: "outside", site: "route", everyMs: 100, toMs: 20_000, mix: { put: 1 }, keys: ["y"] },
      ],
      timeline: [
        { atMs: 5000, do: "partition", groups: [["mumbai"], ["pune", "frankfurt", "coordinator", "edge"]] },
        { atMs: 20_000, do: "heal" },
      ],
      expect: [
        { metric: "splitBrainMs", equals: 0 },
        { metric: "failovers", equals: 1 },
        { metric: "falseFailovers", equals: 1 },
        { metric: "lostWrites", atLeast: 1 },
        { final: { site: "mumbai", role: "replica" } },
      ],
    },
  },
  {
    id: "paused-primary",
    scenario: {
      name: "The primary that fell asleep",
      durationMs: 25_000,
      sites,
      cluster: { preset: "postgres-sync" },
      traffic: [
        { session: "c1", site: "route", everyMs: 100, toMs: 20_000, mix: { put: 1 }, keys: ["x"] },
        { session: "c2", site: "mumbai", everyMs: 500, toMs: 20_000, mix: { put: 1 }, keys: ["y"] },
      ],
      timeline: [{ atMs: 5000, do: "pause", site: "mumbai", forMs: 9000 }],
      expect: [
        { metric: "splitBrainMs", equals: 0 },
        { metric: "lostWrites", equals: 0 },
        { metric: "failovers", equals: 1 },
        { metric: "falseFailovers", equals: 1 },
        { final: { site: "mumbai", role: "replica" } },
      ],
    },
  },
  {
    id: "quick-restart",
    scenario: {
      name: "Back before anybody noticed",
      durationMs: 20_000,
      sites,
      cluster: { preset: "postgres-async" },
      traffic: [{ session: "c1", site: "route", everyMs: 100, toMs: 15_000, keys: ["x", "y"] }],
      timeline: [
        { atMs: 5000, do: "crash", site: "mumbai" },
        { atMs: 5800, do: "restart", site: "mumbai" },
      ],
      expect: [
        { metric: "failovers", equals: 0 },
        { metric: "lostWrites", equals: 0 },
        { final: { site: "mumbai", role: "primary", epoch: 2 } },
      ],
    },
  },
  {
    id: "lost-disk",
    scenario: {
      name: "The disk that burnt",
      durationMs: 25_000,
      sites,
      cluster: { preset: "postgres-sync" },
      traffic: [{ session: "c1", site: "route", everyMs: 100, toMs: 20_000, keys: ["x", "y"] }],
      timeline: [
        { atMs: 5000, do: "crash", site: "mumbai", disk: "lost" },
        { atMs: 12_000, do: "restart", site: "mumbai" },
      ],
      expect: [
        { metric: "lostWrites", equals: 0 },
        { metric: "failovers", equals: 1 },
        { final: { site: "mumbai", role: "replica" } },
      ],
    },
  },
];
