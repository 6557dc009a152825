import type { BundledScenario } from "./bundled-scenario";

/** Changing a running cluster must lose nothing. */
export const changes: readonly BundledScenario[] = [
  {
    id: "drain-to-active-active",
    scenario: {
      name: "From one primary to many, and back",
      durationMs: 30_000,
      sites: ["mumbai", "pune", "frankfurt"],
      cluster: { preset: "postgres-async" },
      traffic: [
        { session: "c1", site: "route", everyMs: 100, toMs: 25_000, mix: { put: 1 }, keys: ["x", "y"] },
      ],
      timeline: [
        { atMs: 5000, do: "configure", cluster: { ack: "sync" } },
        { atMs: 10_000, do: "configure", cluster: { mode: "active-active", merge: "crdt", ack: "async" } },
        { atMs: 18_000, do: "configure", cluster: { mode: "active-passive", ack: "sync" } },
      ],
      expect: [
        { metric: "lostWrites", equals: 0 },
        { metric: "failovers", equals: 0 },
        { metric: "unknownOps", equals: 0 },
        { metric: "availabilityWrites", atLeast: 0.9 },
      ],
    },
  },
  {
    id: "switchover",
    scenario: {
      name: "An orderly switchover",
      durationMs: 20_000,
      sites: ["mumbai", "pune", "frankfurt"],
      cluster: { preset: "postgres-async" },
      traffic: [
        { session: "c1", site: "route", everyMs: 100, toMs: 15_000, mix: { put: 1 }, keys: ["x", "y"] },
      ],
      timeline: [{ atMs: 5000, do: "promote", site: "frankfurt" }],
      expect: [
        { metric: "lostWrites", equals: 0 },
        { metric: "failovers", equals: 0 },
        { metric: "availabilityWrites", atLeast: 0.95 },
        { final: { site: "frankfurt", role: "primary" } },
      ],
    },
  },
];
