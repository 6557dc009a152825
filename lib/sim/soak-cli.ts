import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathOf } from "./scenario-file";
import { readSoakArgs, type SoakArgs, usage } from "./soak-args";
import type { Broken } from "./soak-batch";
import { type Batch, runBatches } from "./soak-pool";

/** How often the pace is printed, in ms. */
const paceMs = 10_000;
/** Seeds that a core is handed at once: a second of work at most. */
const batchSeeds = 10;

async function main(argv: readonly string[]): Promise<number> {
  const args = readSoakArgs(argv);
  if (!args.ok) {
    process.stderr.write(`${args.error}\n`);
    return 2;
  }
  if (args.value !== "help") return soak(args.value);
  process.stdout.write(usage);
  return 0;
}

async function soak(args: SoakArgs): Promise<number> {
  const { minutes, cores, folder } = args;
  if (folder !== null) mkdirSync(pathOf(folder), { recursive: true });
  const startedAt = performance.now();
  let runs = 0;
  let violations = 0;
  const pace = () => {
    const seconds = (performance.now() - startedAt) / 1000;
    print({ runs, seconds: rounded(seconds), seedsPerSecond: rounded(runs / seconds), cores, violations });
  };
  const timer = setInterval(pace, paceMs);
  const batches = batchesOf(args);
  const isOver = () => performance.now() - startedAt >= minutes * 60_000;
  await runBatches(
    cores,
    () => (isOver() ? null : (batches.next().value ?? null)),
    ({ seeds: { from, to } }, broken) => {
      runs += to - from + 1;
      violations += broken.length;
      for (const each of broken) report(each, folder);
    },
  );
  clearInterval(timer);
  pace();
  return violations === 0 ? 0 : 1;
}

/** Every row has its first seeds before any has its next, so that a soak that is cut short has seen them all. */
function* batchesOf({ rows, seeds, folder }: SoakArgs): Generator<Batch, undefined> {
  for (let from = seeds.from; from <= seeds.to; from += batchSeeds) {
    const part = { from, to: Math.min(seeds.to, from + batchSeeds - 1) };
    for (const row of rows) yield { row, seeds: part, shrinks: folder !== null };
  }
  return undefined;
}

/** Says what broke, the command that shows it again, and where the smallest scenario of it is kept. */
function report({ row, seed, property, what, scenario }: Broken, folder: string | null): void {
  const replay = `npm run sim:soak -- --row '${row}' --seed ${seed}`;
  if (folder === null || scenario === null) {
    print({ row, seed, property, what, replay });
    return;
  }
  const name = `${row}-${seed}-${property}`.toLowerCase().replace(/[^a-z0-9]+/g, "-");
  const file = join(folder, `${name}.json`);
  writeFileSync(pathOf(file), `${JSON.stringify(scenario, null, 2)}\n`);
  print({ row, seed, property, what, replay, smallest: `npm -s run sim -- '${file}'` });
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function print(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

process.exitCode = await main(process.argv.slice(2));
