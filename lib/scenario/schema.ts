import { z } from "zod";
import { clusterPatchSchema } from "../protocol/cluster";
import { sessionIdSchema, siteIdSchema } from "../protocol/ids";
import { limits } from "../protocol/limits";
import { positionSchema } from "../protocol/position";
import { checkNames, metricNames, verdictNames } from "../protocol/report";
import { type Verb, verbSchema } from "../protocol/verb";
import { roleSchema } from "../protocol/view";

const hour = 3_600_000;
const timeMs = z.number().min(0).max(hour);
const ms = z.number().min(0).max(60_000);
const key = z.string().min(1).max(limits.keyChars);

/** A data centre: a city of the built-in list, or one described in place. */
const siteSchema = z.union([
  siteIdSchema,
  z.strictObject({
    id: siteIdSchema,
    city: z.string().min(1).max(64),
    lat: z.number().min(-90).max(90),
    lon: z.number().min(-180).max(180),
  }),
]);

const weight = z.number().min(0).max(1000);
/** Shares of each kind of operation; they need not add up to 100. */
const mixSchema = z
  .strictObject({
    put: weight.optional(),
    get: weight.optional(),
    delete: weight.optional(),
    cas: weight.optional(),
    increment: weight.optional(),
    add: weight.optional(),
    remove: weight.optional(),
    patch: weight.optional(),
    insert: weight.optional(),
    erase: weight.optional(),
  })
  .refine((mix) => Object.values(mix).some((share = 0) => share > 0), "expected at least one share above 0");

const trafficSchema = z.strictObject({
  session: sessionIdSchema,
  site: z.union([z.literal("route"), siteIdSchema]),
  everyMs: z.number().min(1).max(hour),
  fromMs: timeMs.default(0),
  toMs: timeMs.optional(),
  mix: mixSchema.default({ put: 50, get: 50 }),
  keys: z.array(key).min(1).max(1000),
});

/** The verbs of `protocol/verb.ts`, each with the time at which it happens. */
type TimedVerb = Verb & { readonly atMs: number };
const [first, ...others] = verbSchema.options.map((option) => option.extend({ atMs: timeMs }));
// The mapped options keep their shapes, which the compiler cannot follow through `map`.
const timedVerbSchema = z.discriminatedUnion("do", [
  first as NonNullable<typeof first>,
  ...others,
]) as unknown as z.ZodType<TimedVerb>;

const bound = z.number().nullable().optional();
const metricExpectation = z
  .strictObject({ metric: z.enum(metricNames), atMost: bound, atLeast: bound, equals: bound })
  .refine(
    ({ atMost, atLeast, equals }) => [atMost, atLeast, equals].some((limit) => limit !== undefined),
    "expected atMost, atLeast or equals",
  );
const keyExpectation = z.strictObject({ key, everywhere: z.json() });
const finalExpectation = z.strictObject({
  final: z.strictObject({
    site: siteIdSchema,
    role: roleSchema.optional(),
    epoch: z.int().optional(),
    position: positionSchema.optional(),
    keys: z.record(z.string(), z.json()).optional(),
  }),
});
const checkExpectation = z.strictObject({ check: z.enum(checkNames), verdict: z.enum(verdictNames) });
const expectSchema = z.union([metricExpectation, keyExpectation, finalExpectation, checkExpectation]);
export type Expectation = z.infer<typeof expectSchema>;

/** A scenario file (contract, section 4). Times are ms of virtual time since the start of the run. */
export const scenarioSchema = z.strictObject({
  name: z.string().min(1).max(200),
  seed: z
    .int()
    .min(0)
    .max(2 ** 32 - 1)
    .default(1),
  durationMs: z.number().min(1).max(hour),
  settleMs: z.number().min(0).max(hour).default(10_000),
  /** Given, only these sites are healed at `durationMs`; the others are cut off for ever. */
  healOnly: z.array(siteIdSchema).min(1).max(limits.sitesPerPod).optional(),
  sites: z.array(siteSchema).min(1).max(limits.sitesPerPod),
  cluster: clusterPatchSchema.default({}),
  network: z
    .strictObject({
      delayMs: z.union([ms, z.literal("geographic")]).default(50),
      jitterMs: ms.default(0),
      lossPct: z.number().min(0).max(100).default(0),
    })
    .default({ delayMs: 50, jitterMs: 0, lossPct: 0 }),
  timeoutMs: z.number().min(1).max(600_000).default(5_000),
  /** A client that got no answer asks again, twice at most, under the same operation id. */
  retry: z.boolean().default(false),
  traffic: z.array(trafficSchema).max(1000).default([]),
  timeline: z.array(timedVerbSchema).max(10_000).default([]),
  expect: z.array(expectSchema).max(1000).default([]),
});
/** A scenario as it was read: well formed, its defaults filled in, its names not yet looked up. */
export type ScenarioFile = z.infer<typeof scenarioSchema>;
/** A scenario as a person writes it. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
export type Traffic = ScenarioFile["traffic"][number];
