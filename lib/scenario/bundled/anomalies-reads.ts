import type { ScenarioInput } from "../schema";
import type { BundledScenario } from "./bundled-scenario";
import { get, put, reads, writes } from "./steps";

const sites = ["mumbai", "pune", "frankfurt"];
type Schedule = Omit<ScenarioInput, "name" | "cluster">;

const staleRead: Schedule = {
  durationMs: 5000,
  sites,
  timeline: [
    put(1000, "alice", "mumbai", "x", "new"),
    get(1010, "bob", "pune", "x"),
    get(1200, "bob", "pune", "x"),
  ],
};

const ownWrite: Schedule = {
  durationMs: 5000,
  sites,
  timeline: [put(1000, "alice", "mumbai", "x", "mine"), get(1010, "alice", "pune", "x")],
};

const backInTime: Schedule = {
  durationMs: 5000,
  sites,
  timeline: [
    { atMs: 500, do: "link", from: "mumbai", to: "frankfurt", delayMs: 500 },
    put(1000, "bob", "mumbai", "x", "new"),
    get(1100, "alice", "pune", "x"),
    get(1200, "alice", "frankfurt", "x"),
  ],
};

const load = (opsPerSec: number | null): Schedule => ({
  durationMs: 62_000,
  settleMs: 30_000,
  sites,
  network: { delayMs: 1 },
  traffic: [
    writes("c1", "mumbai", "x", 1000 / 60, 1000, 61_000),
    reads("r", "pune", "x", 1000, 1500, 61_000),
  ],
  timeline: [{ atMs: 500, do: "apply", site: "pune", opsPerSec }],
});

const tree = { frankfurt: "pune" };
const orphan: Schedule = {
  durationMs: 15_000,
  sites,
  traffic: [writes("c1", "mumbai", "x", 100, 1000, 2000), reads("r", "frankfurt", "x", 500, 5000, 14_000)],
  timeline: [{ atMs: 1450, do: "crash", site: "pune" }],
};

const phantom: Schedule = {
  durationMs: 20_000,
  timeoutMs: 1000,
  sites,
  timeline: [
    { atMs: 1900, do: "cut", from: "pune", to: "mumbai", oneWay: true },
    { atMs: 1900, do: "cut", from: "mumbai", to: "frankfurt" },
    put(2000, "alice", "mumbai", "x", "phantom"),
    get(3500, "bob", "pune", "x"),
    get(3600, "bob", "mumbai", "x"),
    { atMs: 6000, do: "heal" },
  ],
};

/** What a read at a replica can show, and what prevents it: A3, A4, A5, A12, A17 and A20 of the catalogue. */
export const readAnomalies: readonly BundledScenario[] = [
  {
    id: "a3-stale-read",
    scenario: {
      name: "A3 A stale read: the replica has not heard of the write yet",
      ...staleRead,
      cluster: { preset: "postgres-async", readFrom: "local" },
      expect: [
        { metric: "staleReads", equals: 1 },
        { check: "linearizable", verdict: "violated" },
      ],
    },
  },
  {
    id: "a3-prevented",
    scenario: {
      name: "A3 prevented: every read goes to the primary",
      ...staleRead,
      cluster: { preset: "postgres-async", readFrom: "primary" },
      expect: [
        { metric: "staleReads", equals: 0 },
        { check: "linearizable", verdict: "holds" },
      ],
    },
  },
  {
    id: "a3-prevented-by-apply",
    scenario: {
      name: "A3 prevented: the writer waits until every replica shows the write",
      ...staleRead,
      cluster: { preset: "postgres-sync", ack: "remote-apply", sync: { count: 2 }, readFrom: "local" },
      expect: [{ metric: "staleReads", equals: 0 }],
    },
  },
  {
    id: "a4-own-write-missing",
    scenario: {
      name: "A4 A client does not see its own write",
      ...ownWrite,
      cluster: { preset: "postgres-async", readFrom: "local" },
      expect: [
        { check: "read-your-writes", verdict: "violated" },
        { metric: "staleReads", equals: 1 },
      ],
    },
  },
  {
    id: "a4-prevented",
    scenario: {
      name: "A4 prevented: the session brings a token, and the replica waits until it is that far",
      ...ownWrite,
      cluster: { preset: "postgres-async", readFrom: "token" },
      expect: [
        { check: "read-your-writes", verdict: "holds" },
        { metric: "staleReads", equals: 0 },
      ],
    },
  },
  {
    id: "a4-prevented-by-pin",
    scenario: {
      name: "A4 prevented: for two seconds after a write the session reads at the primary",
      ...ownWrite,
      cluster: { preset: "postgres-async", readFrom: { pinMs: 2000 } },
      expect: [{ check: "read-your-writes", verdict: "holds" }],
    },
  },
  {
    id: "a5-back-in-time",
    scenario: {
      name: "A5 A second read shows less than the first",
      ...backInTime,
      cluster: { preset: "postgres-async", readFrom: "local" },
      expect: [{ check: "monotonic-reads", verdict: "violated" }],
    },
  },
  {
    id: "a5-prevented",
    scenario: {
      name: "A5 prevented: what a session has read goes into its token",
      ...backInTime,
      cluster: { preset: "postgres-async", readFrom: "token" },
      expect: [{ check: "monotonic-reads", verdict: "holds" }],
    },
  },
  {
    id: "a12-lag-under-load",
    scenario: {
      name: "A12 Sixty writes a second into a replica that applies fifty: ten seconds behind after a minute",
      ...load(50),
      cluster: { preset: "postgres-async", readFrom: "local" },
      expect: [
        { metric: "staleReads", atLeast: 50 },
        { metric: "lostWrites", equals: 0 },
      ],
    },
  },
  {
    id: "a12-prevented",
    scenario: {
      name: "A12 prevented: a replica that applies in parallel keeps up",
      ...load(200),
      cluster: { preset: "postgres-async", readFrom: "local" },
      expect: [{ metric: "staleReads", atMost: 20 }],
    },
  },
  {
    id: "a17-cascade-left-behind",
    scenario: {
      name: "A17 Left behind: its upstream is dead, and it goes on answering",
      ...orphan,
      cluster: { preset: "postgres-async", readFrom: "local", upstream: tree },
      expect: [
        { metric: "staleReads", atLeast: 15 },
        { metric: "availabilityReads", equals: 1 },
      ],
    },
  },
  {
    id: "a17-prevented",
    scenario: {
      name: "A17 prevented: an observer gives it another upstream",
      ...orphan,
      cluster: {
        preset: "postgres-async",
        readFrom: "local",
        upstream: tree,
        failover: "topology",
        detector: { kind: "topology" },
      },
      expect: [{ metric: "staleReads", atMost: 4 }],
    },
  },
  {
    id: "a20-phantom",
    scenario: {
      name: "A20 A phantom: read at a replica, and not there at the primary",
      ...phantom,
      cluster: { preset: "postgres-sync", readFrom: "local" },
      expect: [
        { metric: "unknownOps", equals: 1 },
        { check: "monotonic-reads", verdict: "violated" },
      ],
    },
  },
  {
    id: "a20-prevented",
    scenario: {
      name: "A20 prevented: only the primary answers reads, and it shows what is acknowledged",
      ...phantom,
      cluster: { preset: "postgres-sync", readFrom: "primary" },
      expect: [{ check: "monotonic-reads", verdict: "no-evidence" }],
    },
  },
];
