import { canonicalJson } from "../kernel/json";
import type { Report } from "../protocol/report";
import type { Expectation } from "./schema";

type Facts = Pick<Report, "metrics" | "final" | "checks">;
type Verdict = Report["expect"][number];

/** Holds a scenario's expectations against what happened; `actual` is what was found instead. */
export function judge(expectations: readonly Expectation[], facts: Facts): Verdict[] {
  return expectations.map((expectation) => ({ expectation, ...check(expectation, facts) }));
}

function check(expectation: Expectation, facts: Facts): Omit<Verdict, "expectation"> {
  if ("metric" in expectation) return checkMetric(expectation, facts);
  if ("key" in expectation) return checkKey(expectation, facts);
  if ("check" in expectation) return checkVerdict(expectation, facts);
  return checkFinal(expectation, facts);
}

/** A verdict is met by itself alone: `unknown` is not `holds`. */
function checkVerdict(
  { check, verdict }: Extract<Expectation, { check: string }>,
  { checks }: Facts,
): Omit<Verdict, "expectation"> {
  const actual = checks.find((result) => result.check === check)?.verdict ?? null;
  return { ok: actual === verdict, actual };
}

/** A metric without a value meets no bound; it equals null alone. */
function checkMetric(
  { metric, atMost, atLeast, equals }: Extract<Expectation, { metric: string }>,
  { metrics }: Facts,
): Omit<Verdict, "expectation"> {
  const actual = metrics[metric];
  const isWithin = (limit: number | null | undefined, holds: (actual: number, limit: number) => boolean) =>
    limit === undefined || (actual !== null && limit !== null && holds(actual, limit));
  const ok =
    isWithin(atMost, (a, limit) => a <= limit) &&
    isWithin(atLeast, (a, limit) => a >= limit) &&
    (equals === undefined || actual === equals);
  return { ok, actual };
}

/** An absent key reads as null. */
function checkKey(
  { key, everywhere }: Extract<Expectation, { key: string }>,
  { final }: Facts,
): Omit<Verdict, "expectation"> {
  const actual = Object.fromEntries(
    Object.entries(final).map(([site, { keys }]) => [site, keys[key] ?? null]),
  );
  return { ok: Object.values(actual).every((value) => isSame(value, everywhere)), actual };
}

function checkFinal(
  { final: { site, ...wanted } }: Extract<Expectation, { final: unknown }>,
  { final }: Facts,
): Omit<Verdict, "expectation"> {
  const state = final[site];
  const actual = {
    role: state?.role ?? null,
    epoch: state?.epoch ?? null,
    position: state?.position ?? null,
    keys: Object.fromEntries(Object.keys(wanted.keys ?? {}).map((key) => [key, state?.keys[key] ?? null])),
  };
  const fields = Object.keys(wanted) as (keyof typeof wanted)[];
  const ok = fields.every((field) => wanted[field] === undefined || isSame(actual[field], wanted[field]));
  return { ok, actual: Object.fromEntries(fields.map((field) => [field, actual[field]])) };
}

function isSame(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b);
}
