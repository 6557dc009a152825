import type { Verb } from "../protocol/verb";
import type { Smallest } from "../scenario/bundled/smallest";
import { promiseRows } from "./promises";
import { type Cell, cellsOf, smallestOf } from "./smallest";

const usage = `npm run sim:smallest -- WORD...
  Finds, for every id that contains one of the words, a seed that breaks that property, and prints the
  smallest scenario of it as it stands in lib/scenario/bundled. Each takes seconds to minutes.
`;

/** Every word must name a cell, so that nothing is searched for when one is misspelt. */
function main(words: readonly string[]): number {
  const cells = promiseRows.flatMap(cellsOf);
  const idle = words.find((word) => !cells.some(({ id }) => id.includes(word)));
  if (words.length === 0 || idle !== undefined) {
    const ids = cells.map(({ id }) => `  ${id}\n`).join("");
    process.stderr.write(`${idle ?? "command line"}: expected a part of one of these ids\n${usage}${ids}`);
    return 2;
  }
  return printSmallest(cells.filter(({ id }) => words.some((word) => id.includes(word))));
}

function printSmallest(cells: readonly Cell[]): number {
  let status = 0;
  for (const cell of cells) {
    const found = smallestOf(cell);
    if (found === null) {
      process.stderr.write(`${cell.id}: no seed up to ${cell.violable.within} shows it\n`);
      status = 1;
    } else {
      const names = [cell.id, cell.row.name, cell.violable.property].map((name) => JSON.stringify(name));
      process.stdout.write(`smallest(${names.join(", ")}, ${codeOf(found)}),\n`);
    }
  }
  return status;
}

/** A scenario as source code, with the short names of its usual steps. */
function codeOf({ timeline = [], ...rest }: Smallest): string {
  const steps = (timeline as readonly (Verb & { readonly atMs: number })[]).map(stepOf);
  return `{...${JSON.stringify(rest)}, timeline: [${steps.join(", ")}]}`;
}

function stepOf(step: Verb & { readonly atMs: number }): string {
  if (step.do !== "op") return JSON.stringify(step);
  const { atMs, session, site, op } = step;
  const where = [atMs, session, site].map((each) => JSON.stringify(each)).join(", ");
  if (op.f === "put") return `put(${where}, ${JSON.stringify(op.key)}, ${JSON.stringify(op.value)})`;
  if (op.f === "get") return `get(${where}, ${JSON.stringify(op.key)})`;
  return `op(${where}, ${JSON.stringify(op)})`;
}

process.exitCode = main(process.argv.slice(2));
