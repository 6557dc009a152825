import type { Preset } from "./preset";

const cassandraSources = [
  "Apache Cassandra documentation: Dynamo, hints, read repair, repair, compaction (tombstones)",
  "Apache Cassandra source: ConsistencyLevel.java, Cells.java, ReadRepairStrategy.java",
];

const cassandraLeavesOut = [
  "Columns are the fields of a record; a set, a text or a counter is one value with one stamp, where Cassandra stamps each element and has counters of their own.",
  "A change of one field reads a quorum first, to know that the key is a record; a schema tells Cassandra that.",
  "Lightweight transactions are left out: cas reads a quorum and then writes one, and another write may come between.",
  "Stamps are the coordinator's; a real client may bring its own.",
  "Operator-run repair has no button; repair.antiEntropyMs runs it by the clock.",
  "CL ANY, where a hint alone counts as a write, is left out.",
];

/** Systems without a leader, where quorums of the sites that hold a key answer for it. */
export const quorums: readonly Preset[] = [
  {
    name: "cassandra-local-quorum",
    title: "Apache Cassandra, LOCAL_QUORUM in two data centres",
    paragraph:
      "Any site coordinates. A write goes to all six and is acknowledged by two of the three in the coordinator's own data centre; a read asks the same way and answers with the newest by its time stamp. Within one data centre a read sees the last acknowledged write. Between the two both sides of a cut go on writing, and of two concurrent writes one vanishes at the heal.",
    sites: 6,
    cluster: {
      mode: "quorum",
      lww: { unit: "field" },
      quorum: { n: 6, r: 2, w: 2, scope: "local" },
      repair: { hintMs: 30_000, readRepair: "blocking", antiEntropyMs: 60_000, tombstoneMs: 30_000 },
    },
    realParameters: [
      { name: "replication factor", real: "3 in each data centre", classroom: "3 in each half of the pod" },
      { name: "consistency level", real: "LOCAL_QUORUM: 2 of 3 local", classroom: "r 2, w 2, scope local" },
      {
        name: "write time stamp",
        real: "one a column",
        classroom: "lww.unit field: one a field of a record",
      },
      { name: "max_hint_window", real: "3 h", classroom: "30 s" },
      { name: "read_repair", real: "BLOCKING (table default)", classroom: "blocking" },
      { name: "gc_grace_seconds", real: "864 000 (10 days)", classroom: "30 s" },
      { name: "repair", real: "run by the operator", classroom: "every 60 s" },
      {
        name: "phi_convict_threshold",
        real: "8, gossip every 1 s",
        classroom: "3 s of silence, ping every 1 s",
      },
    ],
    leavesOut: cassandraLeavesOut,
    sources: cassandraSources,
  },
  {
    name: "cassandra-one",
    title: "Apache Cassandra, consistency level ONE",
    paragraph:
      "A write is acknowledged by the first of the three sites that has it, and a read answered by the first that answers. It is fast and nearly always available, and a read may miss what was acknowledged a moment ago, since the one that was written and the one that is read need not be the same.",
    sites: 3,
    cluster: {
      mode: "quorum",
      lww: { unit: "field" },
      quorum: { n: 3, r: 1, w: 1 },
      repair: { hintMs: 30_000, readRepair: "none", antiEntropyMs: 60_000, tombstoneMs: 30_000 },
    },
    realParameters: [
      { name: "replication factor", real: "3", classroom: "n 3" },
      { name: "consistency level", real: "ONE for both", classroom: "r 1, w 1" },
      {
        name: "write time stamp",
        real: "one a column",
        classroom: "lww.unit field: one a field of a record",
      },
      { name: "max_hint_window", real: "3 h", classroom: "30 s" },
      { name: "read_repair", real: "blocking, with nothing to compare at ONE", classroom: "none" },
      { name: "gc_grace_seconds", real: "864 000 (10 days)", classroom: "30 s" },
      { name: "repair", real: "run by the operator", classroom: "every 60 s" },
    ],
    leavesOut: cassandraLeavesOut,
    sources: cassandraSources,
  },
  {
    name: "riak",
    title: "Riak KV, sloppy quorums",
    paragraph:
      "Each key lives at three of the five sites. Where an owner cannot be reached the next site on the ring stands in for it and hands the write over later, so writes go on on both sides of a cut; for the same reason two quorums need not meet, and a read may miss an acknowledged write. Two writes that had not seen each other are both kept, as siblings, until a reader writes one value instead.",
    sites: 5,
    cluster: {
      mode: "quorum",
      merge: "siblings",
      quorum: { n: 3, r: 2, w: 2, sloppy: true },
      repair: { hintMs: 3_600_000, readRepair: "async", antiEntropyMs: 1000, tombstoneMs: 3000 },
    },
    realParameters: [
      { name: "n_val", real: "3", classroom: "n 3" },
      { name: "r, w, dw", real: "quorum (2)", classroom: "r 2, w 2, each on disk" },
      { name: "pr, pw", real: "0: stand-ins count", classroom: "sloppy" },
      {
        name: "allow_mult",
        real: "true for bucket types, false for the default bucket",
        classroom: "siblings",
      },
      { name: "dvv_enabled", real: "true: dotted version vectors", classroom: "the same" },
      { name: "siblings: warn, max", real: "25, 100", classroom: "5, 12" },
      { name: "notfound_ok", real: "true: not found is an answer", classroom: "the same" },
      { name: "handoff", real: "until the owner is back", classroom: "hints kept for an hour" },
      { name: "read repair", real: "after the answer", classroom: "async" },
      { name: "active anti-entropy", real: "on, hash trees exchanged now and then", classroom: "every 1 s" },
      { name: "delete_mode", real: "3 000 ms", classroom: "tombstones for 3 s" },
    ],
    leavesOut: [
      "Riak forwards a put to an owner of the key, which stamps it; here any site coordinates and keeps what it does not own until the owners have it.",
      "Riak's data types (maps, sets, counters, flags) are left out: a counter here is one value, read and written whole.",
      "Vnodes are left out: a site has sixteen places on the ring, and stands in as a whole.",
      "Strong consistency (riak_ensemble) and bitcask are left out.",
      "Riak's reaper takes only what all primaries have seen deleted; here the time alone decides, and a site that was away longer brings the key back.",
    ],
    sources: [
      "Riak KV documentation: replication properties, eventual consistency, object deletion, active anti-entropy",
      "DeCandia et al., Dynamo: Amazon's Highly Available Key-value Store, 2007",
    ],
  },
];
