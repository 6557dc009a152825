import type { Preset } from "./preset";

/** Systems in which a majority agrees on every write. */
export const consensus: readonly Preset[] = [
  {
    name: "etcd-raft",
    title: "etcd, Raft",
    paragraph:
      "Every write is agreed on by a majority before it is answered, and a majority elects the leader, so nothing acknowledged is ever lost and there are never two leaders that can both be obeyed. The price is a round trip to the nearest majority for every write, and that the smaller side of a partition stands still.",
    sites: 3,
    cluster: {
      mode: "consensus",
      detector: { heartbeatMs: 500, timeoutMs: 3000 },
      raft: { preVote: true, checkQuorum: true, reads: "read-index" },
    },
    realParameters: [
      { name: "heartbeat-interval", real: "100 ms", classroom: "detector.heartbeatMs 500" },
      {
        name: "election-timeout",
        real: "1000 ms",
        classroom: "detector.timeoutMs 3000, then as much again at random",
      },
      { name: "pre-vote", real: "true", classroom: "raft.preVote true" },
      { name: "CheckQuorum", real: "on", classroom: "raft.checkQuorum true" },
      { name: "linearizable reads", real: "ReadIndex", classroom: "raft.reads read-index" },
      { name: "snapshot-count", real: "10 000 entries", classroom: "5000 entries or 8 MB of log" },
    ],
    leavesOut: [
      "Learners, changes of membership and leases of keys.",
      "Leader transfer before a planned shutdown.",
    ],
    sources: ["etcd documentation: tuning, API guarantees", "etcd-io/raft source: raft.go, read_only.go"],
  },
  {
    name: "mongodb-replica-set",
    title: "MongoDB replica set",
    paragraph:
      "An elected primary takes all writes and answers when a majority has them. Reads at the primary are answered from its own data without asking the others, so a primary that has been replaced and does not know it yet can answer with the past. It steps down once it has heard no majority for a while.",
    sites: 3,
    cluster: {
      mode: "consensus",
      detector: { heartbeatMs: 500, timeoutMs: 3000 },
      raft: { preVote: true, checkQuorum: true, reads: "lease" },
      writeAt: "redirect",
    },
    realParameters: [
      { name: "settings.electionTimeoutMillis", real: "10 000", classroom: "detector.timeoutMs 3000" },
      { name: "settings.heartbeatIntervalMillis", real: "2000", classroom: "detector.heartbeatMs 500" },
      { name: "writeConcern", real: "majority", classroom: "a majority, always" },
      {
        name: "readConcern",
        real: "local, at the primary",
        classroom: "raft.reads lease; read-index stands for linearizable",
      },
      { name: "median time to a new primary", real: "at most 12 s", classroom: "3 to 6 s" },
    ],
    leavesOut: [
      "Writes with a lower concern (w: 1), which a rollback may lose; postgres-async shows that.",
      "Priorities, hidden and delayed members, arbiters, chained replication and catch-up.",
    ],
    sources: [
      "MongoDB manual: replica set elections, replica set configuration, write concern, read concern",
    ],
  },
  {
    name: "mysql-group-replication",
    title: "MySQL Group Replication, single primary",
    paragraph:
      "The members of a group agree on the order of all transactions; one of them takes the writes. A member that is silent for five seconds is suspected and, after as long again, expelled, and the others choose the next primary. A minority blocks: its clients wait until it can hear the others.",
    sites: 3,
    cluster: {
      mode: "consensus",
      detector: { heartbeatMs: 1000, timeoutMs: 5000 },
      raft: { preVote: true, checkQuorum: true, reads: "lease" },
      readFrom: "local",
      writeAt: "reject",
    },
    realParameters: [
      { name: "detection of silence", real: "5 s", classroom: "3 s of detector.timeoutMs 5000" },
      {
        name: "group_replication_member_expel_timeout",
        real: "5 s",
        classroom: "the other 2 s of detector.timeoutMs",
      },
      {
        name: "group_replication_consistency",
        real: "EVENTUAL",
        classroom: "readFrom: local; primary is the safe choice",
      },
      { name: "super_read_only on the others", real: "ON", classroom: "writeAt: reject" },
      { name: "group_replication_member_weight", real: "50", classroom: "equal" },
    ],
    leavesOut: [
      "Group Replication orders by a variant of Paxos; here Raft does. What clients can observe is the same.",
      "An expelled member leaves the group and must rejoin; here it stays a member and is asked for again.",
    ],
    sources: [
      "MySQL reference manual: Group Replication, responses to failure detection, consistency guarantees",
    ],
  },
];
