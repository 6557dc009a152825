import * as z from "zod/mini";
import { clusterSchema } from "./cluster";
import { siteIdSchema } from "./ids";

/** What became of a site, kept apart from its role. */
export const statusSchema = z.enum([
  "alive",
  "suspect",
  "dead",
  "asleep",
  "partitioned",
  "diverged",
  "empty",
]);
export type Status = z.infer<typeof statusSchema>;

export const roleSchema = z.enum(["primary", "replica", "candidate", "fenced", "rebuilding"]);
export type Role = z.infer<typeof roleSchema>;

/** The latest orderly change of the cluster: no reign reaches across it. */
const changeSchema = z.object({
  /** The highest epoch that had been heard of when it was made: a reign under it is of a higher one. */
  above: z.int().check(z.gte(0)),
  /** What was changed, for people: "Switched from postgres-async to etcd-raft". */
  words: z.string(),
});

/**
 * What the coordinator has decided, and the only source of epochs. A site obeys the view with the
 * highest `number` it has seen and ignores every other.
 */
export const viewSchema = z.object({
  number: z.int().check(z.gte(0)),
  /** Fencing number of the present reign. Never goes back, also across restarts of the server. */
  epoch: z.int().check(z.gte(0)),
  /** Null while nobody may be promoted. In active-active every member is a primary and this is null. */
  primary: z.nullable(siteIdSchema),
  members: z.array(siteIdSchema).check(z.maxLength(12)),
  cluster: clusterSchema,
  /**
   * Rises when the kind of data a site holds changes (mode switch, reset). A site of an older
   * generation copies everything from `seed` before it serves.
   */
  generation: z.int().check(z.gte(0)),
  seed: z.nullable(siteIdSchema),
  /** While `draining`, writes are refused with DRAINING so that a new configuration loses nothing. */
  phase: z.enum(["serving", "draining"]),
  /** Null while the cluster is the one that the pod began with. */
  change: z.nullable(changeSchema),
  /** One sentence: why this view replaced the one before. */
  reason: z.string(),
});
export type View = z.infer<typeof viewSchema>;
