import type { BundledScenario } from "./bundled-scenario";
import { smallest } from "./smallest";
import { get, put } from "./steps";

/** What `npm run sim:smallest` found for the violable cells of these modes. */
export const consensusCells: readonly BundledScenario[] = [
  smallest("consensus-not-available", "consensus", "available", {
    seed: 2,
    cluster: { mode: "consensus", detector: { heartbeatMs: 200, timeoutMs: 800 } },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 3000,
    timeline: [
      put(2835, "s1", "pune", "x", "s1-10"),
      { atMs: 2835, do: "crash", site: "pune", disk: "kept" },
    ],
  }),
  smallest("consensus-not-linearizable", "consensus", "linearizable", {
    seed: 2,
    cluster: { mode: "consensus", detector: { heartbeatMs: 200, timeoutMs: 800 }, readFrom: "local" },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 1000,
    network: { delayMs: 160, jitterMs: 0, lossPct: 0 },
    timeline: [put(100, "s3", "route", "x", "s3-2"), get(500, "s1", "pune", "x")],
  }),
  smallest("consensus-not-no-acked-loss", "consensus", "no-acked-loss", {
    seed: 33,
    cluster: { mode: "consensus", detector: { heartbeatMs: 200, timeoutMs: 800 } },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 4800,
    timeline: [
      put(2000, "s3", "route", "y", "s3-15"),
      { atMs: 4000, do: "crash", site: "pune", disk: "lost" },
      { atMs: 4010, do: "crash", site: "frankfurt", disk: "lost" },
    ],
  }),
  smallest("etcd-raft-not-available", "etcd-raft", "available", {
    seed: 2,
    cluster: { preset: "etcd-raft" },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 3000,
    timeline: [
      put(2835, "s1", "pune", "x", "s1-10"),
      { atMs: 2835, do: "crash", site: "pune", disk: "kept" },
    ],
  }),
  smallest("mongodb-replica-set-not-available", "mongodb-replica-set", "available", {
    seed: 1,
    cluster: { preset: "mongodb-replica-set" },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 1000,
    timeline: [put(0, "s1", "pune", "y", "s1-1")],
  }),
  smallest("mysql-group-replication-not-read-your-writes", "mysql-group-replication", "read-your-writes", {
    seed: 36,
    cluster: { preset: "mysql-group-replication" },
    sites: ["mumbai", "pune", "frankfurt"],
    durationMs: 2000,
    timeline: [
      { atMs: 0, do: "cut", from: "mumbai", to: "pune" },
      put(500, "s0", "mumbai", "x", "s0-5"),
      get(1000, "s0", "pune", "x"),
    ],
  }),
];
