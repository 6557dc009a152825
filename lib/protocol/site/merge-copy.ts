import { z } from "zod";
import { opIdSchema } from "../ids";
import { limits } from "../limits";
import { hlcSchema, vectorSchema } from "../vector";
import { typedValueSchema } from "./replicated-op";

/**
 * Where a write stands in time: its id, the place it has in its actor's stream, its clocks and its past.
 * `seq` 0 is a write from before the cluster had many writers: everybody has seen it.
 */
export const writeSchema = z.object({
  opId: opIdSchema,
  stream: z.string().max(48),
  seq: z.int().min(0),
  site: z.string().max(32),
  wallMs: hlcSchema.shape.l,
  hlc: hlcSchema,
  shadow: vectorSchema,
});
export type Write = z.infer<typeof writeSchema>;

/** One key under a last-write-wins rule and the write it comes from; null is a tombstone. */
export const stampedKeySchema = z.object({
  key: z.string().max(limits.keyChars),
  value: typedValueSchema.nullable(),
  write: writeSchema,
});
export type StampedKey = z.infer<typeof stampedKeySchema>;

/** One key under a rule that keeps siblings: its values, and how far every writer has been read or replaced. */
export const dottedKeySchema = z.object({
  key: z.string().max(limits.keyChars),
  covered: vectorSchema,
  values: z.array(z.object({ value: typedValueSchema.nullable(), write: writeSchema })).max(1000),
});
export type DottedKey = z.infer<typeof dottedKeySchema>;

const gridSchema = z.record(z.string().max(48), vectorSchema);
/** One bounded counter: the rights each stream made and moved, to whom, and what each has used up. */
export const accountKeySchema = z.object({
  key: z.string().max(limits.keyChars),
  made: gridSchema,
  moved: gridSchema,
  used: vectorSchema,
  latest: writeSchema.nullable(),
});
export type AccountKey = z.infer<typeof accountKeySchema>;

/** The changes of one key's numbers that each stream made, added up to its `upTo`th write, by field. */
export const sumKeySchema = z.object({
  key: z.string().max(limits.keyChars),
  streams: z.record(
    z.string().max(48),
    z.object({ upTo: z.int().min(0), totals: z.record(z.string().max(limits.keyChars), z.number()) }),
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
  lww: z.array(stampedKeySchema).max(keysAtMost),
  lwwHlc: z.array(stampedKeySchema).max(keysAtMost),
  siblings: z.array(dottedKeySchema).max(keysAtMost),
  siblingsVv: z.array(dottedKeySchema).max(keysAtMost),
  app: z.array(dottedKeySchema).max(keysAtMost),
  sums: z.array(sumKeySchema).max(keysAtMost),
  bounded: z.array(accountKeySchema).max(keysAtMost),
  crdt: z.object({
    /** Base64 of the whole Yjs document. */
    update: z.string(),
    /** The latest write that each key's merged value contains. */
    latest: z.array(z.object({ key: z.string().max(limits.keyChars), write: writeSchema })).max(keysAtMost),
  }),
});
export type MergeCopy = z.infer<typeof mergeCopySchema>;
