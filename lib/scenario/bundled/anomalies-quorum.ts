import type { ScenarioInput } from "../schema";
import type { BundledScenario } from "./bundled-scenario";
import { get, put } from "./steps";

const sites = ["mumbai", "pune", "frankfurt"];
type Schedule = Omit<ScenarioInput, "name" | "cluster">;

const staleQuorum: Schedule = {
  durationMs: 5000,
  settleMs: 70_000,
  sites,
  timeline: [put(1000, "alice", "mumbai", "x", "new"), get(1010, "bob", "frankfurt", "x")],
};

/** Mumbai alone has the write. Bob reads it there; then he asks Frankfurt, which hears Pune first. */
const partialWrite: Schedule = {
  durationMs: 10_000,
  settleMs: 30_000,
  sites,
  timeline: [
    { atMs: 900, do: "isolate", site: "mumbai" },
    put(1000, "alice", "mumbai", "x", "half-written"),
    { atMs: 5000, do: "heal" },
    { atMs: 5000, do: "link", from: "mumbai", to: "frankfurt", delayMs: 800 },
    get(7000, "bob", "mumbai", "x"),
    get(7500, "bob", "frankfurt", "x"),
  ],
};
const unrepaired = { hintMs: 0, antiEntropyMs: 20_000 } as const;

/** What quorums let through, and what prevents it: A16 of the catalogue. */
export const quorumAnomalies: readonly BundledScenario[] = [
  {
    id: "a16-stale-quorum",
    scenario: {
      name: "A16 A stale read: one site was written, another one read",
      ...staleQuorum,
      cluster: { preset: "cassandra-one" },
      expect: [
        { metric: "staleReads", equals: 1 },
        { check: "linearizable", verdict: "violated" },
      ],
    },
  },
  {
    id: "a16-prevented",
    scenario: {
      name: "A16 prevented: two of three are written and two of three read, so they meet",
      ...staleQuorum,
      cluster: { preset: "cassandra-one", quorum: { r: 2, w: 2 } },
      expect: [
        { metric: "staleReads", equals: 0 },
        { check: "linearizable", verdict: "holds" },
      ],
    },
  },
  {
    id: "a16-partial-write",
    scenario: {
      name: "A16 A failed write is seen, and then it is not",
      ...partialWrite,
      cluster: { mode: "quorum", repair: { ...unrepaired, readRepair: "none" } },
      expect: [
        { metric: "unknownOps", equals: 1 },
        { check: "monotonic-reads", verdict: "violated" },
      ],
    },
  },
  {
    id: "a16-partial-write-prevented",
    scenario: {
      name: "A16 prevented: a read that has seen it writes it back before it answers",
      ...partialWrite,
      cluster: { mode: "quorum", repair: { ...unrepaired, readRepair: "blocking" } },
      expect: [
        { metric: "unknownOps", equals: 1 },
        { check: "monotonic-reads", verdict: "holds" },
        { key: "x", everywhere: "half-written" },
      ],
    },
  },
];
