import { planOf } from "../scenario/plan";
import type { ScenarioInput } from "../scenario/schema";
import type { Property } from "./invariants";
import { runPlan } from "./run";
import { anomalyClass, failedExpectation } from "./shrink/failure";
import { passes } from "./shrink/passes";
import { judgeScenario } from "./soak";

/** Runs that one shrinking may cost. */
const attemptsMax = 3000;

/** A failure that a scenario shows, in words that are equal only for the same anomaly; null where it shows none. */
export type Symptom = (scenario: ScenarioInput) => string | null;

/** The smallest scenario found, and what it cost. */
export type Shrunk = { readonly scenario: ScenarioInput; readonly attempts: number };

/**
 * Reduces a scenario that shows `symptom` to a smaller one that shows the same: passes are repeated until none
 * of them finds anything more to leave out, or the attempts are used up. Null when it shows nothing.
 */
export function shrink(scenario: ScenarioInput, symptom: Symptom): Shrunk | null {
  const wanted = symptom(scenario);
  if (wanted === null) return null;
  let attempts = 0;
  const fails = (candidate: ScenarioInput): boolean => {
    if (attempts >= attemptsMax || !planOf(candidate).ok) return false;
    attempts += 1;
    return symptom(candidate) === wanted;
  };
  let kept = scenario;
  for (let before = ""; before !== JSON.stringify(kept); ) {
    before = JSON.stringify(kept);
    for (const pass of passes) kept = pass(kept, fails);
  }
  const timeline = [...((kept.timeline ?? []) as { readonly atMs: number }[])].sort(
    (a, b) => a.atMs - b.atMs,
  );
  return { scenario: { ...kept, timeline }, attempts };
}

/** The symptom that a property is violated. */
export function brokenProperty(property: Property): Symptom {
  return (scenario) => {
    const [violation] = judgeScenario(scenario, [property]).violations;
    return violation === undefined ? null : anomalyClass(violation, scenario);
  };
}

/** The symptom that an expectation of the scenario itself is not met. */
export function brokenExpectation(scenario: ScenarioInput): string | null {
  const plan = planOf(scenario);
  if (!plan.ok) return null;
  const checks = plan.value.expect.flatMap((each) => ("check" in each ? [each.check] : []));
  return failedExpectation(scenario, runPlan(plan.value, { detail: "outline", checks }).report);
}

/** What a minimal scenario is to be kept with: the expectation that it does not meet, where one can say it. */
export function expectationOf(property: Property): NonNullable<ScenarioInput["expect"]> {
  switch (property) {
    case "no-acked-loss":
    case "none-erased":
    case "none-silently-lost":
    case "none-resurrected":
    case "loss-is-told":
      return [{ metric: "lostWrites", atMost: 0 }];
    case "no-stale-reads":
      return [{ metric: "staleReads", atMost: 0 }];
    case "available":
      return [{ metric: "availabilityWrites", equals: 1 }];
    case "accounted":
    case "one-acknowledging-primary":
    case "election-safety":
    case "log-matching":
    case "settles":
    case "strong-convergence":
    case "no-thin-air":
    case "regular":
      return [];
    default:
      return [{ check: property, verdict: "holds" }];
  }
}
