import * as z from "zod/mini";
import { opIdSchema, sessionIdSchema, siteIdSchema } from "../ids";
import { operationSchema, type WriteOperation } from "../operation";
import { vectorSchema } from "../vector";

/** What a log keeps of a write, whoever decided its place. */
export const loggedWriteSchema = z.object({
  opId: opIdSchema,
  session: sessionIdSchema,
  op: z.pipe(
    operationSchema.check(z.refine((op) => op.f !== "get", "a log holds writes only")),
    z.transform((op) => op as WriteOperation),
  ),
  /** The primary's wall clock, shown to people and never used to order anything. */
  wallMs: z.number(),
  /** Observer-only: everything the accepting site had seen, this write included. */
  shadow: vectorSchema,
});

/** One write in a primary's log. Two logs that agree on `(epoch, by, lsn)` agree on everything before it. */
export const logEntrySchema = z.object({
  epoch: z.int().check(z.gte(0)),
  /** The primary that accepted it. */
  by: siteIdSchema,
  lsn: z.int().check(z.gte(1)),
  ...loggedWriteSchema.shape,
});
export type LogEntry = z.infer<typeof logEntrySchema>;
