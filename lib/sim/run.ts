import { besideOf } from "../history/final-keys";
import { type RunEvidence, reportOf, type SiteAtEnd } from "../history/report";
import type { CheckName, FinalState, Report } from "../protocol/report";
import type { TraceEvent, TraceHeader } from "../protocol/trace";
import { judge } from "../scenario/expect";
import type { Plan } from "../scenario/plan";
import { createDigests } from "./digests";
import { sound, type Watch } from "./pod";
import type { Happened } from "./schedule";
import { healedHosts, settle } from "./settle";
import type { SiteHost } from "./site-host";
import { startTraffic } from "./workload";
import { createWorld, startTimeline, type World } from "./world";

/** One simulated run: everything that happened, and what it came to. */
export type Run = {
  readonly header: TraceHeader;
  readonly events: readonly TraceEvent[];
  readonly report: Report;
  /** True when what was healed in the end came to rest in time. */
  readonly isSettled: boolean;
  /** Two sites that had seen the same and held something else; null where none did, or nobody looked. */
  readonly parted: string | null;
  /** What it took: events of the simulator itself. */
  readonly happened: Happened;
};

/** A pod at the end of its run, nobody's report of it yet. */
export type Ended = { readonly world: World; readonly isSettled: boolean };

/** Lets everything happen that a plan says, to its end. */
export function simulate(plan: Plan, watch: Watch): Ended {
  const world = createWorld(plan, watch);
  startTimeline(plan, world);
  startTraffic(plan, world.schedule, world.clients);
  world.schedule.runUntil(plan.durationMs);
  const isSettled = settle(plan, world);
  world.clients.giveUp();
  return { world, isSettled };
}

/** Runs a plan to its end. A function of plan and seed alone: equal calls give equal digests. `watch` says what is kept. */
export function runPlan(plan: Plan, watch: Watch = {}): Run {
  const digests = watch.digests === true ? createDigests() : null;
  const machines = digests?.over(watch.machines ?? sound) ?? watch.machines;
  const { world, isSettled } = simulate(plan, { ...watch, machines });
  const report = reportOfRun(plan, world, watch.checks);
  return {
    header: world.header,
    events: world.trace.events(),
    report,
    isSettled,
    parted: digests?.parted() ?? null,
    happened: world.schedule.count(),
  };
}

function reportOfRun(plan: Plan, world: World, checks: readonly CheckName[] | undefined): Report {
  const view = world.coordinator.view();
  const evidence: RunEvidence = {
    scenario: plan.name,
    seed: plan.seed,
    config: view.cluster,
    digest: world.trace.digest(),
    virtualMs: world.schedule.nowMs(),
    events: world.trace.events(),
    sites: healedHosts(plan, world)
      .filter((host) => host.isUp())
      .map(siteAtEnd),
    authority: view.primary ?? plan.sites[0]?.id ?? null,
    isProvisional: false,
  };
  const report = reportOf(evidence, checks);
  return { ...report, expect: judge(plan.expect, report) };
}

function siteAtEnd(host: SiteHost): SiteAtEnd {
  const { role, epoch, position, keys } = host.snapshot();
  const values = Object.entries(keys).map(([key, { value }]) => [key, value] as const);
  const versions = Object.entries(keys).map(([key, { version }]) => [key, version] as const);
  const state: FinalState = {
    role,
    epoch,
    position,
    keys: Object.fromEntries(values) as FinalState["keys"],
  };
  return { site: host.site, state, versions: Object.fromEntries(versions), beside: besideOf(keys) };
}
