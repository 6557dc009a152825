import { canonicalJson, type Json } from "../kernel/json";
import type { AppRule } from "../protocol/cluster";
import type { WriteOperation } from "../protocol/operation";
import type { TypedValue } from "../protocol/site/replicated-op";
import type { Vector } from "../protocol/vector";
import type { Sums } from "./delta-sums";
import type { Sibling } from "./dotted-map";
import { compareLwwHlc } from "./lww-hlc";
import { type Present, presentIn } from "./siblings";

/**
 * The application's own merge (Cosmos DB's custom resolution, Dynamo's shopping cart), as a list of
 * rules instead of a program: each names keys, perhaps one field of them, and what becomes of values
 * that nobody has chosen between. Every rule is commutative by construction, and data cannot escape
 * from anything; see `lib/decisions/application-rules-are-data.md`.
 */
export function mergeByRules(
  all: readonly Sibling[],
  key: string,
  rules: readonly AppRule[],
  sums: Sums,
): TypedValue | null {
  const inTime = [...presentIn(all)].sort((a, b) => compareLwwHlc(a.write, b.write));
  const latest = inTime.at(-1);
  if (latest === undefined || inTime.some(({ typed }) => typed.type !== latest.typed.type)) return null;
  const merged = mergeValues(inTime, (field) => ruleFor(rules, key, field), sums(key));
  // Merging keeps the type: a set stays a list, a record an object, and the others one value of their kind.
  return merged === undefined ? null : ({ type: latest.typed.type, value: merged } as TypedValue);
}

type Choose = (field: string | null) => AppRule["rule"] | null;

function mergeValues(inTime: readonly Present[], choose: Choose, sums: Vector): Json | undefined {
  const values = inTime.map(({ typed }) => typed.value as Json);
  const whole = choose(null);
  if (whole !== null) return mergeOne(values, whole, sums[""]);
  if (!values.every(isRecord)) return areEqual(values) ? values[0] : undefined;
  const fields = [...new Set(values.flatMap((value) => Object.keys(value)))].sort();
  const merged = fields.map((field) => {
    const present = values.flatMap((value) => (field in value ? [value[field] as Json] : []));
    const rule = choose(field);
    if (rule === null) return [field, areEqual(present) ? present[0] : undefined] as const;
    return [field, mergeOne(present, rule, sums[field])] as const;
  });
  if (merged.some(([, value]) => value === undefined)) return undefined;
  return Object.fromEntries(merged) as Json;
}

/** `values` from the earliest to the latest; undefined where the rule means nothing for them. */
function mergeOne(values: readonly Json[], rule: AppRule["rule"], sum: number | undefined): Json | undefined {
  const numbers = values.filter((value) => typeof value === "number");
  const areNumbers = numbers.length === values.length;
  switch (rule) {
    case "latest":
      return values.at(-1);
    case "first":
      return values[0];
    case "max":
      return areNumbers ? Math.max(...numbers) : undefined;
    case "min":
      return areNumbers ? Math.min(...numbers) : undefined;
    case "sum":
      return areNumbers && sum !== undefined ? sum : areEqual(values) ? values[0] : undefined;
    case "union":
      return values.every(Array.isArray) ? unionOf(values.flat()) : undefined;
    default:
      return undefined;
  }
}

/**
 * By how much a write changes each number that a `sum` rule adds up: the field's name, or "" for a whole
 * value. `before` is what its site showed; null where no such number changes.
 */
export function deltasOf(
  op: WriteOperation,
  before: TypedValue | null,
  after: TypedValue | null,
  rules: readonly AppRule[],
): Record<string, number> | null {
  const summed = rules.filter(({ rule, key }) => rule === "sum" && matches(key, op.key));
  const deltas = summed.flatMap(({ field = "" }) => {
    const change = numberIn(after, field) - numberIn(before, field);
    return change === 0 ? [] : [[field, change] as const];
  });
  return deltas.length === 0 ? null : Object.fromEntries(deltas);
}

function numberIn(typed: TypedValue | null, field: string): number {
  const value: unknown = field === "" ? typed?.value : isRecord(typed?.value) ? typed.value[field] : 0;
  return typeof value === "number" ? value : 0;
}

/** The rules that may decide about a key: of several about one field, or about all of it, the first. */
export function rulesAbout(rules: readonly AppRule[], key: string): readonly AppRule[] {
  const about = rules.filter((each) => matches(each.key, key));
  const first = about.filter((each, i) => about.findIndex(({ field }) => field === each.field) === i);
  const whole = first.find(({ field }) => field === undefined);
  return whole === undefined ? first : [whole];
}

/** Rules in words, for a receipt or a page: `max for "stock*"`. */
export function ruleWords(rules: readonly AppRule[]): string {
  return rules
    .map(
      ({ key, field, rule }) =>
        `${rule} for ${field === undefined ? "" : `the field "${field}" of `}"${key}"`,
    )
    .join(", ");
}

/** The first rule that names the key and the field. */
function ruleFor(rules: readonly AppRule[], key: string, field: string | null): AppRule["rule"] | null {
  return rules.find((each) => (each.field ?? null) === field && matches(each.key, key))?.rule ?? null;
}

/** A pattern is a key, or the beginning of keys and a star. */
function matches(pattern: string, key: string): boolean {
  return pattern.endsWith("*") ? key.startsWith(pattern.slice(0, -1)) : key === pattern;
}

function unionOf(elements: readonly Json[]): Json {
  const byName = new Map(elements.map((element) => [canonicalJson(element), element]));
  return [...byName].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, element]) => element);
}

function areEqual(values: readonly Json[]): boolean {
  return new Set(values.map((value) => canonicalJson(value))).size <= 1;
}

function isRecord(value: unknown): value is { readonly [field: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
