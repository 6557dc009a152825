import type { ClusterPatch, Mode } from "../protocol/cluster";

/** A parameter of the real system beside what stands for it in class. */
export type RealParameter = { readonly name: string; readonly real: string; readonly classroom: string };

/** A real system as a row of axes. Everything left out has the plain default of its mode. */
export type Preset = {
  readonly name: string;
  readonly title: string;
  readonly paragraph: string;
  /** How many sites a pod has when nobody says. */
  readonly sites: number;
  readonly cluster: Omit<ClusterPatch, "preset"> & { readonly mode: Mode };
  readonly realParameters: readonly RealParameter[];
  /** What the real system has and the lab has not: one sentence each. */
  readonly leavesOut: readonly string[];
};

/** What a lab runs when nobody chooses. */
export const defaultPreset = "postgres-async";

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

/** The presets of this lab, in the order in which menus show them. */
export const presets: readonly Preset[] = [
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
  },
  {
    name: "dynamodb-global-tables",
    title: "DynamoDB global tables (multi-Region, eventually consistent)",
    paragraph:
      "Every site accepts reads and writes and answers from its own disk; changes travel to the others afterwards. Of two concurrent writes to one item the one with the later time stamp wins everywhere and the other disappears without an error. A partition stops nobody, and its price is paid at the heal.",
    sites: 3,
    cluster: { mode: "active-active", merge: "lww", route: "local" },
    realParameters: [
      { name: "write acknowledgement", real: "the local Region", classroom: "the local site's journal" },
      {
        name: "conflict resolution",
        real: "last writer wins, per item, not logged",
        classroom: "merge: lww, per key, and the lab counts the losses",
      },
      {
        name: "replication delay",
        real: "usually under 1 s",
        classroom: "the links of the pod, plus any injected delay",
      },
      { name: "ConsistentRead", real: "latest only for writes of this Region", classroom: "reads are local" },
    ],
    leavesOut: [
      "Multi-Region strong consistency (exactly three Regions, RPO 0) is left out.",
      "Transactions, conditional writes across Regions and streams are left out.",
      "DynamoDB's internal time stamps are not public; the lab uses the sites' wall clocks, which can be skewed.",
    ],
  },
  {
    name: "yjs",
    title: "Yjs, conflict-free replicated data",
    paragraph:
      "Every site accepts reads and writes, and the data types themselves know how to merge: both sides' increments count, both sides' words stay in the text, additions to a set survive a concurrent removal. No write is refused and none is thrown away, though a plain register still keeps only one of two concurrent values.",
    sites: 3,
    cluster: { mode: "active-active", merge: "crdt", route: "local" },
    realParameters: [
      {
        name: "sync protocol",
        real: "state vector, difference, updates",
        classroom: "the same, inside the lab's own messages",
      },
      {
        name: "clientID",
        real: "random, 53 bits",
        classroom: "site and incarnation packed, so that runs can be repeated",
      },
      {
        name: "resync interval",
        real: "on connecting only",
        classroom: "repair.antiEntropyMs, and after every heal",
      },
    ],
    leavesOut: [
      "Awareness (cursors and names) belongs to the shared page and not to the keys.",
      "Undo, subdocuments and rich text are left out.",
    ],
  },
];
