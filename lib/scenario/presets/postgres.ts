import type { Preset, RealParameter } from "./preset";

const patroniPace: readonly RealParameter[] = [
  { name: "ttl", real: "30 s", classroom: "detector.timeoutMs 3000: the leader key expires after 3 s" },
  {
    name: "loop_wait",
    real: "10 s",
    classroom: "detector.heartbeatMs 1000: the lease is renewed every second",
  },
  { name: "retry_timeout", real: "10 s", classroom: "1 s: a lost heartbeat is followed by the next one" },
  {
    name: "use_pg_rewind",
    real: "false",
    classroom: "on: a returning primary is rewound, its lost writes shown",
  },
  {
    name: "watchdog safety_margin",
    real: "5 s",
    classroom: "500 ms: the holder's lease ends before the ttl",
  },
];

const patroniLeavesOut: readonly string[] = [
  "Patroni keeps its leader key in etcd, Consul or ZooKeeper; here the lab server is that store.",
  "Patroni's replicas race for the key; here the coordinator compares their positions and appoints one.",
  "maximum_lag_on_failover, failsafe_mode, cascading replicas and replication slots are left out.",
];

/** PostgreSQL under Patroni, and a single server of it. */
export const postgres: readonly Preset[] = [
  {
    name: "postgres-async",
    title: "PostgreSQL with Patroni, asynchronous",
    paragraph:
      "One primary takes every write, keeps it on its own disk, answers, and ships its log to hot replicas afterwards. When the primary falls silent its lease runs out and the replica that is furthest ahead takes over. Writes that were acknowledged but not yet shipped are then lost: that is the price of not waiting.",
    sites: 3,
    cluster: { mode: "active-passive", ack: "async", detector: { heartbeatMs: 1000, timeoutMs: 3000 } },
    realParameters: [
      ...patroniPace,
      { name: "synchronous_mode", real: "off", classroom: "ack: async" },
      { name: "synchronous_commit", real: "on, with no synchronous standby", classroom: "own disk only" },
    ],
    leavesOut: patroniLeavesOut,
    sources: [
      "Patroni documentation: dynamic configuration, replication modes, watchdog",
      "Patroni source: patroni/ha.py",
    ],
  },
  {
    name: "postgres-sync",
    title: "PostgreSQL with Patroni, synchronous",
    paragraph:
      "As before, but the primary answers only once a replica of the sync set has the write on its disk too, and only a member of that set may succeed it. No single failure loses an acknowledged write. When no replica is left, writes wait and then fail rather than break the promise.",
    sites: 3,
    cluster: {
      mode: "active-passive",
      ack: "sync",
      sync: { rule: "first", count: 1, strict: true },
      detector: { heartbeatMs: 1000, timeoutMs: 3000 },
    },
    realParameters: [
      ...patroniPace,
      { name: "synchronous_mode", real: "off; here on", classroom: "ack: sync" },
      {
        name: "synchronous_mode_strict",
        real: "false",
        classroom: "sync.strict true; false lets a lone primary go on",
      },
      { name: "synchronous_node_count", real: "1", classroom: "sync.count 1" },
      {
        name: "synchronous_commit",
        real: "on: flushed by the standby",
        classroom: "flushed and applied by the replica",
      },
    ],
    leavesOut: patroniLeavesOut,
    sources: ["Patroni documentation: replication modes"],
  },
  {
    name: "postgres-quorum-commit",
    title: "PostgreSQL with Patroni, quorum commit",
    paragraph:
      "The primary answers once any two of its four replicas have the write on their disks, whichever are fastest: one slow data centre no longer slows every write down. Any of them may succeed it, provided that enough of the others have been asked how far their logs reach, because only together do they prove that nothing acknowledged is missing.",
    sites: 5,
    cluster: {
      mode: "active-passive",
      ack: "sync",
      sync: { rule: "any", count: 2, strict: true },
      detector: { heartbeatMs: 1000, timeoutMs: 3000 },
    },
    realParameters: [
      ...patroniPace,
      { name: "synchronous_mode", real: "off; here quorum", classroom: "ack: sync, sync.rule any" },
      {
        name: "synchronous_standby_names",
        real: "ANY k (names), kept by Patroni",
        classroom: "ANY 2 of the four replicas",
      },
      { name: "synchronous_node_count", real: "1", classroom: "sync.count 2" },
    ],
    leavesOut: patroniLeavesOut,
    sources: [
      "Patroni documentation: replication modes, quorum commit mode",
      "PostgreSQL documentation: synchronous replication",
    ],
  },
  {
    name: "single",
    title: "One site, no replica",
    paragraph:
      "One database and one disk. Nothing is replicated, so a crash makes everything unavailable until the same site is back, and a lost disk loses everything. Every other preset is an answer to this one.",
    sites: 1,
    cluster: { mode: "single" },
    realParameters: [
      {
        name: "fsync",
        real: "on",
        classroom: "every write is journalled in the tab before it is acknowledged",
      },
    ],
    leavesOut: ["Backups and point-in-time recovery are left out: a lost disk stays lost."],
    sources: ["PostgreSQL documentation: write-ahead logging"],
  },
];
