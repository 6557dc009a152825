import * as z from "zod/mini";
import { siteIdSchema } from "./ids";

/** A place in a log. `lsn` alone cannot tell two histories apart, so the epoch belongs to it. */
export const positionSchema = z.object({ epoch: z.int().check(z.gte(0)), lsn: z.int().check(z.gte(0)) });
export type Position = z.infer<typeof positionSchema>;

/** Before the first entry. */
export const origin: Position = { epoch: 0, lsn: 0 };

/** Orders positions as a promotion does: the later epoch first, then the longer log. */
export function comparePositions(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.lsn - b.lsn;
}

/**
 * One reign in a log's history: the epoch, who reigned, and the first lsn it may have written. Where
 * sites decide among themselves two of them can reign in one epoch, so the epoch alone names no reign.
 */
export const reignSchema = z.object({
  epoch: z.int().check(z.gte(0)),
  by: siteIdSchema,
  beginLsn: z.int().check(z.gte(0)),
});
export type Reign = z.infer<typeof reignSchema>;
