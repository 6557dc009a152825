import { writeFileSync } from "node:fs";
import * as z from "zod/mini";
import { replayOf } from "../history/replay";
import { err, ok, type Result } from "../kernel/result";
import { type FullReport, reportSchema } from "../protocol/report";
import { traceEventSchema } from "../protocol/trace";
import { bundledScenarios, scenarioNamed } from "../scenario/bundled/all";
import { type Plan, planOf } from "../scenario/plan";
import { presets } from "../scenario/presets/all";
import { scenarioSchema } from "../scenario/schema";
import { type CliArgs, readArgs, usage } from "./cli-args";
import { type Run, runPlan } from "./run";
import { pathOf, readScenario, readScenarioInput } from "./scenario-file";
import { brokenExpectation, shrink } from "./shrink";

type RunArgs = Extract<CliArgs, { action: "run" }>;

/** Exit status (contract, section 1): an expectation or the determinism check failed; bad input. */
const failed = 1;
const badInput = 2;

function main(argv: readonly string[]): number {
  const args = readArgs(argv);
  if (!args.ok) return complain(args.error);
  switch (args.value.action) {
    case "help":
      process.stdout.write(usage);
      return 0;
    case "list":
      process.stdout.write(listing());
      return 0;
    case "schema":
      process.stdout.write(`${JSON.stringify(schemas())}\n`);
      return 0;
    case "shrink":
      return shrinkFile(args.value);
    case "run":
      return runAll(args.value);
  }
}

/** Every scenario is read before the first one runs, so that bad input leaves nothing on stdout. */
function runAll(args: RunArgs): number {
  const plans = plansOf(args);
  if (!plans.ok) return complain(plans.error);
  let status = 0;
  for (const plan of plans.value) {
    for (const seed of args.seeds ?? [plan.seed]) {
      status = Math.max(status, runOne({ ...plan, seed }, args));
    }
  }
  return status;
}

/** Prints the smallest scenario found that fails the same expectation in the same way. */
function shrinkFile({ file, seed }: Extract<CliArgs, { action: "shrink" }>): number {
  const read = readScenarioInput(file);
  if (!read.ok) return complain(read.error);
  const scenario = seed === null ? read.value : { ...read.value, seed };
  const shrunk = shrink(scenario, brokenExpectation);
  if (shrunk === null) return complain(`${file}: $.expect: expected an expectation that fails`);
  process.stdout.write(`${JSON.stringify(shrunk.scenario, null, 2)}\n`);
  return 0;
}

function plansOf({ files, bundled }: RunArgs): Result<readonly Plan[], string> {
  const plans: Plan[] = [];
  for (const read of [...files.map(readScenario), ...bundled.map(bundledPlan)]) {
    if (!read.ok) return read;
    plans.push(read.value);
  }
  return ok(plans);
}

function bundledPlan(name: string): Result<Plan, string> {
  const scenario = scenarioNamed(name);
  if (scenario === undefined) {
    const known = bundledScenarios.map((each) => each.id).join(", ");
    return err(`--scenario ${name}: expected one of ${known}`);
  }
  const plan = planOf(scenario.scenario);
  return plan.ok ? plan : err(`${name}: ${plan.error.path}: ${plan.error.expected}`);
}

function runOne(plan: Plan, args: RunArgs): number {
  const run = runPlan(plan);
  const report: FullReport = { ...run.report, ...replayOf(run.events, run.report.config) };
  process.stdout.write(`${JSON.stringify(report)}\n`);
  if (args.reportFile !== null) writeFileSync(pathOf(args.reportFile), `${JSON.stringify(report)}\n`);
  if (args.traceFile !== null) writeFileSync(pathOf(args.traceFile), traceText(run));
  const isDeterminate = !args.checkDeterminism || isSameTwice(plan, report.digest);
  return isDeterminate && report.expect.every((each) => each.ok) ? 0 : failed;
}

function isSameTwice(plan: Plan, digest: string): boolean {
  const again = runPlan(plan).report.digest;
  if (again === digest) return true;
  process.stderr.write(`${plan.name}, seed ${plan.seed}: two runs differ: ${digest} and ${again}\n`);
  return false;
}

function traceText({ header, events }: Run): string {
  return [header, ...events].map((line) => `${JSON.stringify(line)}\n`).join("");
}

function listing(): string {
  const rows = [
    ...presets.map(({ name, title }) => `preset    ${name.padEnd(28)} ${title}`),
    ...bundledScenarios.map(({ id, scenario }) => `scenario  ${id.padEnd(28)} ${scenario.name}`),
  ];
  return `${rows.join("\n")}\n`;
}

/** The input side of each schema: what a file, a report or a line of a trace must look like. */
function schemas() {
  const options = { io: "input", unrepresentable: "any" } as const;
  return {
    scenario: z.toJSONSchema(scenarioSchema, options),
    report: z.toJSONSchema(reportSchema, options),
    trace: z.toJSONSchema(traceEventSchema, options),
  };
}

function complain(line: string): number {
  process.stderr.write(`${line}\n`);
  return badInput;
}

process.exitCode = main(process.argv.slice(2));
