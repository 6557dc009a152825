import type { Verb } from "../protocol/verb";
import { siteCondition } from "../scenario/fault-reducer";
import type { Plan } from "../scenario/plan";
import type { World } from "./world";

/** How long the pod must look at rest, at this many looks in a row, to be believed. */
const lookMs = 100;
const looks = 3;

/**
 * The end of a run: everything is healed, resumed and restarted; then time goes on until nothing
 * more would happen, at most `settleMs`.
 */
export function settle(plan: Plan, world: World): void {
  const endMs = world.schedule.nowMs() + plan.settleMs;
  for (const verb of repairs(world)) world.perform(verb);
  let calm = 0;
  while (calm < looks && world.schedule.nowMs() < endMs) {
    world.schedule.runUntil(Math.min(endMs, world.schedule.nowMs() + lookMs));
    calm = isAtRest(world) ? calm + 1 : 0;
  }
}

/** What is still wrong and has to be put right; nothing is recorded where nothing is wrong. */
function repairs(world: World): readonly Verb[] {
  const paused = world.hosts.filter(({ site }) => siteCondition(world.faults(), site).paused);
  const slowDisks = world.hosts.filter(({ site }) => siteCondition(world.faults(), site).diskDelayMs > 0);
  const slowReplicas = world.hosts.filter(
    ({ site }) => siteCondition(world.faults(), site).applyPerSec !== null,
  );
  const down = world.hosts.filter((host) => !host.isUp());
  return [
    ...(world.isNetworkWhole() ? [] : [{ do: "heal" } as const]),
    ...paused.map(({ site }) => ({ do: "resume", site }) as const),
    ...slowDisks.map(({ site }) => ({ do: "disk", site, delayMs: 0 }) as const),
    ...slowReplicas.map(({ site }) => ({ do: "apply", site, opsPerSec: null }) as const),
    ...down.map(({ site }) => ({ do: "restart", site }) as const),
  ];
}

/** Every site obeys the same view, holds the same data and owes nobody an answer. */
function isAtRest({ hosts, clients, coordinator }: World): boolean {
  const view = coordinator.view();
  const shots = hosts.map((host) => host.snapshot());
  const [first] = shots;
  return (
    clients.open() === 0 &&
    view.phase === "serving" &&
    shots.every(
      (shot) =>
        shot.view?.number === view.number &&
        shot.pendingOps === 0 &&
        shot.role !== "rebuilding" &&
        shot.role !== "candidate" &&
        shot.dataDigest === first?.dataDigest &&
        shot.position.epoch === first.position.epoch &&
        (view.cluster.mode === "active-active" || shot.position.lsn === first.position.lsn),
    )
  );
}
