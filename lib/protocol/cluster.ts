import * as z from "zod/mini";
import { siteIdSchema } from "./ids";
import { limits } from "./limits";

const ms = z.int().check(z.gte(0), z.lte(3_600_000));
/** Real systems remember for months, so this one may be longer than a lab lives. */
const tombstoneMs = z.int().check(z.gte(0), z.lte(365 * 86_400_000));
const sites = z.int().check(z.gte(1), z.lte(12));

/** Every merge rule that a many-writers site keeps, side by side. */
export const mergeRules = [
  "lww",
  "lww-hlc",
  "siblings",
  "siblings-vv",
  "crdt",
  "bounded",
  "app",
  "revision-tree",
] as const;
export type MergeRule = (typeof mergeRules)[number];

/** How last write wins orders two writes: by the clock alone, or as one of the vendors does (`lib/merge/lww.ts`). */
export const lwwOrderNames = [
  "time",
  "cassandra",
  "cosmos",
  "redis",
  "couchbase",
  "active-directory",
] as const;
export type LwwOrder = (typeof lwwOrderNames)[number];

/** One rule of the application for values that nobody has chosen between: see `lib/merge/app-rule.ts`. */
export const appRuleSchema = z.strictObject({
  /** A key, or the beginning of keys and a star. */
  key: z.string().check(z.minLength(1), z.maxLength(limits.keyChars)),
  /** One field of a record; absent is the whole value. */
  field: z.optional(z.string().check(z.minLength(1), z.maxLength(limits.keyChars))),
  rule: z.enum(["latest", "first", "max", "min", "sum", "union"]),
});
export type AppRule = z.infer<typeof appRuleSchema>;

