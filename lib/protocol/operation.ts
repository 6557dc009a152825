import * as z from "zod/mini";
import { unreachable } from "../kernel/assert";
import type { Json } from "../kernel/json";
import { jsonBytes } from "../kernel/json-bytes";
import { isWholeText } from "../kernel/whole-text";
import { type ErrorCode, errorCodeNames, errorCodes } from "./error-code";
import { siteIdSchema } from "./ids";
import { limits } from "./limits";
import { positionSchema } from "./position";
import { sessionMarkSchema } from "./session-mark";
import { vectorSchema } from "./vector";

export const operationKeySchema = z
  .string()
  .check(z.minLength(1), z.maxLength(limits.keyChars, "keys are at most 128 characters"));
const key = operationKeySchema;
const integer = z.int();

/** Any JSON value up to 16 KB encoded, nested at most 32 deep. */
export const valueSchema = z
  .pipe(
    z.unknown().check(z.refine((value) => isJson(value, 32), "expected a JSON value at most 32 levels deep")),
    z.transform((value) => value as Json),
  )
  .check(z.refine((value) => jsonBytes(value) <= limits.valueBytes, "values are at most 16 KB"));

const operations = z.discriminatedUnion("f", [
  z.strictObject({ f: z.literal("put"), key, value: valueSchema }),
  z.strictObject({ f: z.literal("get"), key }),
  z.strictObject({ f: z.literal("delete"), key }),
  z.strictObject({ f: z.literal("cas"), key, from: valueSchema, to: valueSchema }),
  z.strictObject({ f: z.literal("increment"), key, by: z._default(integer, 1) }),
  z.strictObject({ f: z.literal("add"), key, value: valueSchema }),
  z.strictObject({ f: z.literal("remove"), key, value: valueSchema }),
  z.strictObject({
    f: z.literal("patch"),
    key,
    field: z.string().check(z.minLength(1), z.maxLength(limits.keyChars)),
    value: valueSchema,
  }),
  z.strictObject({
    f: z.literal("insert"),
    key,
    at: integer.check(z.gte(0)),
    text: z.string().check(z.maxLength(limits.valueBytes)),
  }),
  z.strictObject({
    f: z.literal("erase"),
    key,
    at: integer.check(z.gte(0)),
    length: integer.check(z.gte(0)),
  }),
  /** Takes `amount` from a counter that must not fall below zero. */
  z.strictObject({ f: z.literal("reserve"), key, amount: integer.check(z.gte(1)) }),
]);

/** What a client asks of one key. The names are those of the public contract, section 4. */
export const operationSchema = operations.check(
  z.refine(isWholeText, "half of a character (a lone surrogate) is no text"),
);
export type Operation = z.infer<typeof operationSchema>;
export type WriteOperation = Exclude<Operation, { f: "get" }>;

/** The operation without `f` and `key`, as traces and reports print it: a lone argument is bare. */
export function argOf(op: Operation): Json {
  switch (op.f) {
    case "get":
    case "delete":
      return null;
    case "put":
    case "add":
    case "remove":
      return op.value;
    case "increment":
      return op.by;
    case "reserve":
      return op.amount;
    case "cas":
      return { from: op.from, to: op.to };
    case "patch":
      return { field: op.field, value: op.value };
    case "insert":
      return { at: op.at, text: op.text };
    case "erase":
      return { at: op.at, length: op.length };
    default:
      return unreachable(op);
  }
}

/** One writer: the place in the log that the answer rests on. It becomes the session's token. */
const position = z.optional(positionSchema);

/** What an operation came to. `version` is the id of the write made or seen; null is the initial state. */
export const outcomeSchema = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("ok"),
    value: z.pipe(
      z.unknown(),
      z.transform((value) => (value ?? null) as Json),
    ),
    version: z.nullable(z.string()),
    servedBy: z.string(),
    epoch: z.int(),
    position,
    /** Many writers: what the session has read of the key now. It comes back with the session's next write. */
    context: z.optional(vectorSchema),
    /** Many writers with session guarantees: what the answer rests on. It becomes the session's token. */
    mark: z.optional(sessionMarkSchema),
  }),
  z.object({
    status: z.enum(["fail", "unknown"]),
    error: z.enum(errorCodeNames),
    /** One sentence for the person who asked. */
    why: z.string(),
    value: z.pipe(
      z.unknown(),
      z.transform((value) => (value ?? null) as Json),
    ),
    servedBy: z.nullable(z.string()),
    epoch: z.int(),
    position,
    /** The site to ask instead, where writes are redirected: the primary as this site knows it. */
    redirectTo: z.optional(siteIdSchema),
  }),
]);
export type Outcome = z.infer<typeof outcomeSchema>;

/** The outcome of an operation to which no site gave one. */
export function unserved(
  status: "fail" | "unknown",
  error: ErrorCode,
  why: string = errorCodes[error],
): Exclude<Outcome, { status: "ok" }> {
  return { status, error, why, value: null, servedBy: null, epoch: 0 };
}

/** True for what JSON can carry, nested at most `depth` deep: checks that recurse over it are then safe. */
export function isJson(value: unknown, depth: number): boolean {
  if (value === null || typeof value === "boolean" || typeof value === "string") return true;
  if (typeof value === "number") return Number.isFinite(value);
  if (typeof value !== "object" || depth === 0) return false;
  return Object.values(value).every((member) => isJson(member, depth - 1));
}
