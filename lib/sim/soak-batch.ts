import type { ScenarioInput } from "../scenario/schema";
import type { Property } from "./invariants";
import type { PromiseRow } from "./promises";
import type { Seeds } from "./seeds";
import { brokenProperty, expectationOf, shrink } from "./shrink";
import { judgeSeed } from "./soak";
import { swarmScenario } from "./swarm/swarm";

/** A promise of a row that one seed broke. A run that did not come to its end broke an `assertion`. */
export type Broken = {
  readonly row: string;
  readonly seed: number;
  readonly property: Property | "assertion";
  readonly what: string;
  /** The smallest scenario that breaks it; null where none was wanted, or found. */
  readonly scenario: ScenarioInput | null;
};

/** Runs seeds of a row and tells every promise that is broken. `shrinks`: each with its smallest scenario. */
export function soakBatch(row: PromiseRow, { from, to }: Seeds, shrinks: boolean): readonly Broken[] {
  const broken: Broken[] = [];
  for (let seed = from; seed <= to; seed += 1) {
    try {
      for (const { property, what } of judgeSeed(row.swarm, seed, row.holds).violations) {
        const scenario = shrinks ? smallestOf(row, seed, property) : null;
        broken.push({ row: row.name, seed, property, what, scenario });
      }
    } catch (thrown) {
      const what = thrown instanceof Error ? thrown.message : String(thrown);
      broken.push({ row: row.name, seed, property: "assertion", what, scenario: null });
    }
  }
  return broken;
}

function smallestOf(row: PromiseRow, seed: number, property: Property): ScenarioInput | null {
  const shrunk = shrink(swarmScenario(row.swarm, seed), brokenProperty(property));
  if (shrunk === null) return null;
  return { ...shrunk.scenario, expect: expectationOf(property) };
}
