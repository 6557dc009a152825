import * as z from "zod/mini";
import type { Json } from "../kernel/json";
import { errorCodeNames } from "./error-code";
import { nodeIdSchema, opIdSchema, siteIdSchema } from "./ids";
import { positionSchema } from "./position";
import { roleSchema } from "./view";

const json = z.pipe(
  z.unknown(),
  z.transform((value) => (value ?? null) as Json),
);
const operationFields = {
  id: opIdSchema,
  session: z.string(),
  f: z.string(),
  key: z.string(),
  arg: json,
};

/** What happened, without who and when. The kinds are those of the contract, section 5. */
const traceBodySchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("invoke"), ...operationFields }),
  z.object({
    kind: z.literal("ok"),
    ...operationFields,
    value: json,
    version: z.nullable(z.string()),
    servedBy: z.string(),
    epoch: z.int(),
  }),
  z.object({
    kind: z.enum(["fail", "unknown"]),
    ...operationFields,
    error: z.enum(errorCodeNames),
    why: z.string(),
    value: json,
    servedBy: z.nullable(z.string()),
    epoch: z.int(),
  }),
  z.object({
    kind: z.enum(["send", "recv", "drop", "duplicate"]),
    from: nodeIdSchema,
    to: nodeIdSchema,
    msg: z.string(),
    size: z.int().check(z.gte(0)),
  }),
  /** A write entered this site's log or store (`append`: accepted here; `apply`: arrived from another site). */
  z.object({
    kind: z.enum(["append", "apply"]),
    op: opIdSchema,
    key: z.string(),
    position: positionSchema,
    /** Observer-only version vector of the write; what it covers, its author had seen. */
    shadow: z.record(z.string(), z.int()),
    /** The stream whose `position.lsn`th write it is, where each site counts writes of its own. */
    stream: z.optional(z.string()),
    /** What its session had read of the key, perhaps at another site, where a value goes only if it was read. */
    read: z.optional(z.record(z.string(), z.int())),
    /** The operation itself, so that a trace alone can be replayed. */
    f: z.string(),
    arg: json,
    wallMs: z.number(),
    epoch: z.int(),
    /** The version this site showed for the key just before (null: none): what this write met here. */
    over: z.nullable(z.string()),
    /** The version it shows now; not this write's where the merge rule preferred the other. */
    shows: z.nullable(z.string()),
    /** The writes that now stand side by side at this site, with nobody having chosen; absent where one stands. */
    beside: z.optional(z.array(z.string())),
    /** An `append` that settled writes which stood side by side: those. */
    settled: z.optional(z.array(z.string())),
  }),
  z.object({ kind: z.literal("persist"), position: positionSchema, records: z.int() }),
  /** A write left this site's log: it is not in the surviving history. */
  z.object({
    kind: z.literal("discard"),
    op: opIdSchema,
    key: z.string(),
    position: positionSchema,
    why: z.string(),
  }),
  z.object({
    kind: z.literal("role"),
    role: roleSchema,
    epoch: z.int(),
    reason: z.string(),
    /** Where the log of a site that has just become primary ends: what lies beyond is not in its history. */
    end: z.optional(positionSchema),
  }),
  z.object({
    kind: z.literal("view"),
    number: z.int(),
    epoch: z.int(),
    /** Of the data: positions of two generations cannot be compared. Absent in traces of other makers. */
    generation: z.optional(z.int()),
    primary: z.nullable(siteIdSchema),
    members: z.array(siteIdSchema),
    mode: z.string(),
    /** The rule that decides between concurrent writes from now on, where there are several writers. */
    merge: z.string(),
    phase: z.string(),
    reason: z.string(),
  }),
  z.object({
    kind: z.literal("detect"),
    target: nodeIdSchema,
    state: z.enum(["alive", "suspect", "dead", "asleep"]),
    evidence: z.string(),
  }),
  z.object({
    kind: z.literal("fault"),
    verb: z.string(),
    fields: json,
    cause: z.enum(["planned", "accident", "reaction"]),
  }),
  z.object({ kind: z.literal("note"), text: z.string().check(z.maxLength(500)) }),
]);
export type TraceBody = z.infer<typeof traceBodySchema>;
export type TraceKind = TraceBody["kind"];

/** Where and when, on the observer's clock. */
const stampSchema = z.object({
  site: nodeIdSchema,
  /** The site's own counter: from 1, no gaps. */
  e: z.int().check(z.gte(1)),
  vc: z.record(z.string(), z.int()),
  atMs: z.number(),
  errMs: z.number().check(z.gte(0)),
  wallMs: z.number(),
  hlc: z.tuple([z.number(), z.int()]),
});
export type TraceStamp = z.infer<typeof stampSchema>;
export const traceEventSchema = z.intersection(stampSchema, traceBodySchema);
export type TraceEvent = TraceStamp & TraceBody;

/** First line of a trace. */
export const traceHeaderSchema = z.object({
  v: z.literal("faultline-trace/1"),
  lab: z.nullable(z.string()),
  pod: z.string(),
  seed: z.nullable(z.int()),
  config: z.unknown(),
  sites: z.array(z.string()),
  startedAt: z.string(),
});
export type TraceHeader = z.infer<typeof traceHeaderSchema>;
