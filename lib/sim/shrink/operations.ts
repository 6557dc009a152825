import type { Verb } from "../../protocol/verb";
import { type Plan, planOf } from "../../scenario/plan";
import type { ScenarioInput } from "../../scenario/schema";
import { createSchedule } from "../schedule";
import { startTraffic } from "../workload";

/** The same scenario with every operation of its traffic written out, so that each can be left out alone. */
export function writtenOut(scenario: ScenarioInput): ScenarioInput {
  const plan = planOf(scenario);
  if (!plan.ok) return scenario;
  const operations = operationsOf(plan.value);
  return { ...scenario, traffic: [], timeline: [...operations, ...(scenario.timeline ?? [])] };
}

function operationsOf(plan: Plan): NonNullable<ScenarioInput["timeline"]> {
  const schedule = createSchedule();
  const counts = new Map<string, number>();
  const verbs: (Extract<Verb, { do: "op" }> & { atMs: number })[] = [];
  startTraffic(plan, schedule, {
    invoke(session, site, make) {
      const n = (counts.get(session) ?? 0) + 1;
      counts.set(session, n);
      verbs.push({ atMs: schedule.nowMs(), do: "op", session, site, op: make(n) });
    },
  });
  schedule.runUntil(plan.durationMs);
  return verbs;
}
