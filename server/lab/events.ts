import { z } from "zod";
import type { CoordinatorMemory } from "../../lib/coordinator/types";
import { clusterSchema } from "../../lib/protocol/cluster";
import { labCodeSchema, podIdSchema, seatIdSchema, siteIdSchema } from "../../lib/protocol/ids";
import { trafficMixSchema } from "../../lib/protocol/lab/command";
import { verbSchema } from "../../lib/protocol/verb";
import { viewSchema } from "../../lib/protocol/view";
import { isFaultVerb } from "../../lib/scenario/fault-reducer";

const pod = podIdSchema;
const seatId = seatIdSchema;
const hash = z.string().length(64);

export const trafficSchema = z.object({
  ratePerSec: z.number().min(0),
  mix: trafficMixSchema,
  keys: z.array(z.string()).min(1),
});
/** What the world's clients are doing to one pod. */
export type Traffic = z.infer<typeof trafficSchema>;

const memorySchema = z.object({
  view: viewSchema,
  syncSet: z.array(siteIdSchema),
  reign: z.object({ primary: siteIdSchema, incarnation: z.int().min(0), diskLost: z.boolean() }).nullable(),
  quietMs: z.number().min(0),
}) satisfies z.ZodType<CoordinatorMemory>;

/** Inferred from the schema, its arrays would be mutable; the coordinator's are not. */
const memory: z.ZodType<CoordinatorMemory> = memorySchema;

/**
 * Everything that can happen to a lab and must survive the server: the lab's state is the fold of
 * these and nothing else. Secrets appear only as hashes. Stored as JSON, one event a row.
 */
export const labEventSchema = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("created"),
    code: labCodeSchema,
    title: z.string(),
    cluster: clusterSchema,
    /** The sites of each of its pods. */
    sites: z.array(siteIdSchema).min(1).max(12),
    keyHash: hash,
    replayTokenHash: hash,
    atMs: z.number(),
    expiresAtMs: z.number(),
  }),
  z.object({
    type: z.literal("pod-opened"),
    pod,
    sites: z.array(siteIdSchema).min(1).max(12),
    atMs: z.number(),
  }),
  z.object({ type: z.literal("seat-claimed"), pod, site: siteIdSchema, seatId, secretHash: hash }),
  /** The seat's site starts once more, with this number; a wiped disk forgets numbers, this log does not. */
  z.object({ type: z.literal("incarnated"), seatId, incarnation: z.int().min(1) }),
  z.object({ type: z.literal("seat-freed"), seatId }),
  z.object({
    type: z.literal("fault"),
    pod,
    verb: z.pipe(
      verbSchema,
      z.transform((verb, context) => {
        if (isFaultVerb(verb)) return verb;
        context.issues.push({ code: "custom", message: "expected a fault", input: verb });
        return z.NEVER;
      }),
    ),
    /** When a pause for a time ends, on the server's wall clock: it ends then also where the server restarts. */
    resumeAtMs: z.number().nullable().default(null),
  }),
  z.object({ type: z.literal("faults-cleared"), pod }),
  z.object({ type: z.literal("remembered"), pod, memory }),
  z.object({ type: z.literal("traffic"), pod, traffic: trafficSchema }),
  z.object({ type: z.literal("locked"), locked: z.boolean() }),
  z.object({ type: z.literal("frozen"), frozen: z.boolean() }),
  z.object({ type: z.literal("phase"), name: z.string() }),
]);
export type LabEvent = z.infer<typeof labEventSchema>;
export type LabEventOf<Type extends LabEvent["type"]> = Extract<LabEvent, { type: Type }>;
