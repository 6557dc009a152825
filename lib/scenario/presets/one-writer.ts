import type { Preset } from "./preset";

/** Systems with one primary and deciders of their own. */
export const oneWriter: readonly Preset[] = [
  {
    name: "redis-sentinel",
    title: "Redis with Sentinel",
    paragraph:
      "The primary answers at once and replicates afterwards. Monitors beside the sites watch it: when a quorum of them cannot reach it they elect one among themselves, and that one promotes a replica. Nothing stops the old primary: cut off with its clients it goes on acknowledging, and some seconds after the heal it is told to follow, throws its data away, and those writes are gone.",
    sites: 3,
    cluster: {
      mode: "active-passive",
      ack: "async",
      failover: "votes",
      detector: { kind: "monitors", heartbeatMs: 1000, timeoutMs: 3000 },
      monitors: { count: 3, quorum: 2, majority: true },
      fencing: [],
      rejoin: "discard",
      route: "ask-monitors",
      writeAt: "reject",
    },
    realParameters: [
      { name: "down-after-milliseconds", real: "30 000", classroom: "detector.timeoutMs 3000" },
      { name: "quorum", real: "chosen by the operator; 2 of 3 here", classroom: "monitors.quorum 2" },
      { name: "failover-timeout", real: "180 000 ms", classroom: "18 000 ms between two attempts" },
      { name: "PING period", real: "1000 ms", classroom: "detector.heartbeatMs 1000" },
      { name: "hello publish period", real: "2000 ms", classroom: "1000 ms" },
      {
        name: "wait before a stray primary is converted",
        real: "4 publish periods, 8 s",
        classroom: "4 s: the window in which writes are still lost after the heal",
      },
      { name: "min-replicas-to-write", real: "0 (off)", classroom: "guard.replicas 0" },
      { name: "min-replicas-max-lag", real: "10 s", classroom: "guard.maxLagMs 3000" },
      {
        name: "replica-priority",
        real: "100",
        classroom: "equal; the furthest log wins, then the smaller name",
      },
    ],
    leavesOut: [
      "parallel-syncs: all replicas are pointed at the new primary at once.",
      "Partial resynchronisation by a second replication id: a site that left the history starts from a copy.",
    ],
    sources: [
      "Redis documentation: high availability with Sentinel, replication",
      "Redis source: src/sentinel.c, redis.conf",
    ],
  },
  {
    name: "rds-multi-az",
    title: "Amazon RDS Multi-AZ, instance",
    paragraph:
      "One synchronous standby in another data centre that serves nobody: it exists to take over. The provider detects the failure, makes sure that the old primary is off, promotes the standby and points the database's name at it. No acknowledged write is lost; clients wait for detection, promotion and their cached name to expire.",
    sites: 2,
    cluster: {
      mode: "active-passive",
      ack: "sync",
      sync: { rule: "first", count: 1, strict: false },
      standby: "warm",
      readFrom: "primary",
      failover: "managed",
      fencing: ["stonith", "epoch"],
      rejoin: "reinit",
      route: { dnsTtlMs: 5000 },
      detector: { heartbeatMs: 1000, timeoutMs: 3000 },
    },
    realParameters: [
      {
        name: "typical failover time",
        real: "60 to 120 s",
        classroom: "8 to 12 s: detection, promotion, name",
      },
      { name: "standby", real: "cannot serve read traffic", classroom: "standby: warm" },
      { name: "DNS time to live", real: "5 s", classroom: "route.dnsTtlMs 5000" },
      { name: "replication", real: "synchronous, by the storage", classroom: "ack: sync, one standby" },
    ],
    leavesOut: [
      "Detection and fencing inside the provider are not published; the lab's coordinator switches the old site off and waits for the proof.",
      "Storage-level replication: the lab ships a log instead of blocks.",
    ],
    sources: ["Amazon RDS user guide: Multi-AZ DB instance deployments, failover"],
  },
  {
    name: "rds-multi-az-cluster",
    title: "Amazon RDS Multi-AZ, cluster",
    paragraph:
      "A writer and two readable standbys in three data centres. A write is answered once either standby has it, and a failover is complete when the standbys have applied everything outstanding. Reads are spread over all three and may be slightly old.",
    sites: 3,
    cluster: {
      mode: "active-passive",
      ack: "sync",
      sync: { rule: "any", count: 1, strict: true },
      readFrom: "local",
      failover: "managed",
      fencing: ["stonith", "epoch"],
      rejoin: "reinit",
      route: { dnsTtlMs: 1000 },
      detector: { heartbeatMs: 1000, timeoutMs: 3000 },
    },
    realParameters: [
      { name: "typical failover time", real: "under 35 s", classroom: "4 to 6 s" },
      {
        name: "write acknowledgement",
        real: "at least one of two readers",
        classroom: "sync.rule any, count 1",
      },
      { name: "standbys", real: "two, readable", classroom: "standby: hot, readFrom: local" },
    ],
    leavesOut: ["The reader endpoint and its balancing: each client reads at the site it is in."],
    sources: ["Amazon RDS user guide: Multi-AZ DB cluster deployments, failover"],
  },
  {
    name: "mysql-semisync",
    title: "MySQL semi-synchronous, with orchestrator",
    paragraph:
      "The primary waits until one replica has received the write, but not for ever: after a timeout it silently goes on alone. An observer decides about failovers by asking the replicas as well: only when they too have lost the primary is it dead. Nothing fences it, and writes acknowledged after the silent fallback can be lost.",
    sites: 3,
    cluster: {
      mode: "active-passive",
      ack: "semi",
      failover: "topology",
      detector: { kind: "topology", heartbeatMs: 1000, timeoutMs: 3000 },
      fencing: [],
      rejoin: "follow",
      route: { proxyCheckMs: 1000, fall: 3, rise: 2 },
    },
    realParameters: [
      { name: "rpl_semi_sync_source_timeout", real: "10 000 ms", classroom: "detector.timeoutMs 3000" },
      { name: "rpl_semi_sync_source_wait_for_replica_count", real: "1", classroom: "one replica" },
      {
        name: "rpl_semi_sync_source_wait_point",
        real: "AFTER_SYNC",
        classroom: "readers see a write after it is answered",
      },
      { name: "InstancePollSeconds", real: "5", classroom: "detector.heartbeatMs 1000" },
      {
        name: "RecoveryPeriodBlockSeconds",
        real: "3600",
        classroom: "60 s without a second automatic failover",
      },
    ],
    leavesOut: [
      "orchestrator's own Raft, its hooks and its promotion rules (versions, binlog formats, prefer and must_not).",
      "Errant transactions of a replica that was written to directly.",
    ],
    sources: [
      "MySQL reference manual: semisynchronous replication",
      "orchestrator documentation: failure detection, topology recovery",
    ],
  },
  {
    name: "oracle-data-guard",
    title: "Oracle Data Guard, maximum availability",
    paragraph:
      "The primary ships redo to one standby and waits for it, yet goes on alone when the standby is gone: availability comes before protection. An observer starts the failover after a threshold, and only to a standby that has everything. A primary that has heard from neither observer nor standby for that long shuts itself down, since it may have been replaced; afterwards it is reinstated as a standby.",
    sites: 2,
    cluster: {
      mode: "active-passive",
      ack: "sync",
      sync: { rule: "first", count: 1, strict: false },
      readFrom: "primary",
      failover: "lease",
      fencing: ["lease-request", "epoch"],
      rejoin: "rewind",
      detector: { heartbeatMs: 1000, timeoutMs: 3000 },
    },
    realParameters: [
      { name: "FastStartFailoverThreshold", real: "30 s (at least 6)", classroom: "detector.timeoutMs 3000" },
      {
        name: "LogXptMode",
        real: "SYNC under maximum availability",
        classroom: "ack: sync, sync.strict false",
      },
      {
        name: "FastStartFailoverLagLimit",
        real: "0 s under maximum availability",
        classroom: "only a standby in step may be promoted",
      },
      {
        name: "FastStartFailoverAutoReinstate",
        real: "TRUE",
        classroom: "rejoin: rewind (flashback stands behind it)",
      },
      {
        name: "FastStartFailoverPmyShutdown",
        real: "TRUE",
        classroom: "the lease: an isolated primary stops",
      },
    ],
    leavesOut: [
      "Several observers, observe-only mode and health conditions that start a failover at once.",
      "A primary that still hears its standby stays up without the observer; here the coordinator's lease decides alone.",
    ],
    sources: [
      "Oracle Data Guard Broker: fast-start failover, FastStartFailoverThreshold, FastStartFailoverLagLimit",
    ],
  },
  {
    name: "keepalived-pair",
    title: "Two boxes and a virtual address (keepalived, VRRP)",
    paragraph:
      "Two sites and no third opinion. The primary advertises itself every second; when the other hears nothing for about three and a half it takes the address, whatever its data is like. Cut the cable between them and both are primary. The one with the higher priority takes over again as soon as it is back.",
    sites: 2,
    cluster: {
      mode: "active-passive",
      ack: "async",
      failover: "peer",
      failback: "preempt",
      fencing: [],
      rejoin: "discard",
      readFrom: "primary",
      detector: { heartbeatMs: 1000, timeoutMs: 3000 },
    },
    realParameters: [
      { name: "advert_int", real: "1 s", classroom: "detector.heartbeatMs 1000" },
      { name: "priority", real: "100; here 150 and 100", classroom: "by the order of the sites" },
      { name: "master down interval", real: "3.414 s at 150, 3.609 s at 100", classroom: "the same" },
      { name: "nopreempt", real: "off", classroom: "failback: preempt; manual is nopreempt" },
      { name: "preempt_delay", real: "0 s", classroom: "0 s" },
    ],
    leavesOut: [
      "VRRP moves an address and knows nothing of data: what is replicated here, keepalived leaves to others.",
      "Track scripts, sync groups and unicast peers.",
    ],
    sources: ["keepalived manual: keepalived.conf(5)", "RFC 5798: VRRP version 3"],
  },
];
