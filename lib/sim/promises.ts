import type { ClusterPatch, MergeRule } from "../protocol/cluster";
import type { Property } from "./invariants";
import type { FaultKind } from "./swarm/faults";
import { shapeNames } from "./swarm/shapes";
import type { Swarm } from "./swarm/swarm";

/** What one kind of cluster promises, and what a swarm must find that it does not (checking notes, 4.4). */
export type PromiseRow = {
  readonly name: string;
  readonly swarm: Swarm;
  /** How many seeds every change of the code is held against. */
  readonly seeds: number;
  /** Hold in every seed. */
  readonly holds: readonly Property[];
  /** Found violated within `within` seeds, or the demonstration no longer demonstrates. */
  readonly violable: readonly Violable[];
};

/** A property that some seed must violate, under changes to the row's swarm where it needs any. */
export type Violable = {
  readonly property: Property;
  readonly within: number;
  readonly cluster?: ClusterPatch;
  readonly faults?: readonly FaultKind[];
};

const network: readonly FaultKind[] = [...shapeNames, "flaky", "swizzle", "weather", "clog", "pull"];
const machines: readonly FaultKind[] = ["crash", "pause", "skew", "jump", "drift", "slow-disk"];
/** What stops machines and leaves their clocks alone. */
const steady: readonly FaultKind[] = ["crash", "pause", "slow-disk"];
/** Of one row of each mode; its variants and the presets have fewer. */
const manySeeds = 1000;
const fewSeeds = 100;
const keeperSeeds = 60;
const base = { durationMs: 7000, work: "registers", core: null } as const;
const whole: readonly Property[] = ["accounted", "settles", "convergence"];
/** One log, one writer of it at a time. */
const oneLog: readonly Property[] = [
  ...whole,
  "one-acknowledging-primary",
  "election-safety",
  "log-matching",
  "loss-is-told",
];
/** Many writers of one set of data: who has taken in the same holds the same, after every write that takes effect. */
const merging: readonly Property[] = [...whole, "none-erased", "strong-convergence", "no-thin-air"];
const guarantees = [
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
] as const;
const majority = (sites: number) => (sites >> 1) + 1;

/** Several elections in the time of one swarm. */
const quick: ClusterPatch = { mode: "consensus", detector: { heartbeatMs: 200, timeoutMs: 800 } };

/** The row of a preset of one writer, under everything that can go wrong. */
function preset(
  name: string,
  sites: readonly [number, number],
  { holds, violable }: Pick<PromiseRow, "holds" | "violable">,
): PromiseRow {
  const faults = [...network, ...machines];
  return {
    name,
    swarm: { ...base, cluster: { preset: name }, sites, faults },
    seeds: fewSeeds,
    holds,
    violable,
  };
}

function manyWriters(merge: MergeRule, seeds: number, violable: readonly Violable[]): PromiseRow {
  const faults = [...network, ...machines];
  const cluster: ClusterPatch = { mode: "active-active", merge };
  return {
    ...{ name: `active-active ${merge}`, seeds },
    swarm: { ...base, work: "types", cluster, sites: [2, 4], faults },
    holds: merging,
    violable,
  };
}

/** A rule that drops no value which nobody has read: what its sessions read is another matter. */
function keepers(merge: MergeRule): PromiseRow {
  const row = manyWriters(merge, keeperSeeds, [
    { property: "linearizable", within: 30 },
    { property: "read-your-writes", within: 100 },
  ]);
  return { ...row, holds: [...merging, "none-silently-lost"] };
}

