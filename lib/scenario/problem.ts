import type * as z from "zod/mini";
import "../protocol/english";

/** Why a scenario was refused: where, as a JSON path, and what was expected there. */
export type Problem = { readonly path: string; readonly expected: string };

/** A JSON path such as `$.timeline[3].site`. */
export function jsonPath(steps: readonly PropertyKey[]): string {
  const parts = steps.map((step) => {
    if (typeof step === "number") return `[${step}]`;
    const name = String(step);
    return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`;
  });
  return `$${parts.join("")}`;
}

/** The first problem of a value that a schema refused, in words that say what to write instead. */
export function problemOf(error: z.core.$ZodError): Problem {
  return explain(error.issues[0], []);
}

type Issue = z.core.$ZodIssue;

function explain(issue: Issue | undefined, at: readonly PropertyKey[]): Problem {
  if (issue === undefined) return { path: jsonPath(at), expected: "expected a valid value" };
  const path = [...at, ...issue.path];
  if (issue.code === "unrecognized_keys") {
    return { path: jsonPath([...path, issue.keys[0] ?? ""]), expected: "expected no field of this name" };
  }
  if (issue.code !== "invalid_union" || issue.message !== "Invalid input") {
    return { path: jsonPath(path), expected: sentence(issue.message) };
  }
  const closest = likeliest(issue.errors);
  const [only] = closest;
  if (closest.length === 1 || (only?.path.length ?? 0) > 0) return explain(only, path);
  return { path: jsonPath(path), expected: closest.map((each) => sentence(each.message)).join(", or ") };
}

/** Of several shapes that a value might have had, those it misses by least: one issue of each. */
function likeliest(branches: readonly (readonly Issue[])[]): readonly Issue[] {
  const distance = (issues: readonly Issue[]) => issues.length * 100 - Math.max(0, ...issues.map(depthOf));
  const least = Math.min(...branches.map(distance));
  return branches.filter((issues) => distance(issues) === least).flatMap((issues) => issues.slice(0, 1));
}

function depthOf(issue: Issue): number {
  return issue.path.length;
}

function sentence(message: string): string {
  const at = message.search(/expected/i);
  const told = at > 0 ? `e${message.slice(at + 1)}` : message;
  return told.replace(/, received undefined$/, ", found nothing").replace(/, received /, ", found ");
}