/** The axes of one cluster (contract, section 4). A mode is a row of these, not a code path. */
export const clusterSchema = z.strictObject({
  mode: z.enum(["single", "active-passive", "active-active", "quorum", "consensus"]),
  /**
   * When the client hears `ok`: before the primary's own disk (`off`), after it (`async`), or after
   * replicas as well: `semi` one has received it, or after one timeout nobody; `remote-write` the sync
   * set has received it; `sync` has it on disk; `remote-apply` shows it to readers.
   */
  ack: z.enum(["off", "async", "semi", "remote-write", "sync", "remote-apply"]),
  sync: z.strictObject({
    /** `first`: the first `count` of the able replicas; `any`: whichever `count` of them answer first. */
    rule: z.enum(["first", "any"]),
    count: z.int().check(z.gte(1), z.lte(11)),
    strict: z.boolean(),
  }),
  /** `hot` applies and serves reads, `warm` applies and serves nothing, `cold` restores shipped segments when promoted. */
  standby: z.enum(["hot", "warm", "cold"]),
  /** Each replica's upstream; null or absent is the primary itself. */
  upstream: z.record(siteIdSchema, z.nullable(siteIdSchema)),
  readFrom: z.union([
    z.enum(["local", "primary", "token"]),
    z.strictObject({ maxLagOps: z.int().check(z.gte(0), z.lte(10_000)) }),
    z.strictObject({ pinMs: ms }),
  ]),
  writeAt: z.enum(["forward", "redirect", "reject"]),
  detector: z.strictObject({
    kind: z.enum(["fixed", "phi", "phi-exponential", "swim", "lease", "topology", "monitors"]),
    heartbeatMs: z.int().check(z.gte(100), z.lte(10_000)),
    timeoutMs: z.int().check(z.gte(800), z.lte(60_000)),
  }),
  failover: z.enum(["lease", "votes", "topology", "peer", "managed", "manual", "raft", "none"]),
  /** `votes`: the first `count` sites run a monitor each; `quorum` of them must agree that the primary is down. */
  monitors: z.strictObject({
    count: sites,
    quorum: sites,
    /** The leading monitor needs the votes of more than half of all (Sentinel's rule); off only to show why. */
    majority: z.boolean(),
  }),
  /** `lease`: sites that hold a member of the lease store each; empty is one store in the coordinator itself. */
  store: z.strictObject({
    members: z.array(siteIdSchema).check(z.maxLength(7)),
    /** The primary may stay without the store while every member of the cluster confirms it (Patroni's failsafe mode). */
    failsafe: z.boolean(),
  }),
  raft: z.strictObject({
    preVote: z.boolean(),
    checkQuorum: z.boolean(),
    /** How a leader makes sure of itself before a read: a round of heartbeats, or its lease. */
    reads: z.enum(["read-index", "lease"]),
  }),
  /** Writes need this many replicas heard from within `maxLagMs` (Redis `min-replicas-to-write`); 0 is off. */
  guard: z.strictObject({ replicas: z.int().check(z.gte(0), z.lte(11)), maxLagMs: ms }),
  fencing: z
    .array(z.enum(["lease-request", "epoch", "lease-tick", "router", "stonith", "token"]))
    .check(z.maxLength(6)),
  rejoin: z.enum(["rewind", "follow", "reinit", "discard"]),
  failback: z.enum(["manual", "preempt"]),
  route: z.union([
    z.enum(["primary", "local", "round-robin", "sticky", "latency", "gslb", "ask-monitors"]),
    z.strictObject({ dnsTtlMs: ms }),
    z.strictObject({
      proxyCheckMs: z.int().check(z.gte(100), z.lte(60_000)),
      fall: z.int().check(z.gte(1), z.lte(10)),
      rise: z.int().check(z.gte(1), z.lte(10)),
    }),
  ]),
  /**
   * Which value stands where several sites write one key: see `lib/merge/SPEC.md`. Under `certify` no two
   * values ever meet: a majority orders all writes, and the first of two that conflict is the only one.
   */
  merge: z.enum([...mergeRules, "certify"]),
  lww: z.strictObject({
    /** `lww`: whose order of writes. */
    order: z.enum(lwwOrderNames),
    /** Both last-write-wins rules: whether a key is stamped whole, or each field of a record. */
    unit: z.enum(["key", "field"]),
    /** `lww-hlc`: a stamp farther ahead than this is held back, and its site told to stop; null is no limit. */
    maxOffsetMs: z.nullable(ms),
  }),
  /** What the rule `app` makes of concurrent values; where no rule says, somebody must settle them. */
  app: z.strictObject({ rules: z.array(appRuleSchema).check(z.maxLength(50)) }),
  /** `quorum`: each key lives at `n` sites; a write waits for `w` of them and a read for `r`. */
  quorum: z.strictObject({
    n: sites,
    r: sites,
    w: sites,
    /** Sites that are not among the `n` may stand in for those that cannot be reached (Dynamo's hinted handoff). */
    sloppy: z.boolean(),
    /** Whose answers count: anybody's, those near the coordinating site, or a majority in every region. */
    scope: z.enum(["any", "local", "each"]),
  }),
  /** What a client's session may rely on where it meets several copies. */
  session: z
    .array(
      z.enum(["sticky", "read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"]),
    )
    .check(z.maxLength(5)),
  /** Active-active: a write takes effect at a site only once everything has that its author had seen. */
  causal: z.boolean(),
  repair: z.strictObject({
    /** How long a write is kept for a site that cannot be reached; 0 keeps none. */
    hintMs: ms,
    /** Whether a read brings the copies that it found behind up to date, before its answer or after it. */
    readRepair: z.enum(["none", "async", "blocking"]),
    antiEntropyMs: z.int().check(z.gte(200), z.lte(60_000)),
    /** How long a deletion is remembered; `stable`: until every member has seen it; `keep`: for good. */
    tombstoneMs: z.union([z.enum(["stable", "keep"]), tombstoneMs]),
  }),
});
export type Cluster = z.infer<typeof clusterSchema>;
export type Mode = Cluster["mode"];

/** The merge rule as a trace names it: where fields are stamped one by one, writes to two of them do not meet. */
export function mergeName({ merge, lww }: Pick<Cluster, "merge" | "lww">): string {
  const isByField = lww.unit === "field" && (merge === "lww" || merge === "lww-hlc");
  return isByField ? `${merge} by field` : merge;
}

/** How much shorter than `detector.timeoutMs` a lease is for its holder, in ms (contract, section 4). */
export const leaseMarginMs = 500;

/** Preset + axes that override it, as a scenario, `configure` or the creation of a lab gives it. */
export const clusterPatchSchema = z.extend(z.partial(clusterSchema), {
  preset: z.optional(z.string().check(z.maxLength(64))),
  sync: z.optional(z.partial(clusterSchema.shape.sync)),
  detector: z.optional(z.partial(clusterSchema.shape.detector)),
  monitors: z.optional(z.partial(clusterSchema.shape.monitors)),
  store: z.optional(z.partial(clusterSchema.shape.store)),
  raft: z.optional(z.partial(clusterSchema.shape.raft)),
  guard: z.optional(z.partial(clusterSchema.shape.guard)),
  lww: z.optional(z.partial(clusterSchema.shape.lww)),
  quorum: z.optional(z.partial(clusterSchema.shape.quorum)),
  repair: z.optional(z.partial(clusterSchema.shape.repair)),
});
export type ClusterPatch = z.infer<typeof clusterPatchSchema>;
