import { canonicalJson } from "../kernel/json";
import {
  type Demonstration,
  demonstrations,
  fastNetwork,
  type Smallest,
  smallest,
} from "../scenario/bundled/smallest";
import type { ScenarioInput } from "../scenario/schema";
import type { Property } from "./invariants";
import type { PromiseRow, Violable } from "./promises";
import { type Symptom, shrink } from "./shrink";
import { anomalyClass } from "./shrink/failure";
import { judgeScenario, judgeSeed, violableSwarm } from "./soak";
import { swarmScenario } from "./swarm/swarm";

/** Of so many seeds that show it the one is kept that shrinks most. */
const tries = 3;

/** One cell of the table that must be found violable, under the name of its bundled scenario. */
export type Cell = { readonly id: string; readonly row: PromiseRow; readonly violable: Violable };

/** The cells of a row. Where several are about one property, the later ones are numbered. */
export function cellsOf(row: PromiseRow): readonly Cell[] {
  const kind = row.name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/-$/, "");
  return row.violable.map((violable, i) => {
    const before = row.violable.slice(0, i).filter(({ property }) => property === violable.property).length;
    const suffix = before === 0 ? "" : `-${before + 1}`;
    return { id: `${kind}-not-${violable.property}${suffix}`, row, violable };
  });
}

/** What the bundled scenario of a cell states; null for a property that no scenario can state. */
function demonstrationOf(property: Property): Demonstration | null {
  return property in demonstrations ? (property as Demonstration) : null;
}

/** Finds and shrinks a seed that shows what the cell says; null where none of its seeds does. */
export function smallestOf(cell: Cell): Smallest | null {
  const { property, within } = cell.violable;
  const swarm = violableSwarm(cell.row, cell.violable);
  const symptom = shownBy(cell);
  let best: Smallest | null = null;
  let found = 0;
  for (let seed = 1; seed <= within && found < tries; seed += 1) {
    if (judgeSeed(swarm, seed, [property]).violations.length === 0) continue;
    const shrunk = shrink(swarmScenario(swarm, seed), symptom);
    if (shrunk === null) continue;
    found += 1;
    const next = kept(rounded(shrunk.scenario, symptom));
    if (best === null || sizeOf(next) < sizeOf(best)) best = next;
  }
  return best;
}

/** The symptom that the property is violated, in a pod of its row's size, and that the scenario says so. */
function shownBy({ id, row, violable: { property } }: Cell): Symptom {
  const what = demonstrationOf(property);
  return (scenario) => {
    if (what === null || scenario.sites.length < row.swarm.sites[0]) return null;
    const bundled = smallest(id, row.name, what, kept(scenario)).scenario;
    const { run, violations } = judgeScenario(bundled, [property]);
    const [violation] = violations;
    if (violation === undefined || run.report.expect.some(({ ok }) => !ok)) return null;
    return anomalyClass(violation, scenario);
  };
}

/** A length that a person would have written. */
function rounded(scenario: ScenarioInput, symptom: Symptom): ScenarioInput {
  const lengths = [1000, 100].map((step) => Math.ceil(scenario.durationMs / step) * step);
  const candidates = lengths.map((durationMs) => ({ ...scenario, durationMs }));
  return candidates.find((candidate) => symptom(candidate) === symptom(scenario)) ?? scenario;
}

function kept(scenario: ScenarioInput): Smallest {
  const { seed = 1, cluster, sites, durationMs, network = fastNetwork, traffic, timeline } = scenario;
  const isFast = canonicalJson(network) === canonicalJson(fastNetwork);
  return {
    ...{ seed, cluster, sites, durationMs },
    ...(!isFast && { network }),
    ...(traffic !== undefined && traffic.length > 0 && { traffic }),
    ...(timeline !== undefined && timeline.length > 0 && { timeline }),
  };
}

function sizeOf(scenario: Smallest): number {
  return JSON.stringify(scenario).length;
}
