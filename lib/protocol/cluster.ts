import { z } from "zod";

/**
 * The axes of one cluster (contract, section 4). A mode is a row of these, not a code path. The
 * schema admits exactly what the engine implements; anything else is refused naming the axis.
 */
export const clusterSchema = z.strictObject({
  mode: z.enum(["single", "active-passive", "active-active"]),
  /** When the client hears `ok`: after the primary's own disk, or after the sync set's disks as well. */
  ack: z.enum(["async", "sync"]),
  sync: z.strictObject({ rule: z.literal("first"), count: z.int().min(1).max(11), strict: z.boolean() }),
  standby: z.literal("hot"),
  readFrom: z.enum(["local", "primary"]),
  writeAt: z.enum(["forward", "redirect", "reject"]),
  detector: z.strictObject({
    kind: z.literal("fixed"),
    heartbeatMs: z.int().min(100).max(10_000),
    timeoutMs: z.int().min(800).max(60_000),
  }),
  failover: z.enum(["lease", "manual", "none"]),
  fencing: z.array(z.enum(["lease-request", "epoch"])).max(2),
  rejoin: z.literal("rewind"),
  failback: z.literal("manual"),
  route: z.enum(["primary", "local"]),
  merge: z.enum(["lww", "lww-hlc", "crdt"]),
  repair: z.strictObject({ antiEntropyMs: z.int().min(200).max(60_000) }),
});
export type Cluster = z.infer<typeof clusterSchema>;
export type Mode = Cluster["mode"];
export type MergeRule = Cluster["merge"];
/** How much shorter than `detector.timeoutMs` a lease is for its holder, in ms (contract, section 4). */
export const leaseMarginMs = 500;
export const mergeRules = ["lww", "lww-hlc", "crdt"] as const satisfies readonly MergeRule[];

/** Preset + axes that override it, as a scenario, `configure` or the creation of a lab gives it. */
export const clusterPatchSchema = clusterSchema
  .partial()
  .extend({
    preset: z.string().max(64).optional(),
    sync: clusterSchema.shape.sync.partial().optional(),
    detector: clusterSchema.shape.detector.partial().optional(),
    repair: clusterSchema.shape.repair.partial().optional(),
  })
  .strict();
export type ClusterPatch = z.infer<typeof clusterPatchSchema>;
