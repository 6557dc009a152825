import type { Preset } from "./preset";

/** Databases in which every site writes and a group orders all writes before any of them counts. */
export const certifying: readonly Preset[] = [
  {
    name: "galera",
    title: "Galera Cluster (MariaDB, Percona XtraDB)",
    paragraph:
      "Every site accepts writes and executes them at once upon its own data; at the commit the write set goes to all, in one order. There it is certified: if the row has changed since it was read, the write is rolled back and its client gets a deadlock error at COMMIT, so of two concurrent writes the first wins and nothing acknowledged is lost. A site without a majority leaves the primary component and serves nobody. A read at another site may be a moment behind.",
    sites: 3,
    cluster: { mode: "active-active", merge: "certify", route: "local" },
    realParameters: [
      {
        name: "certification",
        real: "each node, by row keys and seqno",
        classroom: "by key, where the log is ordered",
      },
      { name: "evs.keepalive_period", real: "1 s", classroom: "detector.heartbeatMs 1 s" },
      { name: "evs.suspect_timeout", real: "5 s", classroom: "detector.timeoutMs 3 s" },
      { name: "evs.inactive_timeout", real: "15 s", classroom: "the same 3 s" },
      {
        name: "pc.weight, quorum",
        real: "more than half, weighted",
        classroom: "more than half of the members",
      },
      { name: "wsrep_sync_wait", real: "0: reads do not wait", classroom: "reads are local" },
      { name: "deadlock at COMMIT", real: "error 1213, SQLSTATE 40001", classroom: "CERTIFICATION_FAILED" },
      {
        name: "gcs.fc_limit",
        real: "16 queued (older releases), then flow control",
        classroom: "no flow control",
      },
      { name: "state transfer", real: "IST from gcache, else SST", classroom: "the log, else a full copy" },
    ],
    leavesOut: [
      "Transactions of several rows are left out: one operation is one write set.",
      "Galera's group communication has no leader; here a site that a majority elects orders the writes, and its loss costs one election.",
      "Members that leave in good order shrink Galera's component; here a majority is of all members, always.",
      "Flow control, parallel apply and weights are left out.",
    ],
    sources: [
      "Galera Cluster documentation: certification-based replication, weighted quorum, Galera parameters",
      "MariaDB documentation: wsrep_provider_options, wsrep_sync_wait",
      "Pedone, The Database State Machine and Group Communication Issues, 1999",
    ],
  },
];
