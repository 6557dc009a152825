import type { Verb } from "../protocol/verb";
import type { Plan } from "../scenario/plan";
import { baselineOf } from "./geography";
import { createOperator, type Operator } from "./operator";
import { createPod, type Pod, type Watch } from "./pod";

/** How long a commit to a disk takes: an SSD's flush, and what every write pays at least. */
const diskMs = 1;

/** A pod that runs, and its operator. */
export type World = Pod & Pick<Operator, "perform" | "faults" | "healOnly" | "isNetworkWhole">;

/**
 * Builds the world of a plan at time zero. Everybody has come up by then, on perfect links and disks,
 * so that a scenario begins with a pod at work. `watch` says what is kept of it.
 */
export function createWorld(plan: Plan, watch: Watch = {}): World {
  let isBooting = true;
  const pod = createPod(plan, () => (isBooting ? 0 : diskMs), watch);
  const operator = createOperator(pod, baselineOf(plan));
  pod.coordinator.start(
    plan.sites.map((city) => city.id),
    plan.cluster,
  );
  for (const host of pod.hosts) host.start();
  operator.connect();
  pod.schedule.runUntil(0);
  isBooting = false;
  operator.begin();
  return { ...pod, ...operator };
}

/** Lets the timeline of a plan happen as time goes on. */
export function startTimeline(plan: Plan, world: World): void {
  for (const { atMs, ...verb } of plan.timeline) {
    world.schedule.after(atMs, () => world.perform(verb as Verb));
  }
}