/** The rows of the table, in the order of the notes. A mode is added by adding its row. */
export const promiseRows: readonly PromiseRow[] = [
  {
    name: "single",
    seeds: manySeeds,
    swarm: { ...base, cluster: { preset: "single" }, sites: [1, 1], faults: [...network, ...machines] },
    holds: [...oneLog, "no-acked-loss", "linearizable", ...guarantees],
    violable: [
      { property: "available", within: 50 },
      { property: "no-acked-loss", within: 50, faults: ["lost-disk"] },
      { property: "no-acked-loss", within: 200, cluster: { ack: "off" }, faults: ["crash", "slow-disk"] },
    ],
  },
  {
    name: "async",
    seeds: manySeeds,
    swarm: {
      ...{ ...base, cluster: { preset: "postgres-async" }, sites: [2, 5] },
      faults: [...network, ...machines, "promote"],
    },
    holds: oneLog,
    violable: [
      { property: "no-acked-loss", within: 100 },
      { property: "read-your-writes", within: 100 },
      { property: "monotonic-reads", within: 200 },
      { property: "linearizable", within: 50 },
      { property: "split-brain", within: 200, cluster: { fencing: [] }, faults: shapeNames },
    ],
  },
  {
    name: "async, primary reads, no failover",
    seeds: fewSeeds,
    swarm: {
      ...{ ...base, sites: [2, 5], faults: [...network, ...machines] },
      cluster: { preset: "postgres-async", readFrom: "primary", failover: "none" },
    },
    holds: [...oneLog, "no-acked-loss", "linearizable"],
    violable: [{ property: "available", within: 50 }],
  },
  {
    name: "async, a core healed",
    seeds: fewSeeds,
    swarm: {
      ...{ ...base, cluster: { preset: "postgres-async" }, sites: [3, 5], core: majority },
      faults: [...network, ...machines],
    },
    // What only the lost sites had is lost with them.
    holds: oneLog.filter((property) => property !== "loss-is-told"),
    violable: [],
  },
  {
    name: "sync",
    seeds: fewSeeds,
    swarm: {
      ...{ ...base, cluster: { preset: "postgres-sync", readFrom: "primary" }, sites: [2, 5] },
      faults: [...network, ...machines, "promote"],
    },
    holds: [...oneLog, "no-acked-loss", "split-brain", "linearizable", ...guarantees],
    violable: [
      { property: "available", within: 50 },
      { property: "monotonic-reads", within: 300, cluster: { readFrom: "local" } },
    ],
  },
  {
    name: "consensus",
    seeds: manySeeds,
    swarm: { ...base, cluster: quick, sites: [3, 5], faults: [...network, ...machines] },
    holds: [...oneLog, "no-acked-loss", "linearizable"],
    violable: [
      { property: "available", within: 50 },
      { property: "linearizable", within: 50, cluster: { readFrom: "local" } },
      { property: "no-acked-loss", within: 100, faults: ["lost-disk", "crash", "slow-disk"] },
    ],
  },
  {
    name: "consensus, a core healed",
    seeds: fewSeeds,
    swarm: { ...base, cluster: quick, sites: [3, 5], core: majority, faults: [...network, ...machines] },
    holds: [...oneLog, "no-acked-loss", "linearizable"],
    violable: [],
  },
  preset("postgres-quorum-commit", [4, 5], {
    holds: [...oneLog, "no-acked-loss", "split-brain"],
    violable: [
      { property: "available", within: 50 },
      { property: "monotonic-reads", within: 100 },
    ],
  }),
  preset("mysql-semisync", [3, 4], {
    holds: ["accounted", "one-acknowledging-primary", "election-safety", "log-matching", "loss-is-told"],
    violable: [
      // Semi-sync falls back to async in silence, and a replica with writes of its own stays out.
      { property: "no-acked-loss", within: 200 },
      { property: "convergence", within: 200 },
    ],
  }),
  preset("redis-sentinel", [3, 5], {
    holds: ["accounted", "one-acknowledging-primary", "election-safety", "log-matching", "loss-is-told"],
    violable: [
      { property: "no-acked-loss", within: 200 },
      { property: "split-brain", within: 200 },
    ],
  }),
  preset("rds-multi-az", [2, 2], {
    holds: [...oneLog, "no-acked-loss", "split-brain", "linearizable"],
    violable: [{ property: "available", within: 50 }],
  }),
  preset("rds-multi-az-cluster", [3, 3], {
    holds: [...oneLog, "no-acked-loss", "split-brain"],
    violable: [{ property: "read-your-writes", within: 100 }],
  }),
  preset("oracle-data-guard", [2, 3], {
    holds: [...oneLog, "no-acked-loss", "split-brain", "linearizable"],
    violable: [{ property: "available", within: 50 }],
  }),
  preset("keepalived-pair", [2, 2], {
    holds: ["accounted", "settles", "convergence"],
    violable: [
      // Nobody asks a majority: each side of a cut may take the address, and the epoch with it.
      { property: "election-safety", within: 200 },
      { property: "log-matching", within: 200 },
      { property: "split-brain", within: 200 },
      { property: "no-acked-loss", within: 200 },
    ],
  }),
  preset("etcd-raft", [3, 5], {
    holds: [...oneLog, "no-acked-loss", "split-brain", "linearizable"],
    violable: [{ property: "available", within: 50 }],
  }),
  preset("mongodb-replica-set", [3, 5], {
    holds: [...oneLog, "no-acked-loss", "split-brain", "linearizable"],
    violable: [{ property: "available", within: 50 }],
  }),
  preset("mysql-group-replication", [3, 5], {
    holds: [...oneLog, "no-acked-loss", "split-brain"],
    violable: [{ property: "read-your-writes", within: 100 }],
  }),
  {
    name: "quorum R+W>N",
    seeds: manySeeds,
    swarm: { ...base, cluster: { mode: "quorum" }, sites: [3, 5], faults: [...network, ...steady] },
    holds: [...merging, "regular"],
    violable: [
      { property: "available", within: 50 },
      // A failed write is seen by one read and missed by the next.
      { property: "linearizable", within: 300 },
      { property: "regular", within: 100, cluster: { quorum: { r: 1, w: 1 } } },
      { property: "regular", within: 300, cluster: { quorum: { sloppy: true } }, faults: shapeNames },
      { property: "regular", within: 100, faults: ["skew", "jump"] },
      { property: "none-silently-lost", within: 30 },
    ],
  },
  {
    name: "quorum R+W>N, every type",
    seeds: fewSeeds,
    swarm: {
      ...{ ...base, work: "types", sites: [2, 5], faults: [...network, ...machines] },
      cluster: { mode: "quorum", quorum: { sloppy: true }, repair: { readRepair: "async" } },
    },
    holds: [...whole, "none-erased"],
    // Two coordinators read the same number and both add to it: one of the increments is gone.
    violable: [{ property: "lost-update", within: 50 }],
  },
  {
    name: "quorum by field",
    seeds: keeperSeeds,
    swarm: {
      ...{ ...base, work: "types", sites: [3, 5], faults: [...network, ...machines] },
      cluster: { mode: "quorum", lww: { unit: "field" } },
    },
    holds: [...whole, "none-erased"],
    violable: [],
  },
  {
    name: "quorum siblings",
    seeds: fewSeeds,
    swarm: {
      ...{ ...base, work: "types", sites: [3, 5], faults: [...network, ...machines] },
      cluster: { preset: "riak", quorum: { n: 3, r: 2, w: 2, sloppy: true } },
    },
    holds: [...whole, "none-erased", "none-silently-lost"],
    violable: [{ property: "linearizable", within: 30 }],
  },
  manyWriters("lww", manySeeds, [
    { property: "none-silently-lost", within: 30 },
    { property: "linearizable", within: 30 },
    { property: "lost-update", within: 50 },
    { property: "read-your-writes", within: 200, faults: ["jump", "skew"] },
  ]),
  manyWriters("lww-hlc", fewSeeds, [
    { property: "none-silently-lost", within: 30 },
    { property: "linearizable", within: 30 },
  ]),
  manyWriters("crdt", fewSeeds, [{ property: "linearizable", within: 30 }]),
  keepers("siblings"),
  keepers("siblings-vv"),
  keepers("app"),
  manyWriters("bounded", keeperSeeds, [{ property: "linearizable", within: 30 }]),
  manyWriters("revision-tree", fewSeeds, [{ property: "linearizable", within: 30 }]),
  {
    name: "active-active lww by field",
    seeds: 60,
    swarm: {
      ...{ ...base, work: "types", sites: [2, 4], faults: [...network, ...machines] },
      cluster: { preset: "active-directory" },
    },
    holds: [...whole, "none-erased"],
    violable: [{ property: "none-silently-lost", within: 30 }],
  },
  {
    name: "active-active deletions",
    seeds: 40,
    swarm: {
      ...{ ...base, work: "deletions", sites: [2, 4], faults: [...network, ...machines, "lost-disk"] },
      cluster: {
        mode: "active-active",
        merge: "lww-hlc",
        repair: { tombstoneMs: "stable", antiEntropyMs: 500 },
      },
    },
    holds: [...whole, "strong-convergence", "none-resurrected"],
    violable: [
      {
        ...{ property: "none-resurrected", within: 200, faults: network },
        cluster: { repair: { tombstoneMs: 500, antiEntropyMs: 200 } },
      },
    ],
  },
  {
    name: "active-active certify",
    seeds: 60,
    swarm: {
      ...{ ...base, work: "types", sites: [3, 5], faults: [...network, ...machines] },
      cluster: { mode: "active-active", merge: "certify", detector: { heartbeatMs: 200, timeoutMs: 800 } },
    },
    holds: [...whole, "log-matching", "loss-is-told", "no-acked-loss"],
    violable: [
      { property: "available", within: 50 },
      // Another site shows a committed write a little later.
      { property: "linearizable", within: 50 },
    ],
  },
  {
    name: "active-active with sessions",
    seeds: fewSeeds,
    swarm: {
      ...{ ...base, sites: [2, 4], faults: [...network, ...machines] },
      cluster: { mode: "active-active", merge: "lww-hlc", route: "round-robin", session: [...guarantees] },
    },
    holds: [...merging, ...guarantees],
    violable: [
      ...guarantees.map((property) => ({ property, within: 200, cluster: { session: [] } })),
      // A session that sticks to its site loses its writes when that is gone, and the next one serves it.
      { property: "read-your-writes", within: 200, cluster: { session: ["sticky"] } },
      { property: "available", within: 50 },
    ],
  },
  {
    name: "active-active causal",
    seeds: fewSeeds,
    swarm: {
      ...{ ...base, sites: [2, 4], faults: [...network, ...machines] },
      cluster: { mode: "active-active", merge: "lww-hlc", causal: true, session: [...guarantees] },
    },
    holds: [...merging, "causal", "causal-convergence"],
    violable: [{ property: "causal", within: 200, cluster: { causal: false, session: [] } }],
  },
  {
    name: "quorum with sessions",
    seeds: fewSeeds,
    swarm: {
      ...{ ...base, sites: [3, 5], faults: [...network, ...steady] },
      cluster: {
        ...{ mode: "quorum", quorum: { r: 1, w: 1 }, route: "round-robin" },
        session: ["read-your-writes", "monotonic-reads"],
      },
    },
    holds: [...merging, "read-your-writes", "monotonic-reads"],
    violable: [
      { property: "read-your-writes", within: 200, cluster: { session: [] } },
      { property: "monotonic-reads", within: 200, cluster: { session: [] } },
    ],
  },
  {
    name: "active-active crdt, a core healed",
    seeds: fewSeeds,
    swarm: {
      ...{ ...base, work: "types", cluster: { mode: "active-active", merge: "crdt" }, sites: [3, 5] },
      ...{ faults: [...network, ...machines], core: majority },
    },
    holds: merging,
    violable: [],
  },
];
