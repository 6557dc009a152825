import * as z from "zod/mini";
import { clusterPatchSchema } from "../protocol/cluster";
import { sessionIdSchema, siteIdSchema } from "../protocol/ids";
import { limits } from "../protocol/limits";
import { positionSchema } from "../protocol/position";
import { checkNames, metricNames, verdictNames } from "../protocol/report";
import { type Verb, verbSchema } from "../protocol/verb";
import { roleSchema } from "../protocol/view";

const hour = 3_600_000;
const timeMs = z.number().check(z.gte(0), z.lte(hour));
const ms = z.number().check(z.gte(0), z.lte(60_000));
const key = z.string().check(z.minLength(1), z.maxLength(limits.keyChars));

/** A data centre: a city of the built-in list, or one described in place. */
const siteSchema = z.union([
  siteIdSchema,
  z.strictObject({
    id: siteIdSchema,
    city: z.string().check(z.minLength(1), z.maxLength(64)),
    lat: z.number().check(z.gte(-90), z.lte(90)),
    lon: z.number().check(z.gte(-180), z.lte(180)),
  }),
]);

const weight = z.number().check(z.gte(0), z.lte(1000));
/** Shares of each kind of operation; they need not add up to 100. */
const mixSchema = z
  .strictObject({
    put: z.optional(weight),
    get: z.optional(weight),
    delete: z.optional(weight),
    cas: z.optional(weight),
    increment: z.optional(weight),
    add: z.optional(weight),
    remove: z.optional(weight),
    patch: z.optional(weight),
    insert: z.optional(weight),
    erase: z.optional(weight),
  })
  .check(
    z.refine(
      (mix) => Object.values(mix).some((share = 0) => share > 0),
      "expected at least one share above 0",
    ),
  );

const trafficSchema = z.strictObject({
  session: sessionIdSchema,
  site: z.union([z.literal("route"), siteIdSchema]),
  everyMs: z.number().check(z.gte(1), z.lte(hour)),
  fromMs: z._default(timeMs, 0),
  toMs: z.optional(timeMs),
  mix: z._default(mixSchema, { put: 50, get: 50 }),
  keys: z.array(key).check(z.minLength(1), z.maxLength(1000)),
});

/** The verbs of `protocol/verb.ts`, each with the time at which it happens. */
type TimedVerb = Verb & { readonly atMs: number };
const [first, ...others] = verbSchema.def.options.map((option) => z.extend(option, { atMs: timeMs }));
// The mapped options keep their shapes, which the compiler cannot follow through `map`.
const timedVerbSchema = z.discriminatedUnion("do", [
  first as NonNullable<typeof first>,
  ...others,
]) as unknown as z.ZodMiniType<TimedVerb>;

const bound = z.optional(z.nullable(z.number()));
const metricExpectation = z
  .strictObject({ metric: z.enum(metricNames), atMost: bound, atLeast: bound, equals: bound })
  .check(
    z.refine(
      ({ atMost, atLeast, equals }) => [atMost, atLeast, equals].some((limit) => limit !== undefined),
      "expected atMost, atLeast or equals",
    ),
  );
const keyExpectation = z.strictObject({ key, everywhere: z.json() });
const finalExpectation = z.strictObject({
  final: z.strictObject({
    site: siteIdSchema,
    role: z.optional(roleSchema),
    epoch: z.optional(z.int()),
    position: z.optional(positionSchema),
    keys: z.optional(z.record(z.string(), z.json())),
  }),
});
const checkExpectation = z.strictObject({ check: z.enum(checkNames), verdict: z.enum(verdictNames) });
const expectSchema = z.union([metricExpectation, keyExpectation, finalExpectation, checkExpectation]);
export type Expectation = z.infer<typeof expectSchema>;

/** A scenario file (contract, section 4). Times are ms of virtual time since the start of the run. */
export const scenarioSchema = z.strictObject({
  name: z.string().check(z.minLength(1), z.maxLength(200)),
  seed: z._default(z.int().check(z.gte(0), z.lte(2 ** 32 - 1)), 1),
  durationMs: z.number().check(z.gte(1), z.lte(hour)),
  settleMs: z._default(z.number().check(z.gte(0), z.lte(hour)), 10_000),
  /** Given, only these sites are healed at `durationMs`; the others are cut off for ever. */
  healOnly: z.optional(z.array(siteIdSchema).check(z.minLength(1), z.maxLength(limits.sitesPerPod))),
  sites: z.array(siteSchema).check(z.minLength(1), z.maxLength(limits.sitesPerPod)),
  cluster: z._default(clusterPatchSchema, {}),
  network: z._default(
    z.strictObject({
      delayMs: z._default(z.union([ms, z.literal("geographic")]), 50),
      jitterMs: z._default(ms, 0),
      lossPct: z._default(z.number().check(z.gte(0), z.lte(100)), 0),
    }),
    { delayMs: 50, jitterMs: 0, lossPct: 0 },
  ),
  timeoutMs: z._default(z.number().check(z.gte(1), z.lte(600_000)), 5_000),
  /** A client that got no answer asks again, twice at most, under the same operation id. */
  retry: z._default(z.boolean(), false),
  traffic: z._default(z.array(trafficSchema).check(z.maxLength(1000)), []),
  timeline: z._default(z.array(timedVerbSchema).check(z.maxLength(10_000)), []),
  expect: z._default(z.array(expectSchema).check(z.maxLength(1000)), []),
});
/** A scenario as it was read: well formed, its defaults filled in, its names not yet looked up. */
export type ScenarioFile = z.infer<typeof scenarioSchema>;
/** A scenario as a person writes it. */
export type ScenarioInput = z.input<typeof scenarioSchema>;
export type Traffic = ScenarioFile["traffic"][number];
