import type { ScenarioInput } from "../schema";
import type { BundledScenario } from "./bundled-scenario";

/** Two votes on one side of a partition, three on the other; `merge` decides what is left of them. */
function partitionedVotes(merge: "lww" | "lww-hlc" | "crdt"): Omit<ScenarioInput, "name" | "expect"> {
  const vote = (atMs: number, site: string) =>
    ({
      atMs,
      do: "op",
      session: `voter-${site}`,
      site,
      op: { f: "increment", key: "votes", by: 1 },
    }) as const;
  return {
    durationMs: 20_000,
    sites: ["mumbai", "frankfurt", "virginia", "tokyo", "lagos"],
    cluster: { mode: "active-active", merge },
    timeline: [
      {
        atMs: 2000,
        do: "partition",
        groups: [
          ["mumbai", "frankfurt", "virginia"],
          ["tokyo", "lagos"],
        ],
      },
      vote(3000, "mumbai"),
      vote(4000, "frankfurt"),
      vote(5000, "virginia"),
      vote(6000, "tokyo"),
      vote(7000, "lagos"),
      { atMs: 10_000, do: "heal" },
    ],
  };
}

/** Pune's clock is two seconds fast; Frankfurt reads Pune's write and replaces it. */
function fastClock(merge: "lww" | "lww-hlc"): Omit<ScenarioInput, "name" | "expect"> {
  return {
    durationMs: 10_000,
    sites: ["pune", "frankfurt"],
    cluster: { mode: "active-active", merge },
    timeline: [
      { atMs: 500, do: "clock", site: "pune", skewMs: 2000 },
      { atMs: 1000, do: "op", session: "a", site: "pune", op: { f: "put", key: "price", value: "old" } },
      { atMs: 2000, do: "op", session: "b", site: "frankfurt", op: { f: "get", key: "price" } },
      { atMs: 2100, do: "op", session: "b", site: "frankfurt", op: { f: "put", key: "price", value: "new" } },
    ],
  };
}

/** Every site a primary: what concurrent writes come to under each merge rule. */
export const activeActive: readonly BundledScenario[] = [
  {
    id: "votes-lww",
    scenario: {
      name: "Votes on both sides, last write wins",
      ...partitionedVotes("lww"),
      expect: [
        { key: "votes", everywhere: 2 },
        { metric: "lostWrites", equals: 3 },
        { metric: "silentConflicts", equals: 3 },
        { metric: "availabilityWrites", equals: 1 },
      ],
    },
  },
  {
    id: "votes-crdt",
    scenario: {
      name: "Votes on both sides, merged",
      ...partitionedVotes("crdt"),
      expect: [
        { key: "votes", everywhere: 5 },
        { metric: "lostWrites", equals: 0 },
        { metric: "silentConflicts", equals: 0 },
        { metric: "availabilityWrites", equals: 1 },
      ],
    },
  },
  {
    id: "fast-clock-lww",
    scenario: {
      name: "The clock that was two seconds fast",
      ...fastClock("lww"),
      expect: [
        { key: "price", everywhere: "old" },
        { metric: "lostWrites", equals: 1 },
      ],
    },
  },
  {
    id: "fast-clock-lww-hlc",
    scenario: {
      name: "The fast clock, with a hybrid logical clock",
      ...fastClock("lww-hlc"),
      expect: [
        { key: "price", everywhere: "new" },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
];
