import type { Plan } from "../scenario/plan";
import { planOf } from "../scenario/plan";
import type { ScenarioInput } from "../scenario/schema";
import { isCheck, type Property, type Violation, violationsOf } from "./invariants";
import type { Machines } from "./pod";
import type { PromiseRow, Violable } from "./promises";
import { type Run, runPlan } from "./run";
import { type Swarm, swarmScenario } from "./swarm/swarm";

/** One seed of a swarm, run and judged. */
export type Judged = {
  readonly scenario: ScenarioInput;
  readonly run: Run;
  readonly violations: readonly Violation[];
};

/** Runs a scenario with no more evidence than the properties need, and judges it. */
export function judgeScenario(
  scenario: ScenarioInput,
  properties: readonly Property[],
  machines?: Machines,
): Judged {
  const checks = properties.filter(isCheck);
  const digests = properties.includes("strong-convergence");
  const run = runPlan(planFor(scenario), { detail: "outline", checks, machines, digests });
  return { scenario, run, violations: violationsOf(run, properties) };
}

/** Runs one seed of a swarm and judges it; with `machines`, a pod that is not the product's. */
export function judgeSeed(
  swarm: Swarm,
  seed: number,
  properties: readonly Property[],
  machines?: Machines,
): Judged {
  return judgeScenario(swarmScenario(swarm, seed), properties, machines);
}

/** The swarm in which a row's promise is to be found broken. */
export function violableSwarm(
  { swarm }: PromiseRow,
  { cluster, faults }: Pick<Violable, "cluster" | "faults">,
): Swarm {
  return { ...swarm, cluster: { ...swarm.cluster, ...cluster }, faults: faults ?? swarm.faults };
}

function planFor(scenario: ScenarioInput): Plan {
  const plan = planOf(scenario);
  if (plan.ok) return plan.value;
  throw new Error(`${scenario.name}: ${plan.error.path}: ${plan.error.expected}`);
}
