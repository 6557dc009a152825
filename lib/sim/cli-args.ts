import { parseArgs } from "node:util";
import { err, ok, type Result } from "../kernel/result";
import { type Seeds, seedsOf } from "./seeds";

/** What a command line asks for. */
export type CliArgs =
  | { readonly action: "list" }
  | { readonly action: "schema" }
  | { readonly action: "help" }
  /** Reduce a scenario whose expectation fails to a minimal one. */
  | { readonly action: "shrink"; readonly file: string; readonly seed: number | null }
  | {
      readonly action: "run";
      readonly files: readonly string[];
      readonly bundled: readonly string[];
      /** Null: the seed of each scenario. */
      readonly seeds: readonly number[] | null;
      readonly reportFile: string | null;
      readonly traceFile: string | null;
      readonly checkDeterminism: boolean;
    };

export const usage = `npm -s run sim -- FILE… [--seed N | --seeds A..B] [--report FILE] [--trace FILE] [--check-determinism]
npm -s run sim -- --scenario NAME [the same options]
npm -s run sim -- --shrink FILE [--seed N]
npm -s run sim -- --list | --schema | --help
`;

const seedsAtMost = 1_000_000;

/** Reads the command line; an error is one line that says what was expected. */
export function readArgs(argv: readonly string[]): Result<CliArgs, string> {
  const parsed = parse(argv);
  if (!parsed.ok) return parsed;
  const { values, positionals } = parsed.value;
  if (values.help) return ok({ action: "help" });
  if (values.list) return ok({ action: "list" });
  if (values.schema) return ok({ action: "schema" });
  const bundled = values.scenario ?? [];
  const range = seedsOf(values.seed, values.seeds);
  if (!range.ok) return range;
  const seeds = listOf(range.value);
  if (!seeds.ok) return seeds;
  if (values.shrink !== undefined) {
    if (positionals.length + bundled.length > 0 || values.seeds !== undefined) {
      return err("command line: expected --shrink FILE with nothing but --seed");
    }
    return ok({ action: "shrink", file: values.shrink, seed: seeds.value?.[0] ?? null });
  }
  if (positionals.length + bundled.length === 0) {
    return err("command line: expected a scenario FILE, --scenario NAME, --list or --schema");
  }
  const runs = (positionals.length + bundled.length) * (seeds.value?.length ?? 1);
  if (runs > 1 && (values.report !== undefined || values.trace !== undefined)) {
    return err("command line: expected a single run with --report or --trace");
  }
  return ok({
    action: "run",
    files: positionals,
    bundled,
    seeds: seeds.value,
    reportFile: values.report ?? null,
    traceFile: values.trace ?? null,
    checkDeterminism: values["check-determinism"] ?? false,
  });
}

function parse(argv: readonly string[]) {
  try {
    return ok(
      parseArgs({
        args: [...argv],
        allowPositionals: true,
        options: {
          seed: { type: "string" },
          seeds: { type: "string" },
          report: { type: "string" },
          trace: { type: "string" },
          scenario: { type: "string", multiple: true },
          "check-determinism": { type: "boolean" },
          shrink: { type: "string" },
          list: { type: "boolean" },
          schema: { type: "boolean" },
          help: { type: "boolean" },
        },
      }),
    );
  } catch (thrown) {
    const [first] = (thrown instanceof Error ? thrown.message : String(thrown)).split("\n");
    return err(`command line: ${first}`);
  }
}

function listOf(seeds: Seeds | null): Result<readonly number[] | null, string> {
  if (seeds === null) return ok(null);
  const { from, to } = seeds;
  if (to - from >= seedsAtMost) return err(`--seeds: expected at most ${seedsAtMost} seeds`);
  return ok(Array.from({ length: to - from + 1 }, (_, i) => from + i));
}
