import * as z from "zod/mini";
import { clusterSchema } from "./cluster";
import { errorCodeNames } from "./error-code";
import { positionSchema } from "./position";
import { roleSchema } from "./view";

const count = z.int().check(z.gte(0));
const share = z.nullable(z.number().check(z.gte(0), z.lte(1)));
/** A time since the start of the run, or null where there is none. */
const timeMs = z.nullable(z.number().check(z.gte(0)));

/** Order statistics of a sample; the numbers are null when it is empty. */
const quantilesSchema = z.object({
  p50: z.nullable(z.number()),
  p95: z.nullable(z.number()),
  max: z.nullable(z.number()),
  n: count,
});
export type Quantiles = z.infer<typeof quantilesSchema>;

/** One operation as its client saw it. */
const reportOpSchema = z.object({
  id: z.string(),
  session: z.string(),
  /** The site the client sits in, or `route` for a client of the world. */
  site: z.string(),
  f: z.string(),
  key: z.string(),
  arg: z.json(),
  value: z.json(),
  /** Id of the write made or seen; null is the initial state, or nothing was answered. */
  version: z.nullable(z.string()),
  status: z.enum(["ok", "fail", "unknown"]),
  callMs: z.number(),
  /** When the answer came, or the client gave up; null while it still waits. */
  retMs: z.nullable(z.number()),
  error: z.nullable(z.enum(errorCodeNames)),
  servedBy: z.nullable(z.string()),
  epoch: z.int(),
});
export type ReportOp = z.infer<typeof reportOpSchema>;

const roleChangeSchema = z.object({
  atMs: z.number(),
  site: z.string(),
  role: roleSchema,
  epoch: z.int(),
});
export type RoleChange = z.infer<typeof roleChangeSchema>;

export const finalStateSchema = z.object({
  role: roleSchema,
  epoch: z.int(),
  position: positionSchema,
  keys: z.record(z.string(), z.json()),
});
export type FinalState = z.infer<typeof finalStateSchema>;

/**
 * A fault after which writes that were succeeding no longer did, and how the cluster came out of it.
 * A phase that was not reached, or not seen, is null; `rtoMs` is null while the incident is open.
 */
const incidentSchema = z.object({
  fault: z.string(),
  site: z.nullable(z.string()),
  atMs: z.number(),
  detectedMs: timeMs,
  decidedMs: timeMs,
  promotedMs: timeMs,
  routedMs: timeMs,
  firstSuccessMs: timeMs,
  rtoMs: z.nullable(z.number()),
  /** Acknowledged writes that are not in the surviving history; those acknowledged after the fault are zombies. */
  lostOps: z.array(z.string()),
  rpoOps: count,
  rpoMs: z.number().check(z.gte(0)),
  zombieOps: count,
  /** True while later events could still change this. */
  provisional: z.boolean(),
});
export type Incident = z.infer<typeof incidentSchema>;

const metricsSchema = z.object({
  availabilityWrites: share,
  availabilityReads: share,
  nines: z.nullable(z.number().check(z.gte(0))),
  lostWrites: count,
  /** Writes that a rule dropped unseen, that it merged with concurrent ones, and that it left side by side, or hid as conflicts. */
  silentConflicts: count,
  autoMerges: count,
  siblings: count,
  /** Writes by which somebody settled what stood side by side. */
  settlements: count,
  staleReads: count,
  unknownOps: count,
  splitBrainMs: z.number().check(z.gte(0)),
  failovers: count,
  falseFailovers: count,
  convergeMs: z.nullable(z.number().check(z.gte(0))),
  messages: count,
  bytes: count,
  writeLatencyMs: quantilesSchema,
  readLatencyMs: quantilesSchema,
  replicationLagMs: quantilesSchema,
});
export type Metrics = z.infer<typeof metricsSchema>;

/** The metrics that are one number: what an expectation may name. */
export const metricNames = [
  "availabilityWrites",
  "availabilityReads",
  "nines",
  "lostWrites",
  "silentConflicts",
  "autoMerges",
  "siblings",
  "settlements",
  "staleReads",
  "unknownOps",
  "splitBrainMs",
  "failovers",
  "falseFailovers",
  "convergeMs",
  "messages",
  "bytes",
] as const satisfies readonly (keyof Metrics)[];

/** What became of every acknowledged write; the parts add up to `ackedWrites`. */
const ledgerSchema = z.object({
  ackedWrites: count,
  surviving: count,
  overwrittenKnowingly: count,
  merged: count,
  silentlyLost: count,
  erased: count,
  unaccounted: count,
});
export type Ledger = z.infer<typeof ledgerSchema>;

/** What one merge rule did to one write: only conflicts and refusals get a receipt. */
export const receiptSchema = z.object({
  op: z.string(),
  key: z.string(),
  merge: z.string(),
  outcome: z.enum(["kept", "overwritten", "merged", "sibling", "refused"]),
  /** The write that is shown instead, or beside it; else null. */
  by: z.nullable(z.string()),
  why: z.string(),
});

/** What a history is held against; the meaning of each stands in `lib/history/checks`. */
export const checkNames = [
  "linearizable",
  "sequential",
  "causal",
  "causal-convergence",
  "read-your-writes",
  "monotonic-reads",
  "monotonic-writes",
  "writes-follow-reads",
  "convergence",
  "split-brain",
  "lost-update",
] as const;
export type CheckName = (typeof checkNames)[number];
export const verdictNames = ["holds", "violated", "unknown", "no-evidence", "not-promised"] as const;
export type VerdictName = (typeof verdictNames)[number];

/** What one check found. `witness` names the operations that show a violation; null for other verdicts. */
const checkResultSchema = z.object({
  check: z.enum(checkNames),
  verdict: z.enum(verdictNames),
  /** What the verdict is about: `key x`, `session alice`, or `all`. */
  scope: z.string(),
  witness: z.nullable(z.object({ ops: z.array(z.string()) })),
  text: z.string(),
});
export type CheckResult = z.infer<typeof checkResultSchema>;

const judgedSchema = z.object({
  scenario: z.string(),
  seed: z.int(),
  config: clusterSchema,
  digest: z.string(),
  virtualMs: z.number(),
  ops: z.array(reportOpSchema),
  roles: z.array(roleChangeSchema),
  final: z.record(z.string(), finalStateSchema),
  incidents: z.array(incidentSchema),
  metrics: metricsSchema,
  ledger: ledgerSchema,
  checks: z.array(checkResultSchema),
  expect: z.array(
    z.object({ expectation: z.record(z.string(), z.unknown()), ok: z.boolean(), actual: z.unknown() }),
  ),
});
/** What was found in one run. */
export type Report = z.infer<typeof judgedSchema>;

/** What one run came to (contract, section 4), with a replay of its writes under every merge rule. */
export const reportSchema = z.extend(judgedSchema, {
  /** By rule: the keys as it shows them in the end. */
  merges: z.record(z.string(), z.record(z.string(), z.json())),
  receipts: z.array(receiptSchema),
});
export type FullReport = z.infer<typeof reportSchema>;
