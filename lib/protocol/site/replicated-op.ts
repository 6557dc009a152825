import { z } from "zod";
import { opIdSchema, sessionIdSchema, siteIdSchema } from "../ids";
import { operationSchema } from "../operation";
import { hlcSchema, vectorSchema } from "../vector";

/** The kinds of data a key can hold. */
export const dataTypeSchema = z.enum(["register", "counter", "set", "record", "text"]);
export type DataType = z.infer<typeof dataTypeSchema>;

/** A whole value with its type, as a last-write-wins rule stores it; null is a deletion. */
export const typedValueSchema = z.object({ type: dataTypeSchema, value: z.unknown() }).nullable();

/**
 * One write of an active-active site, with what every merge rule needs to apply it: so the same
 * history of operations can be merged by all rules side by side, at every site.
 */
export const replicatedOpSchema = z.object({
  origin: siteIdSchema,
  /** The origin's own count; operations of one origin are applied in this order, each once. */
  seq: z.int().min(1),
  opId: opIdSchema,
  session: sessionIdSchema,
  op: operationSchema.refine((op) => op.f !== "get", "only writes replicate"),
  wallMs: z.number(),
  hlc: hlcSchema,
  /** Observer-only: everything the origin had seen when it accepted this write, this write included. */
  shadow: vectorSchema,
  /** The value the origin computed from what each rule showed it (a counter under LWW is read-modify-write). */
  lww: typedValueSchema,
  /** Left out where it equals `lww`. */
  lwwHlc: typedValueSchema.optional(),
  /** Base64 of the Yjs update that the operation made at its origin. */
  update: z.string(),
});
export type ReplicatedOp = z.infer<typeof replicatedOpSchema>;
