import * as z from "zod/mini";
import { podIdSchema, siteIdSchema } from "../ids";
import { limits } from "../limits";
import { verbSchema } from "../verb";

/** What the world's clients do: shares of writes and reads, drawn over `keys`. */
export const trafficMixSchema = z.strictObject({
  put: z._default(z.number().check(z.gte(0), z.lte(1000)), 50),
  get: z._default(z.number().check(z.gte(0), z.lte(1000)), 50),
});

/** The console's own verbs (contract, section 6), beside the verbs of a scenario's timeline. */
const consoleVerbSchema = z.discriminatedUnion("do", [
  /** Open-loop operations of the world's clients, entering through `edge`; 0 a second is off. */
  z.strictObject({
    do: z.literal("traffic"),
    ratePerSec: z.number().check(z.gte(0), z.lte(200)),
    mix: z.optional(
      trafficMixSchema.check(z.refine(({ put, get }) => put + get > 0, "put and get cannot both be 0")),
    ),
    keys: z.optional(
      z
        .array(z.string().check(z.minLength(1), z.maxLength(limits.keyChars)))
        .check(z.minLength(1), z.maxLength(100)),
    ),
  }),
  z.strictObject({ do: z.literal("phase"), name: z.string().check(z.minLength(1), z.maxLength(64)) }),
  z.strictObject({ do: z.literal("freeze") }),
  z.strictObject({ do: z.literal("unfreeze") }),
  /** Empties data and faults; the class stays. */
  z.strictObject({ do: z.literal("reset") }),
  z.strictObject({ do: z.literal("lock") }),
  z.strictObject({ do: z.literal("unlock") }),
  z.strictObject({ do: z.literal("kick"), site: siteIdSchema }),
]);

/** Everything that `POST /api/labs/CODE/command` accepts, its `pod` taken off. */
export const commandVerbSchema = z.discriminatedUnion("do", [
  ...verbSchema.def.options,
  ...consoleVerbSchema.def.options,
]);
export type CommandVerb = z.infer<typeof commandVerbSchema>;

/** The part of a command's body that says which pod; the rest is the verb. */
export const commandTargetSchema = z.looseObject({
  do: z.string().check(z.maxLength(32)),
  pod: z.optional(podIdSchema),
});
