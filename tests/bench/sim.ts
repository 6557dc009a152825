import { must } from "../../lib/kernel/assert";
import { createHeap } from "../../lib/kernel/heap";
import { type Plan, planOf } from "../../lib/scenario/plan";
import { promiseRows } from "../../lib/sim/promises";
import { runPlan, simulate } from "../../lib/sim/run";
import { swarmScenario } from "../../lib/sim/swarm/swarm";
import { emit, ratio, round } from "./line";

const seeds = 300;
/** Ten thousand seeds run for minutes, so what the compiler takes in the first seconds is no part of the pace. */
const warmMs = 5_000;
const watch = { detail: "outline", checks: [] } as const;
/** The row of each mode that has most seeds in the suite. */
const modes = promiseRows.filter((row) => row.seeds === Math.max(...promiseRows.map((each) => each.seeds)));

/** Seeds a second of every mode, each with its report, and events a second beside a bare loop of as many. */
export async function benchSim(): Promise<void> {
  for (const row of modes) {
    const plans = Array.from({ length: seeds }, (_, seed) => {
      const plan = planOf(swarmScenario(row.swarm, seed));
      if (!plan.ok) throw new Error(plan.error.expected);
      return plan.value;
    });
    warm(plans);
    const reportedMs = cpuMsOf(() => {
      for (const plan of plans) runPlan(plan, watch);
    });
    let events = 0;
    let pending = 1;
    const ms = cpuMsOf(() => {
      for (const plan of plans) {
        const happened = simulate(plan, watch).world.schedule.count();
        events += happened.events;
        pending = Math.max(pending, happened.mostPending);
      }
    });
    const perSecond = Math.round((events / ms) * 1000);
    bareLoop(events, pending);
    const bare = Math.round((events / cpuMsOf(() => bareLoop(events, pending))) * 1000);
    const line = { bench: "sim", n: seeds, notes: `${row.name}; one core, warm, trace off, without checks` };
    emit({ ...line, metric: "seeds per second", value: round((seeds / reportedMs) * 1000), unit: "1/s" });
    emit({
      ...line,
      metric: "events per second",
      value: perSecond,
      unit: "1/s",
      baseline: bare,
      ratio: ratio(perSecond, bare),
    });
  }
}

function warm(plans: readonly Plan[]): void {
  const endAt = performance.now() + warmMs;
  for (let i = 0; performance.now() < endAt; i += 1)
    runPlan(must(plans[i % plans.length], "some plans"), watch);
}

/** What a run of `work` costs its own core; another process on the machine does not change it. */
function cpuMsOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** The same binary heap, as full at its fullest, whose events do nothing but ask for the next one. */
function bareLoop(events: number, pending: number): void {
  const heap = createHeap<{ readonly at: number; readonly order: number; readonly run: () => void }>(
    (a, b) => a.at < b.at || (a.at === b.at && a.order < b.order),
  );
  let now = 0;
  let order = 0;
  const ask = () => {
    order += 1;
    heap.push({ at: now + ((order * 7919) % 1009), order, run: ask });
  };
  for (let i = 0; i < pending; i += 1) ask();
  for (let i = 0; i < events; i += 1) {
    const next = heap.pop();
    if (next === undefined) return;
    now = next.at;
    next.run();
  }
}
