import { z } from "zod";

/** A place in a log. `lsn` alone cannot tell two histories apart, so the epoch belongs to it. */
export const positionSchema = z.object({ epoch: z.int().min(0), lsn: z.int().min(0) });
export type Position = z.infer<typeof positionSchema>;

/** Before the first entry. */
export const origin: Position = { epoch: 0, lsn: 0 };

/** Orders positions as a promotion does: the later epoch first, then the longer log. */
export function comparePositions(a: Position, b: Position): number {
  return a.epoch - b.epoch || a.lsn - b.lsn;
}

/** One reign in a log's history: the epoch and the first lsn it may have written. */
export const reignSchema = z.object({ epoch: z.int().min(0), beginLsn: z.int().min(0) });
export type Reign = z.infer<typeof reignSchema>;
