import { unreachable } from "../kernel/assert";
import { canonicalJson, type Json } from "../kernel/json";
import { jsonBytes } from "../kernel/json-bytes";
import { err, ok, type Result } from "../kernel/result";
import { limits } from "../protocol/limits";
import type { WriteOperation } from "../protocol/operation";
import type { DataType, TypedValue } from "../protocol/site/replicated-op";
import { type Refusal, tooLarge, wrongType } from "./refusal";

/** The type of data that each write works on; null works on any. */
export const typeOfWrite: Readonly<Record<WriteOperation["f"], DataType | null>> = {
  put: "register",
  cas: "register",
  delete: null,
  increment: "counter",
  add: "set",
  remove: "set",
  patch: "record",
  insert: "text",
  erase: "text",
  // A counter, or a register that holds a whole number: the operation looks for itself.
  reserve: null,
};

/**
 * What a write makes of the whole value it finds; null is an absent key. This is the meaning of every
 * operation wherever one copy of the data decides: at a one-writer site, and at the origin of a write
 * under a last-write-wins rule. A set, record or text from which the last part was taken is absent.
 */
export function applyWrite(held: TypedValue | null, op: WriteOperation): Result<TypedValue | null, Refusal> {
  const wanted = typeOfWrite[op.f];
  if (held !== null && wanted !== null && held.type !== wanted) {
    return err(wrongType(op.key, held.type, wanted));
  }
  const next = computed(held, op);
  return next.ok && next.value !== null && jsonBytes(next.value.value) > limits.valueBytes
    ? err(tooLarge)
    : next;
}

function computed(held: TypedValue | null, op: WriteOperation): Result<TypedValue | null, Refusal> {
  switch (op.f) {
    case "put":
      return ok({ type: "register", value: op.value });
    case "cas":
      return compareAndSet(held, op);
    case "delete":
      return ok(null);
    case "increment":
      return increment(held?.type === "counter" ? held.value : 0, op.by);
    case "reserve":
      return reserve(held, op);
    case "add":
      return ok(setOf([...membersOf(held), op.value]));
    case "remove":
      return ok(setOf(membersOf(held), op.value));
    case "patch":
      return ok({
        type: "record",
        value: { ...(held?.type === "record" && held.value), [op.field]: op.value },
      });
    case "insert": {
      const text = textOf(held);
      return ok(nonEmptyText(text.slice(0, op.at) + op.text + text.slice(op.at)));
    }
    case "erase": {
      const text = textOf(held);
      return ok(nonEmptyText(text.slice(0, op.at) + text.slice(op.at + op.length)));
    }
    default:
      return unreachable(op);
  }
}

function compareAndSet(
  held: TypedValue | null,
  op: Extract<WriteOperation, { f: "cas" }>,
): Result<TypedValue, Refusal> {
  const value = held?.value ?? null;
  if (canonicalJson(value) === canonicalJson(op.from)) return ok({ type: "register", value: op.to });
  return err({ error: "CAS_MISMATCH", why: `The key "${op.key}" did not hold the expected value.`, value });
}

function increment(from: number, by: number): Result<TypedValue, Refusal> {
  const value = from + by;
  if (Number.isSafeInteger(value)) return ok({ type: "counter", value });
  return err({
    error: "BAD_OPERATION",
    why: "The counter would leave the integers that JSON keeps exactly.",
  });
}

function reserve(
  held: TypedValue | null,
  { key, amount }: Extract<WriteOperation, { f: "reserve" }>,
): Result<TypedValue, Refusal> {
  const isCount = held?.type === "counter" || held?.type === "register";
  const left = held === null ? 0 : isCount && Number.isSafeInteger(held.value) ? Number(held.value) : null;
  if (left === null) return err(wrongType(key, held?.type ?? "value", "counter"));
  if (left < amount) {
    const why = `Only ${left} of "${key}" are left, and ${amount} were wanted.`;
    return err({ error: "RIGHTS_EXHAUSTED", why, value: left });
  }
  return ok({ type: held?.type === "register" ? "register" : "counter", value: left - amount });
}

function membersOf(held: TypedValue | null): readonly Json[] {
  return held?.type === "set" ? held.value : [];
}

/**
 * The elements as a set value, each once and without one of them, in the order of their canonical JSON;
 * null when none is left.
 */
export function setOf(elements: readonly Json[], without?: Json): TypedValue | null {
  const byName = new Map(elements.map((element) => [canonicalJson(element), element]));
  if (without !== undefined) byName.delete(canonicalJson(without));
  if (byName.size === 0) return null;
  const names = [...byName.keys()].sort();
  return { type: "set", value: names.map((name) => byName.get(name) ?? null) };
}

function textOf(held: TypedValue | null): string {
  return held?.type === "text" ? held.value : "";
}

function nonEmptyText(value: string): TypedValue | null {
  return value === "" ? null : { type: "text", value };
}
