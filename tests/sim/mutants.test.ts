import { describe, expect, test } from "vitest";
import { must } from "../../lib/kernel/assert";
import type { Property } from "../../lib/sim/invariants";
import { type PromiseRow, promiseRows } from "../../lib/sim/promises";
import { judgeSeed, violableSwarm } from "../../lib/sim/soak";
import { consensusMutants } from "./mutants/consensus";
import { manyWriterMutants } from "./mutants/many-writers";
import { oneWriterMutants } from "./mutants/one-writer";
import type { Mutant } from "./mutants/plant";
import { quorumMutants } from "./mutants/quorum";

/** Within so many of the seeds that CI runs anyway, a planted bug must show. */
const seeds = 400;
const mutants = [...oneWriterMutants, ...consensusMutants, ...quorumMutants, ...manyWriterMutants];

function rowOf({ row }: Mutant): PromiseRow {
  return must(
    promiseRows.find(({ name }) => name === row),
    `a row named ${row}`,
  );
}

/** What the row promises; a bug may also break what another row promises of the same kind of cluster. */
function promised(mutant: Mutant): readonly Property[] {
  return [...new Set([...rowOf(mutant).holds, mutant.breaks])];
}

/** The properties that a seed of the mutant's row finds broken, with its bug or without. */
function broken(mutant: Mutant, seed: number, isPlanted: boolean): readonly Property[] {
  const row = rowOf(mutant);
  const swarm = violableSwarm(row, mutant);
  const judged = judgeSeed(swarm, seed, promised(mutant), isPlanted ? mutant.machines : undefined);
  return judged.violations.map(({ property }) => property);
}

describe.each(mutants)("[$rule] $row: $bug", (mutant: Mutant) => {
  test(`is found to break what it breaks within ${seeds} seeds`, () => {
    const { breaks, drags = [] } = mutant;
    const found = Array.from({ length: seeds }, (_, i) => i + 1).find((seed) =>
      broken(mutant, seed, true).includes(breaks),
    );
    expect(found, `no seed up to ${seeds} shows it`).toBeDefined();
    const seed = must(found, "just found");
    expect(broken(mutant, seed, true).filter((each) => each !== breaks && !drags.includes(each))).toEqual([]);
    expect(broken(mutant, seed, false)).toEqual([]);
  });
});

test("every promise of every row has a planted bug that breaks it", () => {
  const all = new Set(promiseRows.flatMap(({ holds }) => holds));
  const planted = new Set(mutants.map(({ breaks }) => breaks));
  expect([...all].filter((property) => !planted.has(property))).toEqual([]);
});
