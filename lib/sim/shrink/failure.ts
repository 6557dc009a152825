import { canonicalJson } from "../../kernel/json";
import type { Report } from "../../protocol/report";
import type { ScenarioInput } from "../../scenario/schema";
import type { Violation } from "../invariants";

/**
 * The class of an anomaly: its sentence without the names, numbers and values of this one run. A smaller
 * run counts as the same failure only when it fails the same check in the same class.
 */
export function anomalyClass({ property, what }: Violation, { sites }: ScenarioInput): string {
  const names = sites.map((site) => (typeof site === "string" ? site : site.id).toLowerCase());
  const words = what
    .replace(/"[^"]*"/g, "#")
    .split(/\s+/)
    .map((word) => (/\d/.test(word) || names.some((name) => word.toLowerCase().includes(name)) ? "#" : word))
    .filter((word, i, all) => word !== "#" || all[i - 1] !== "#");
  return `${property}: ${words.join(" ")}`;
}

/** The first expectation that a report does not meet, with what was found where it is a verdict; null when all are met. */
export function failedExpectation(scenario: ScenarioInput, { expect, checks }: Report): string | null {
  const failed = expect.find(({ ok }) => !ok);
  if (failed === undefined) return null;
  const { expectation, actual } = failed;
  const name = canonicalJson(expectation);
  if (!("check" in expectation)) return name;
  const found = checks.find(({ check }) => check === expectation.check);
  if (found === undefined || actual !== "violated") return `${name}: ${String(actual)}`;
  return `${name}: ${anomalyClass({ property: found.check, what: found.text }, scenario)}`;
}
