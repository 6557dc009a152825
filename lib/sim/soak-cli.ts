import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { err, ok, type Result } from "../kernel/result";
import type { Violation } from "./invariants";
import { type PromiseRow, promiseRows } from "./promises";
import { pathOf } from "./scenario-file";
import { brokenProperty, expectationOf, shrink } from "./shrink";
import { judgeSeed } from "./soak";
import { swarmScenario } from "./swarm/swarm";

const usage = `npm run sim:soak -- --minutes N [--mode M] [--seed S] [--shrink FOLDER]
  Runs seed after seed of every kind of cluster (or of M alone) from seed S on, and prints what breaks.
  --minutes 0 runs one seed of each. --shrink FOLDER keeps a minimal scenario of every violation there.
  Modes: ${promiseRows.map(({ name }) => JSON.stringify(name)).join(", ")}
`;

type SoakArgs = {
  readonly minutes: number;
  readonly rows: readonly PromiseRow[];
  readonly firstSeed: number;
  readonly folder: string | null;
};

/** How often the pace is printed. */
const paceMs = 10_000;

function readArgs(argv: readonly string[]): Result<SoakArgs, string> {
  let values: { minutes?: string; mode?: string; seed?: string; shrink?: string };
  try {
    const string = { type: "string" } as const;
    const options = { minutes: string, mode: string, seed: string, shrink: string };
    values = parseArgs({ args: [...argv], options }).values;
  } catch (thrown) {
    return err(thrown instanceof Error ? thrown.message : String(thrown));
  }
  const minutes = Number(values.minutes ?? Number.NaN);
  const firstSeed = Number(values.seed ?? 1);
  if (!(minutes >= 0)) return err("--minutes: expected a number of minutes, 0 or more");
  if (!Number.isInteger(firstSeed) || firstSeed < 0 || firstSeed >= 2 ** 32) {
    return err("--seed: expected a whole number from 0 to 4294967295");
  }
  const rows = promiseRows.filter(({ name }) => values.mode === undefined || name === values.mode);
  if (rows.length === 0) return err(`--mode: there is no ${values.mode}`);
  return ok({ minutes, rows, firstSeed, folder: values.shrink ?? null });
}

function main(argv: readonly string[]): number {
  const args = readArgs(argv);
  if (!args.ok) {
    process.stderr.write(`${args.error}\n${usage}`);
    return 2;
  }
  return soak(args.value);
}

function soak({ minutes, rows, firstSeed, folder }: SoakArgs): number {
  const startedAt = performance.now();
  const endAt = startedAt + minutes * 60_000;
  let printedAt = startedAt;
  let runs = 0;
  let found = 0;
  const pace = () => {
    const seconds = (performance.now() - startedAt) / 1000;
    const seedsPerSecond = Math.round((runs / seconds) * 10) / 10;
    print({ runs, seconds: Math.round(seconds), seedsPerSecond, violations: found });
  };
  for (let seed = firstSeed; seed === firstSeed || performance.now() < endAt; seed += 1) {
    for (const row of rows) {
      runs += 1;
      for (const violation of judgeSeed(row.swarm, seed, row.holds).violations) {
        found += 1;
        report(row, seed, violation, folder);
      }
    }
    if (performance.now() - printedAt < paceMs) continue;
    printedAt = performance.now();
    pace();
  }
  pace();
  return found === 0 ? 0 : 1;
}

/** Says what broke, the command that shows it again, and where the smallest scenario of it is kept. */
function report(row: PromiseRow, seed: number, { property, what }: Violation, folder: string | null): void {
  const replay = `npm run sim:soak -- --minutes 0 --mode ${JSON.stringify(row.name)} --seed ${seed}`;
  const file =
    folder === null
      ? null
      : join(pathOf(folder), `${row.name}-${seed}-${property}.json`.replace(/[ ,]+/g, "-"));
  print({ mode: row.name, seed, property, what, replay, file });
  if (file === null || folder === null) return;
  const shrunk = shrink(swarmScenario(row.swarm, seed), brokenProperty(property));
  if (shrunk === null) return;
  mkdirSync(pathOf(folder), { recursive: true });
  writeFileSync(
    file,
    `${JSON.stringify({ ...shrunk.scenario, expect: expectationOf(property) }, null, 2)}\n`,
  );
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

process.exitCode = main(process.argv.slice(2));
