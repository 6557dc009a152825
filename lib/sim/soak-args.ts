import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { err, ok, type Result } from "../kernel/result";
import { promiseRows } from "./promises";
import { type Seeds, seedsOf } from "./seeds";

export const usage = `npm run sim:soak -- --seeds A..B [--row NAME]... [--minutes N] [--cores N] [--shrink FOLDER]
npm run sim:soak -- --seed N [the same options]
npm run sim:soak -- --minutes N [the same options]
  Runs seed after seed of every kind of cluster, or of the rows named, on every core, and prints what breaks.
  It ends with the last seed or after N minutes. --shrink FOLDER keeps a minimal scenario of each violation.
  Rows: ${promiseRows.map(({ name }) => JSON.stringify(name)).join(", ")}
`;

/** What a soak is asked to do; `minutes` is infinite where only the seeds end it. */
export type SoakArgs = {
  /** Places in the table of promises. */
  readonly rows: readonly number[];
  readonly seeds: Seeds;
  readonly minutes: number;
  readonly cores: number;
  /** Where minimal scenarios are kept; null keeps none. */
  readonly folder: string | null;
};

/** Reads the command line; an error is one line that says what was expected. */
export function readSoakArgs(argv: readonly string[]): Result<SoakArgs | "help", string> {
  const parsed = parse(argv);
  if (!parsed.ok) return parsed;
  const { values } = parsed.value;
  if (values.help) return ok("help");
  const seeds = seedsOf(values.seed, values.seeds);
  if (!seeds.ok) return seeds;
  if (seeds.value === null && values.minutes === undefined) {
    return err("command line: expected --seeds A..B, --seed N or --minutes N");
  }
  const minutes = values.minutes === undefined ? Number.POSITIVE_INFINITY : Number(values.minutes);
  if (values.minutes?.trim() === "" || !(minutes > 0)) {
    return err("--minutes: expected a number of minutes above 0");
  }
  const cores = Number(values.cores ?? availableParallelism());
  if (!Number.isInteger(cores) || cores < 1 || cores > 256) {
    return err("--cores: expected a whole number from 1 to 256");
  }
  const unknown = values.row?.find((name) => !promiseRows.some((row) => row.name === name));
  if (unknown !== undefined) {
    const known = promiseRows.map(({ name }) => JSON.stringify(name)).join(", ");
    return err(`--row ${JSON.stringify(unknown)}: expected one of ${known}`);
  }
  const rows = [...promiseRows.keys()].filter(
    (i) => values.row?.includes(promiseRows[i]?.name ?? "") !== false,
  );
  const everySeed = { from: 1, to: 2 ** 32 - 1 };
  return ok({ rows, seeds: seeds.value ?? everySeed, minutes, cores, folder: values.shrink ?? null });
}

function parse(argv: readonly string[]) {
  const string = { type: "string" } as const;
  try {
    return ok(
      parseArgs({
        args: [...argv],
        options: {
          ...{ seed: string, seeds: string, minutes: string, cores: string, shrink: string },
          row: { type: "string", multiple: true },
          help: { type: "boolean" },
        },
      }),
    );
  } catch (thrown) {
    const [first] = (thrown instanceof Error ? thrown.message : String(thrown)).split("\n");
    return err(`command line: ${first}`);
  }
}
