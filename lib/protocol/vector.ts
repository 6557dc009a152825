import * as z from "zod/mini";

/**
 * A version vector: how many writes of each site are covered. Absent means none. In active-active a
 * site that lost its disk counts on under a new name (`mumbai#3`), hence the longer keys.
 */
export const vectorSchema = z.record(z.string().check(z.maxLength(48)), z.int().check(z.gte(0)));
export type Vector = z.infer<typeof vectorSchema>;

/** A hybrid logical clock's reading: physical part in ms, and a counter. */
export const hlcSchema = z.object({
  l: z.number().check(z.gte(-(2 ** 52)), z.lte(2 ** 52)),
  c: z.int().check(z.gte(0)),
});
export type Hlc = z.infer<typeof hlcSchema>;
