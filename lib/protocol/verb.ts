import * as z from "zod/mini";
import { clusterPatchSchema } from "./cluster";
import { nodeIdSchema, type SessionId, sessionIdSchema, siteIdSchema } from "./ids";
import { operationKeySchema, operationSchema, valueSchema } from "./operation";

const pct = z.number().check(z.gte(0), z.lte(100));
const ms = z.number().check(z.gte(0), z.lte(60_000));

/**
 * What can be done to a running pod, in a scenario's timeline and from the console alike
 * (contract, section 4). `do` names the verb.
 */
export const verbSchema = z.discriminatedUnion("do", [
  z.strictObject({
    do: z.literal("op"),
    session: sessionIdSchema,
    site: z.union([z.literal("route"), siteIdSchema]),
    op: operationSchema,
  }),
  z.strictObject({
    do: z.literal("crash"),
    site: siteIdSchema,
    disk: z._default(z.enum(["kept", "lost"]), "kept"),
  }),
  z.strictObject({ do: z.literal("restart"), site: siteIdSchema }),
  z.strictObject({
    do: z.literal("pause"),
    site: siteIdSchema,
    forMs: z.optional(z.number().check(z.gte(1), z.lte(600_000))),
  }),
  z.strictObject({ do: z.literal("resume"), site: siteIdSchema }),
  z.strictObject({
    do: z.literal("partition"),
    groups: z.array(z.array(nodeIdSchema).check(z.minLength(1))).check(z.minLength(1), z.maxLength(14)),
  }),
  z.strictObject({
    do: z.literal("cut"),
    from: nodeIdSchema,
    to: nodeIdSchema,
    oneWay: z._default(z.boolean(), false),
  }),
  z.strictObject({
    do: z.literal("mend"),
    from: nodeIdSchema,
    to: nodeIdSchema,
    oneWay: z._default(z.boolean(), false),
  }),
  z.strictObject({ do: z.literal("pull"), from: nodeIdSchema, to: nodeIdSchema }),
  z.strictObject({ do: z.literal("plug"), from: nodeIdSchema, to: nodeIdSchema }),
  z.strictObject({ do: z.literal("isolate"), site: siteIdSchema }),
  z.strictObject({ do: z.literal("heal") }),
  z.strictObject({
    do: z.literal("link"),
    from: nodeIdSchema,
    to: nodeIdSchema,
    oneWay: z._default(z.boolean(), false),
    delayMs: z.optional(ms),
    jitterMs: z.optional(ms),
    lossPct: z.optional(pct),
    duplicatePct: z.optional(pct),
    reorderPct: z.optional(pct),
    bandwidthOps: z.optional(z.number().check(z.gte(0.1), z.lte(100_000))),
  }),
  z.strictObject({
    do: z.literal("clock"),
    site: siteIdSchema,
    skewMs: z.optional(z.number().check(z.gte(-86_400_000), z.lte(86_400_000))),
    jumpMs: z.optional(z.number().check(z.gte(-86_400_000), z.lte(86_400_000))),
    driftPpm: z.optional(z.number().check(z.gte(-200_000), z.lte(200_000))),
  }),
  /** A slow disk: every commit takes `delayMs`; 0 is the disk's own pace. */
  z.strictObject({ do: z.literal("disk"), site: siteIdSchema, delayMs: ms }),
  /** A slow replica: it applies this many entries a second; null is without a limit. */
  z.strictObject({
    do: z.literal("apply"),
    site: siteIdSchema,
    opsPerSec: z.nullable(z.number().check(z.gte(0.1), z.lte(100_000))),
  }),
  z.strictObject({ do: z.literal("promote"), site: siteIdSchema }),
  /** Operator actions: give the reign back to this site; let it take its place as a replica again. */
  z.strictObject({ do: z.literal("failback"), site: siteIdSchema }),
  z.strictObject({ do: z.literal("rejoin"), site: siteIdSchema }),
  /** A person settles a key at a site: `value` replaces everything that the site holds of it. */
  z.strictObject({
    do: z.literal("resolve"),
    site: siteIdSchema,
    key: operationKeySchema,
    value: valueSchema,
  }),
  z.strictObject({ do: z.literal("configure"), cluster: clusterPatchSchema }),
]);
export type Verb = z.infer<typeof verbSchema>;
/** The session in whose name a person settles keys. */
export const settler = "settled-by-hand" as SessionId;
export type VerbOf<Name extends Verb["do"]> = Extract<Verb, { do: Name }>;
