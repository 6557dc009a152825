import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parse as parseYaml } from "yaml";
import { err, ok, type Result } from "../kernel/result";
import { type Plan, planOf } from "../scenario/plan";
import type { ScenarioInput } from "../scenario/schema";

/** npm starts scripts in the project's folder; the names on its command line are relative to the caller's. */
export function pathOf(file: string): string {
  return resolve(process.env.INIT_CWD ?? ".", file);
}

/** Reads a scenario from a JSON or YAML file; an error is one line with the file, the path and what was expected. */
export function readScenario(file: string): Result<Plan, string> {
  const value = parseFile(file);
  if (!value.ok) return value;
  const plan = planOf(value.value);
  return plan.ok ? plan : err(`${file}: ${plan.error.path}: ${oneLine(plan.error.expected)}`);
}

/** Reads a scenario that can be run, as it stands in its file. */
export function readScenarioInput(file: string): Result<ScenarioInput, string> {
  const value = parseFile(file);
  if (!value.ok) return value;
  const plan = planOf(value.value);
  // A plan was made of it, so it has the shape of a scenario.
  return plan.ok
    ? ok(value.value as ScenarioInput)
    : err(`${file}: ${plan.error.path}: ${oneLine(plan.error.expected)}`);
}

function parseFile(file: string): Result<unknown, string> {
  let text: string;
  try {
    text = readFileSync(pathOf(file), "utf8");
  } catch (thrown) {
    return err(`${file}: $: expected a file that can be read (${codeOf(thrown)})`);
  }
  const isJson = file.endsWith(".json");
  try {
    return ok(isJson ? JSON.parse(text) : parseYaml(text, { prettyErrors: false }));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return err(`${file}: $: expected ${isJson ? "JSON" : "YAML or JSON"}: ${oneLine(why)}`);
  }
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : String(thrown);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").slice(0, 500);
}
