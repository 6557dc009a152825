import * as z from "zod/mini";
import { opIdSchema } from "../ids";
import { limits } from "../limits";
import { hlcSchema, vectorSchema } from "../vector";
import { placeSchema, revisionSchema, typedValueSchema } from "./replicated-op";

/**
 * Where a write stands in time: its id, the place it has in its actor's stream, its clocks and its past.
 * `seq` 0 is a write from before the cluster had many writers: everybody has seen it.
 */
const writeSchema = z.object({
  opId: opIdSchema,
  stream: z.string().check(z.maxLength(48)),
  seq: z.int().check(z.gte(0)),
  site: z.string().check(z.maxLength(32)),
  wallMs: hlcSchema.shape.l,
  hlc: hlcSchema,
  shadow: vectorSchema,
  /** `lww` by the number of updates: how many are behind this one, itself included. */
  edits: z.optional(z.int().check(z.gte(0))),
});
export type Write = z.infer<typeof writeSchema>;

/** A key on which all rules agree; see `lib/merge/agreed.ts`. */
const agreedKeySchema = z.object({
  key: z.string().check(z.maxLength(limits.keyChars)),
  value: z.nullable(typedValueSchema),
  write: writeSchema,
  /** How far each stream's writes of the key have come. */
  covered: vectorSchema,
  /** Its place in the key's tree of edits. */
  edits: revisionSchema.shape.edits,
  hash: revisionSchema.shape.hash,
});
export type AgreedKey = z.infer<typeof agreedKeySchema>;

/** One key, or one field of it, under a last-write-wins rule and the write it comes from; null is a tombstone. */
const stampedKeySchema = z.object({
  key: z.string().check(z.maxLength(limits.keyChars)),
  field: z.optional(z.string().check(z.maxLength(limits.keyChars))),
  value: z.nullable(typedValueSchema),
  write: writeSchema,
});
export type StampedKey = z.infer<typeof stampedKeySchema>;

/** One key under a rule that keeps siblings: its values, and how far every writer has been read or replaced. */
const dottedKeySchema = z.object({
  key: z.string().check(z.maxLength(limits.keyChars)),
  covered: vectorSchema,
  values: z
    .array(z.object({ value: z.nullable(typedValueSchema), write: writeSchema }))
    .check(z.maxLength(1000)),
});
export type DottedKey = z.infer<typeof dottedKeySchema>;

/**
 * One key's tree of edits: the ends of its branches, how far every stream has come, and the parents of
 * revisions here that are still under way themselves.
 */
const treeKeySchema = z.object({
  key: z.string().check(z.maxLength(limits.keyChars)),
  come: vectorSchema,
  awaited: z.array(placeSchema).check(z.maxLength(1000)),
  leaves: z
    .array(
      z.object({
        value: z.nullable(typedValueSchema),
        write: writeSchema,
        edits: revisionSchema.shape.edits,
        hash: revisionSchema.shape.hash,
      }),
    )
    .check(z.maxLength(1000)),
});
export type TreeKey = z.infer<typeof treeKeySchema>;

const gridSchema = z.record(z.string().check(z.maxLength(48)), vectorSchema);
/** One bounded counter: the rights each stream made and moved, to whom, and what each has used up. */
const accountKeySchema = z.object({
  key: z.string().check(z.maxLength(limits.keyChars)),
  made: gridSchema,
  moved: gridSchema,
  used: vectorSchema,
  latest: z.nullable(writeSchema),
});
export type AccountKey = z.infer<typeof accountKeySchema>;

/** The changes of one key's numbers that each stream made, added up to its `upTo`th write, by field. */
const sumKeySchema = z.object({
  key: z.string().check(z.maxLength(limits.keyChars)),
  streams: z.record(
    z.string().check(z.maxLength(48)),
    z.object({
      upTo: z.int().check(z.gte(0)),
      totals: z.record(z.string().check(z.maxLength(limits.keyChars)), z.number()),
    }),
  ),
});
export type SumKey = z.infer<typeof sumKeySchema>;

/** Each site refuses its own writers more than `keysPerSite`; sites apart may each fill up with others. */
const keysAtMost = limits.keysPerSite * limits.sitesPerPod;

/** Everything a many-writers site holds, under each merge rule. */
export const mergeCopySchema = z.object({
  kind: z.literal("merge"),
  /** Writes whose effects are in this copy. */
  seen: vectorSchema,
  /** `seen` and everything that happened before those writes. */
  past: vectorSchema,
  hlc: hlcSchema,
  /** No write of the giver to come is stamped lower: what it has forgotten relies on that. */
  stampsFrom: z.optional(hlcSchema.shape.l),
  /** `lww` by the number of updates: more than any deletion had that has been forgotten here. */
  editsFloor: z.optional(z.int().check(z.gte(0))),
  /** What all rules agree on; the others hold only what they do not. */
  agreed: z.array(agreedKeySchema).check(z.maxLength(keysAtMost)),
  lww: z.array(stampedKeySchema).check(z.maxLength(keysAtMost)),
  lwwHlc: z.array(stampedKeySchema).check(z.maxLength(keysAtMost)),
  siblings: z.array(dottedKeySchema).check(z.maxLength(keysAtMost)),
  siblingsVv: z.array(dottedKeySchema).check(z.maxLength(keysAtMost)),
  app: z.array(dottedKeySchema).check(z.maxLength(keysAtMost)),
  sums: z.array(sumKeySchema).check(z.maxLength(keysAtMost)),
  tree: z.array(treeKeySchema).check(z.maxLength(keysAtMost)),
  bounded: z.array(accountKeySchema).check(z.maxLength(keysAtMost)),
  crdt: z.object({
    /** Base64 of the whole Yjs document. */
    update: z.string(),
    /** The latest write that each key's merged value contains. */
    latest: z
      .array(z.object({ key: z.string().check(z.maxLength(limits.keyChars)), write: writeSchema }))
      .check(z.maxLength(keysAtMost)),
  }),
});
export type MergeCopy = z.infer<typeof mergeCopySchema>;
