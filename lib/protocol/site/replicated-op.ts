import * as z from "zod/mini";
import type { Json } from "../../kernel/json";
import { type MergeRule, mergeRules } from "../cluster";
import { opIdSchema, sessionIdSchema, siteIdSchema } from "../ids";
import { limits } from "../limits";
import { operationSchema, valueSchema, type WriteOperation } from "../operation";
import { hlcSchema, vectorSchema } from "../vector";

/** The kinds of data a key can hold. */
export const dataTypeSchema = z.enum(["register", "counter", "set", "record", "text"]);
export type DataType = z.infer<typeof dataTypeSchema>;

/** A whole value with its type. A set is its elements in the order of their canonical JSON. */
export const typedValueSchema = z.discriminatedUnion("type", [
  z.object({ type: z.literal("register"), value: valueSchema }),
  z.object({ type: z.literal("counter"), value: z.int() }),
  z.object({
    type: z.literal("set"),
    value: z.pipe(
      valueSchema.check(z.refine(Array.isArray, "expected the elements")),
      z.transform((v) => v as readonly Json[]),
    ),
  }),
  z.object({
    type: z.literal("record"),
    value: z.pipe(
      valueSchema.check(z.refine(isRecord, "expected the fields")),
      z.transform((v) => v as Fields),
    ),
  }),
  z.object({ type: z.literal("text"), value: z.string().check(z.maxLength(limits.valueBytes)) }),
]);
export type TypedValue = z.infer<typeof typedValueSchema>;
type Fields = { readonly [field: string]: Json };

/** The incarnations of one site are numbered below this; see `actor`. */
export const incarnationsPerSite = 2 ** 24;

/**
 * Who writes: a site's place in its pod (plus one) and the incarnation in which its disk was new,
 * packed. It is the site's Yjs client id and names its stream of writes: a site that lost its disk has
 * forgotten how far it had counted, so it must not go on under the old name.
 */
export const actorSchema = z
  .int()
  .check(z.gte(incarnationsPerSite + 1), z.lte((limits.sitesPerPod + 1) * incarnationsPerSite - 1));

/** The rules beside `lww` and `lww-hlc` under which a key holds whole values. */
export const wholeRules = [
  "siblings",
  "siblings-vv",
  "app",
  "revision-tree",
] as const satisfies readonly MergeRule[];

/** One write by its place in its stream; 0 is a write from before there were streams. */
export const placeSchema = z.object({
  stream: z.string().check(z.maxLength(48)),
  seq: z.int().check(z.gte(0)),
});
export type Place = z.infer<typeof placeSchema>;

/** A write's place in its key's tree of edits: the leaves that it was made upon, and the name it has there. */
export const revisionSchema = z.object({
  edits: z.int().check(z.gte(1)),
  hash: z.string().check(z.maxLength(32)),
  upon: z.array(placeSchema).check(z.maxLength(1000)),
});
export type Revision = z.infer<typeof revisionSchema>;

/**
 * One write of an active-active site, with what every merge rule needs to apply it: so the same
 * history of operations can be merged by all rules side by side, at every site.
 */
export const replicatedOpSchema = z.object({
  origin: siteIdSchema,
  actor: actorSchema,
  /** The actor's own count; operations of one actor are applied in this order, each once. */
  seq: z.int().check(z.gte(1)),
  opId: opIdSchema,
  session: sessionIdSchema,
  op: z.pipe(
    operationSchema.check(z.refine((op) => op.f !== "get", "only writes replicate")),
    z.transform((op) => op as WriteOperation),
  ),
  wallMs: hlcSchema.shape.l,
  hlc: hlcSchema,
  /** Observer-only: everything that had happened before this write as its origin knew it, this write included. */
  shadow: vectorSchema,
  /**
   * The value the origin computed from what the `lww` rule showed it (a counter under LWW is
   * read-modify-write); null is a deletion. Left out for put, cas and delete, which say it themselves.
   */
  lww: z.optional(z.nullable(typedValueSchema)),
  /** The same under `lww-hlc`; left out where it equals `lww`. */
  lwwHlc: z.optional(z.nullable(typedValueSchema)),
  /** The same under the other rules that keep whole values; left out where it equals `lww`. */
  whole: z.optional(z.partialRecord(z.enum(wholeRules), z.nullable(typedValueSchema))),
  /** `lww` by the number of updates: how many are behind this write, itself included. */
  edits: z.optional(z.int().check(z.gte(0))),
  /** What its writer had read of the key; left out where that is nothing. It replaces that and no more. */
  context: z.optional(vectorSchema),
  /** Writes that must have taken effect before this one does, at every site; left out where there are none. */
  deps: z.optional(vectorSchema),
  /** Values were at the origin that its writer had not read: a plain version vector then replaces none. */
  unread: z.optional(z.literal(true)),
  /** Made where Yjs still waited for an earlier edit, and so perhaps upon another value than the other rules'. */
  apart: z.optional(z.literal(true)),
  /** Its place in the tree of edits; left out where the `revision-tree` rule refused it. */
  revision: z.optional(revisionSchema),
  /** Rights to a bounded counter that it gives, by stream: new ones, or with an increment by 0 its own. */
  rights: z.optional(vectorSchema),
  /** By how much it changes each number that the application adds up, by field. */
  deltas: z.optional(z.record(z.string().check(z.maxLength(limits.keyChars)), z.number())),
  /** Base64 of the Yjs update that the operation made at its origin; empty where it changed nothing. */
  update: z.string().check(z.maxLength(2 * limits.frameBytesMax)),
  /** The rules that would have refused it, had the cluster been served by them: it has no effect there. */
  refusedBy: z.optional(z.array(z.enum(mergeRules)).check(z.maxLength(mergeRules.length - 1))),
});
export type ReplicatedOp = z.infer<typeof replicatedOpSchema>;

function isRecord(value: Json): boolean {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
