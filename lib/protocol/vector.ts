import { z } from "zod";

/**
 * A version vector: how many writes of each site are covered. Absent means none. In active-active a
 * site that lost its disk counts on under a new name (`mumbai#3`), hence the longer keys.
 */
export const vectorSchema = z.record(z.string().max(48), z.int().min(0));
export type Vector = z.infer<typeof vectorSchema>;

/** One write named by its site and its number there. */
export const dotSchema = z.object({ site: z.string().max(32), n: z.int().min(1) });
export type Dot = z.infer<typeof dotSchema>;

/** A hybrid logical clock's reading: physical part in ms, and a counter. */
export const hlcSchema = z.object({
  l: z
    .number()
    .min(-(2 ** 52))
    .max(2 ** 52),
  c: z.int().min(0),
});
export type Hlc = z.infer<typeof hlcSchema>;
