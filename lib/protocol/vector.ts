import { z } from "zod";

/** A version vector: how many writes of each site are covered. Absent means none. */
export const vectorSchema = z.record(z.string().max(32), z.int().min(0));
export type Vector = z.infer<typeof vectorSchema>;

/** One write named by its site and its number there. */
export const dotSchema = z.object({ site: z.string().max(32), n: z.int().min(1) });
export type Dot = z.infer<typeof dotSchema>;

/** A hybrid logical clock's reading: physical part in ms, and a counter. */
export const hlcSchema = z.object({ l: z.number(), c: z.int().min(0) });
export type Hlc = z.infer<typeof hlcSchema>;
