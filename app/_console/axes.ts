import type { Json } from "@/lib/kernel/json";
import type { Cluster, ClusterPatch } from "@/lib/protocol/cluster";
import { manyWritersFields } from "./axes-many-writers";
import { type AxisField, many, number, one } from "./axis-field";

const always = () => true;
const hasReplicas = ({ mode }: Cluster) => mode === "active-passive";
const hasPrimary = ({ mode }: Cluster) => mode === "active-passive" || mode === "consensus";
const isConsensus = ({ mode }: Cluster) => mode === "consensus";
const waits = (cluster: Cluster) =>
  hasReplicas(cluster) && ["remote-write", "sync", "remote-apply"].includes(cluster.ack);
const votes = (cluster: Cluster) => hasReplicas(cluster) && cluster.failover === "votes";
const has = (axis: "readFrom" | "route", name: string) => (cluster: Cluster) => {
  const value: unknown = cluster[axis];
  return hasPrimary(cluster) && typeof value === "object" && value !== null && name in value;
};

/** What a teacher may change about a running pod, in the order of the form. */
export const axisFields: readonly AxisField[] = [
  {
    path: "mode",
    label: "Mode",
    choice: one([
      { value: "single", text: "single: no replica" },
      { value: "active-passive", text: "active-passive: one primary" },
      { value: "consensus", text: "consensus: a majority agrees (Raft)" },
      { value: "active-active", text: "active-active: every site writes" },
      { value: "quorum", text: "quorum: some sites answer for a key" },
    ]),
    when: always,
  },
  ...manyWritersFields,
  {
    path: "ack",
    label: "A write is acknowledged",
    choice: one([
      { value: "off", text: "off: before any disk has it" },
      { value: "async", text: "async: on the primary's own disk" },
      { value: "semi", text: "semi: one replica has it, or time is up" },
      { value: "remote-write", text: "remote-write: replicas have received it" },
      { value: "sync", text: "sync: on replicas' disks too" },
      { value: "remote-apply", text: "remote-apply: readable at replicas" },
    ]),
    when: hasReplicas,
  },
  {
    path: "sync.rule",
    label: "Which replicas count",
    choice: one([
      { value: "first", text: "first: the first of the list that are well" },
      { value: "any", text: "any: whichever answer first" },
    ]),
    when: waits,
  },
  { path: "sync.count", label: "Replicas that must have it", choice: number(1, 11), when: waits },
  {
    path: "sync.strict",
    label: "Without enough replicas",
    choice: one([
      { value: true, text: "fail the write" },
      { value: false, text: "go on alone" },
    ]),
    when: waits,
  },
  {
    path: "standby",
    label: "Replicas are",
    choice: one([
      { value: "hot", text: "hot: they serve reads" },
      { value: "warm", text: "warm: up to date, but serve nobody" },
      { value: "cold", text: "cold: restored from segments when needed" },
    ]),
    when: hasReplicas,
  },
  {
    path: "readFrom",
    label: "Reads are served",
    choice: one([
      { value: "local", text: "local: fast, may be old" },
      { value: "primary", text: "primary: never old" },
      { value: "token", text: "token: as new as what this session saw" },
      { value: { maxLagOps: 20 }, text: "by lag: local while not too far behind" },
      { value: { pinMs: 2000 }, text: "pinned: at the primary after a write" },
    ]),
    when: hasPrimary,
  },
  {
    path: "readFrom.maxLagOps",
    label: "Most lag, in writes",
    choice: number(0, 10_000),
    when: has("readFrom", "maxLagOps"),
  },
  {
    path: "readFrom.pinMs",
    label: "Pinned for, ms",
    choice: number(0, 60_000),
    when: has("readFrom", "pinMs"),
  },
  {
    path: "writeAt",
    label: "A write at a replica",
    choice: one([
      { value: "forward", text: "forward to the primary" },
      { value: "redirect", text: "redirect: name the primary" },
      { value: "reject", text: "reject" },
    ]),
    when: hasPrimary,
  },
  {
    path: "failover",
    label: "Who decides about a failover",
    choice: one([
      { value: "lease", text: "lease: the coordinator, once it ends" },
      { value: "votes", text: "votes: monitors beside the sites" },
      { value: "topology", text: "topology: who asks the replicas too" },
      { value: "peer", text: "peer: each site for itself (VRRP)" },
      { value: "managed", text: "managed: the provider" },
      { value: "manual", text: "manual: you" },
      { value: "none", text: "none: nobody takes over" },
    ]),
    when: hasReplicas,
  },
  { path: "monitors.count", label: "Monitors", choice: number(1, 12), when: votes },
  { path: "monitors.quorum", label: "Monitors that must agree", choice: number(1, 12), when: votes },
  {
    path: "monitors.majority",
    label: "To lead the failover",
    choice: one([
      { value: true, text: "a majority of all monitors" },
      { value: false, text: "the quorum alone (unsafe)" },
    ]),
    when: votes,
  },
  {
    path: "fencing",
    label: "The old primary is stopped by",
    choice: many([
      { value: "lease-request", text: "its lease, checked at every request" },
      { value: "lease-tick", text: "its lease, checked now and then" },
      { value: "epoch", text: "replicas that refuse an older epoch" },
      { value: "token", text: "the shared resource, which refuses an older epoch" },
      { value: "router", text: "the router, which knows the epoch" },
      { value: "stonith", text: "switching it off first" },
    ]),
    when: hasReplicas,
  },
  {
    path: "rejoin",
    label: "A former primary comes back by",
    choice: one([
      { value: "rewind", text: "rewind: back to where the logs part" },
      { value: "follow", text: "follow: only if nothing differs" },
      { value: "reinit", text: "reinit: a full copy, always" },
      { value: "discard", text: "discard: throw everything away" },
    ]),
    when: hasReplicas,
  },
  {
    path: "failback",
    label: "Afterwards the first site",
    choice: one([
      { value: "manual", text: "stays a replica until you say" },
      { value: "preempt", text: "takes over again by itself" },
    ]),
    when: hasReplicas,
  },
  {
    path: "route",
    label: "Clients of the world reach",
    choice: one([
      { value: "primary", text: "the primary, by a virtual address" },
      { value: "local", text: "the nearest site" },
      { value: "round-robin", text: "each site in turn" },
      { value: "sticky", text: "always the same site" },
      { value: "latency", text: "the fastest site" },
      { value: "gslb", text: "the fastest healthy site" },
      { value: { dnsTtlMs: 5000 }, text: "what a name server told them" },
      { value: { proxyCheckMs: 1000, fall: 3, rise: 2 }, text: "what a proxy's checks found" },
      { value: "ask-monitors", text: "whom the monitors name" },
    ]),
    when: always,
  },
  {
    path: "route.dnsTtlMs",
    label: "Name kept for, ms",
    choice: number(0, 60_000),
    when: has("route", "dnsTtlMs"),
  },
  {
    path: "guard.replicas",
    label: "Refuse writes with fewer replicas than",
    choice: number(0, 11),
    when: hasReplicas,
  },
  {
    path: "raft.reads",
    label: "Before a read the leader",
    choice: one([
      { value: "read-index", text: "asks a majority (ReadIndex)" },
      { value: "lease", text: "trusts its lease" },
    ]),
    when: isConsensus,
  },
  {
    path: "raft.preVote",
    label: "Before an election",
    choice: one([
      { value: true, text: "ask first (PreVote)" },
      { value: false, text: "just stand (no PreVote)" },
    ]),
    when: isConsensus,
  },
  {
    path: "raft.checkQuorum",
    label: "A leader that hears no majority",
    choice: one([
      { value: true, text: "steps down (CheckQuorum)" },
      { value: false, text: "stays (no CheckQuorum)" },
    ]),
    when: isConsensus,
  },
  {
    path: "detector.kind",
    label: "Failures are detected by",
    choice: one([
      { value: "fixed", text: "a fixed timeout" },
      { value: "phi", text: "phi accrual (Akka)" },
      { value: "phi-exponential", text: "phi accrual (Cassandra)" },
      { value: "swim", text: "SWIM: sites probing each other" },
      { value: "lease", text: "the lease alone" },
      { value: "topology", text: "the topology: replicas are asked" },
      { value: "monitors", text: "monitors" },
    ]),
    when: hasReplicas,
  },
  { path: "detector.heartbeatMs", label: "Heartbeat every, ms", choice: number(100, 10_000), when: always },
  {
    path: "detector.timeoutMs",
    label: "Held to be dead after, ms",
    choice: number(800, 60_000),
    when: always,
  },
];

/** What a cluster, or a part of one, has at a path such as `sync.count`; undefined where nothing is. */
export function valueAt(cluster: Cluster, path: string): Json | undefined {
  let value: unknown = cluster;
  for (const step of path.split(".")) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[step];
  }
  return value as Json | undefined;
}

/** The patch that takes a cluster to the edited values; `configure` accepts it. */
export function patchOf(cluster: Cluster, edited: Readonly<Record<string, Json>>): ClusterPatch {
  const patch: Record<string, Json> = {};
  for (const [path, value] of Object.entries(edited)) {
    const [axis = "", field] = path.split(".");
    if (field === undefined) patch[axis] = value;
    else {
      const whole = patch[axis] ?? valueAt(cluster, axis);
      const fields = typeof whole === "object" && whole !== null ? whole : {};
      patch[axis] = { ...fields, [field]: value };
    }
  }
  return patch as ClusterPatch;
}
