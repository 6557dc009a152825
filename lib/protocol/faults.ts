import * as z from "zod/mini";
import { nodeIdSchema, siteIdSchema } from "./ids";

/** What is wrong with one direction of one link. Everything zero and false is a healthy link. */
const linkConditionSchema = z.object({
  cut: z.boolean(),
  pulled: z.boolean(),
  delayMs: z.number().check(z.gte(0), z.lte(60_000)),
  jitterMs: z.number().check(z.gte(0), z.lte(60_000)),
  lossPct: z.number().check(z.gte(0), z.lte(100)),
  duplicatePct: z.number().check(z.gte(0), z.lte(100)),
  reorderPct: z.number().check(z.gte(0), z.lte(100)),
  /** Messages a second; null is unlimited. */
  bandwidthOps: z.nullable(z.number().check(z.gte(0.1), z.lte(100_000))),
});
export type LinkCondition = z.infer<typeof linkConditionSchema>;

export const healthyLink: LinkCondition = {
  cut: false,
  pulled: false,
  delayMs: 0,
  jitterMs: 0,
  lossPct: 0,
  duplicatePct: 0,
  reorderPct: 0,
  bandwidthOps: null,
};

/** What is wrong with one site. */
const siteConditionSchema = z.object({
  paused: z.boolean(),
  skewMs: z.number().check(z.gte(-86_400_000), z.lte(86_400_000)),
  driftPpm: z.number().check(z.gte(-200_000), z.lte(200_000)),
  /** How long every commit to this site's disk takes at least. */
  diskDelayMs: z.number().check(z.gte(0), z.lte(60_000)),
  /** Entries of other sites that this one can apply a second; null is unlimited. */
  applyPerSec: z.nullable(z.number().check(z.gte(0.1), z.lte(100_000))),
});
export type SiteCondition = z.infer<typeof siteConditionSchema>;
export const healthySite: SiteCondition = {
  paused: false,
  skewMs: 0,
  driftPpm: 0,
  diskDelayMs: 0,
  applyPerSec: null,
};

/**
 * The injected faults of one pod, whole: the server is their authority and pushes them to every
 * tab with a rising `version`. Links and sites that are not listed are healthy.
 */
export const faultStateSchema = z.object({
  version: z.int().check(z.gte(0)),
  links: z
    .array(z.object({ from: nodeIdSchema, to: nodeIdSchema, condition: linkConditionSchema }))
    .check(z.maxLength(14 * 13)),
  sites: z.array(z.object({ site: siteIdSchema, condition: siteConditionSchema })).check(z.maxLength(12)),
});
export type FaultState = z.infer<typeof faultStateSchema>;
export const noFaults: FaultState = { version: 0, links: [], sites: [] };
