import type { Verb } from "../protocol/verb";
import type { Smallest } from "../scenario/bundled/smallest";
import { promiseRows } from "./promises";
import { cellsOf, smallestOf } from "./smallest";

/**
 * Prints the bundled scenarios of the violable cells whose id contains one of the words given, as they
 * stand in `lib/scenario/bundled`: all of them where no word is given.
 */
function main(words: readonly string[]): void {
  for (const cell of promiseRows.flatMap(cellsOf)) {
    if (words.length > 0 && !words.some((word) => cell.id.includes(word))) continue;
    const found = smallestOf(cell);
    if (found === null) process.stderr.write(`${cell.id}: no seed up to ${cell.violable.within} shows it\n`);
    else {
      const names = [cell.id, cell.row.name, cell.violable.property].map((name) => JSON.stringify(name));
      process.stdout.write(`smallest(${names.join(", ")}, ${codeOf(found)}),\n`);
    }
  }
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

main(process.argv.slice(2));
