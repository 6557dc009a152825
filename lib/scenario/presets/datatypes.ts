import type { Preset } from "./preset";

/** Systems whose data types know how to merge. */
export const datatypes: readonly Preset[] = [
  {
    name: "redis-active-active",
    title: "Redis Active-Active (CRDT databases)",
    paragraph:
      "Every site accepts reads and writes at once. Counters add up, sets and hashes keep whatever was added or changed elsewhere and remove only what the remover had seen, so nothing has to be settled. A plain string cannot be merged: of two concurrent ones a single value stays. A cut stops nobody, and a counter that must not fall below zero can fall below it.",
    sites: 3,
    cluster: {
      ...{ mode: "active-active", merge: "crdt", route: "latency" },
      repair: { tombstoneMs: "stable" },
    },
    realParameters: [
      { name: "acknowledgement", real: "the local instance", classroom: "the local site's journal" },
      { name: "counter (INCR, INCRBY)", real: "all increments count", classroom: "type counter" },
      { name: "set, hash", real: "observed-remove, add or update wins", classroom: "types set and record" },
      {
        name: "string",
        real: "last write wins by the OS time",
        classroom: "type register: the higher Yjs client id, whichever is later",
      },
      { name: "causal consistency", real: "off by default", classroom: "off" },
      {
        name: "tombstones",
        real: "collected when every instance has observed them",
        classroom: "the same for what the lab keeps; the Yjs document keeps the ids of what was deleted",
      },
      {
        name: "replication backlog",
        real: "a part of memory per database; a full resync beyond it",
        classroom: "5 000 writes or 8 MB, a full copy beyond it",
      },
    ],
    leavesOut: [
      "Strings are ordered by client id and not by the wall clock; merge rule lww shows what a clock does.",
      "Sorted sets, lists, streams, JSON and expiry are left out.",
      "Shards and the replicas within one instance are left out: an instance is one site.",
      "Applications choose their instance by themselves in Redis; here the world's clients go to the fastest site.",
    ],
    sources: [
      "Redis Software documentation: Active-Active databases, data types (strings, sets, hashes, sorted sets)",
      "Redis Software documentation: develop applications with Active-Active databases, application failover",
    ],
  },
  {
    name: "antidote-bounded-counter",
    title: "AntidoteDB, bounded counter (counter_b)",
    paragraph:
      "A number that must not fall below zero, counted down at every site without asking anybody: each site holds rights to a share of it and may use up only those. A site that has run out asks the others, and whoever has some to spare passes them on; when nobody can, the operation is refused. So nothing is ever sold twice, and the rights of a dead site cannot be used until it is back.",
    sites: 3,
    cluster: { mode: "active-active", merge: "bounded", route: "local" },
    realParameters: [
      { name: "data type", real: "antidote_crdt_counter_b", classroom: "operations increment and reserve" },
      {
        name: "rights of an increment",
        real: "the replica that increments",
        classroom: "split evenly among the members",
      },
      {
        name: "transfer",
        real: "asked for in the background; the client tries again",
        classroom: "asked for while the client waits, at most detector.heartbeatMs",
      },
      { name: "decrement without rights", real: "error no_permissions", classroom: "RIGHTS_EXHAUSTED" },
    ],
    leavesOut: [
      "Transactions and causal snapshots (Cure) are left out: one operation is one transaction.",
      "Rights are split when they are made, where Antidote leaves them with whoever made them, so that a class sees both sides of a cut sell.",
      "Bounds other than zero are left out.",
    ],
    sources: [
      "Balegas et al., Extending Eventually Consistent Cloud Databases for Enforcing Numeric Invariants, 2015",
      "AntidoteDB source: antidote_crdt_counter_b.erl, bcounter_mgr.erl",
    ],
  },
];
