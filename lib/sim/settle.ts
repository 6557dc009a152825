import { isManyWriters } from "../coordinator/routes/surroundings";
import type { EngineSnapshot } from "../engine/types";
import { canonicalJson } from "../kernel/json";
import { placementOf } from "../protocol/ring";
import type { Verb } from "../protocol/verb";
import type { View } from "../protocol/view";
import { siteCondition } from "../scenario/fault-reducer";
import type { Plan } from "../scenario/plan";
import type { SiteHost } from "./site-host";
import type { World } from "./world";

/** How long the pod must look at rest, at this many looks in a row, to be believed. */
const lookMs = 100;
const looks = 3;

/**
 * The end of a run: everything is healed, resumed and restarted (`healOnly`: these sites alone, and the
 * others are cut off for ever); then time goes on until nothing more would happen, at most `settleMs`.
 * True when the healed sites came to rest.
 */
export function settle(plan: Plan, world: World): boolean {
  const endMs = world.schedule.nowMs() + plan.settleMs;
  const healed = healedHosts(plan, world);
  if (plan.healOnly !== undefined) world.healOnly(plan.healOnly);
  for (const verb of repairs(plan, world, healed)) world.perform(verb);
  let calm = 0;
  while (calm < looks && world.schedule.nowMs() < endMs) {
    world.schedule.runUntil(Math.min(endMs, world.schedule.nowMs() + lookMs));
    // A machine that was switched off from outside comes back by itself.
    for (const { site } of healed.filter((host) => !host.isUp())) world.perform({ do: "restart", site });
    calm = isAtRest(world, healed) ? calm + 1 : 0;
  }
  return calm >= looks;
}

/** The sites that are whole in the end, in pod order. */
export function healedHosts({ healOnly }: Plan, { hosts }: Pick<World, "hosts">): readonly SiteHost[] {
  return healOnly === undefined ? hosts : hosts.filter(({ site }) => healOnly.includes(site));
}

/** What is still wrong and has to be put right; nothing is recorded where nothing is wrong. */
function repairs({ healOnly }: Plan, world: World, healed: readonly SiteHost[]): readonly Verb[] {
  const faults = world.faults();
  const given = healed.map(({ site }) => ({ site, condition: siteCondition(faults, site) }));
  return [
    ...(healOnly !== undefined || world.isNetworkWhole() ? [] : [{ do: "heal" } as const]),
    ...given.filter(({ condition }) => condition.paused).map(({ site }) => ({ do: "resume", site }) as const),
    ...given
      .filter(({ condition }) => condition.diskDelayMs > 0)
      .map(({ site }) => ({ do: "disk", site, delayMs: 0 }) as const),
    ...given
      .filter(({ condition }) => condition.applyPerSec !== null)
      .map(({ site }) => ({ do: "apply", site, opsPerSec: null }) as const),
    ...healed.filter((host) => !host.isUp()).map(({ site }) => ({ do: "restart", site }) as const),
  ];
}

/** Every healed site obeys the same view, holds the same data, and nobody is owed an answer. */
function isAtRest({ clients, coordinator }: World, healed: readonly SiteHost[]): boolean {
  if (clients.open() > 0) return false;
  const view = coordinator.view();
  if (view.phase !== "serving") return false;
  const shots = healed.map((host) => host.snapshot());
  const [first] = shots;
  return (
    !isDeciding(view, shots) &&
    shots.every(
      (shot) =>
        shot.view?.number === view.number &&
        shot.pendingOps === 0 &&
        shot.role !== "rebuilding" &&
        shot.role !== "candidate" &&
        shot.position.epoch === first?.position.epoch &&
        (isManyWriters(view) || shot.position.lsn === first.position.lsn),
    ) &&
    (view.cluster.mode === "quorum"
      ? ownersAgree(view, shots)
      : new Set(shots.map(({ dataDigest }) => dataDigest)).size <= 1)
  );
}

/** A majority will elect a primary if it has none, and that one will commit and show everything that all have. */
function isDeciding({ cluster, members }: View, shots: readonly EngineSnapshot[]): boolean {
  if (cluster.mode !== "consensus" || 2 * shots.length <= members.length) return false;
  return !shots.some(({ role }) => role === "primary") || shots.some(({ lagOps }) => lagOps !== 0);
}

/** Nobody keeps anything for another, and whoever should show a key shows the same of it: siblings and fields, too. */
function ownersAgree(view: View, shots: readonly EngineSnapshot[]): boolean {
  if (shots.some(({ owed }) => owed > 0)) return false;
  const owners = placementOf(view);
  const keys = new Set(shots.flatMap((shot) => Object.keys(shot.keys)));
  return [...keys].every((key) => {
    const holders = shots.filter(({ site }) => owners(key).includes(site));
    const shown = holders.map(({ keys }) => [keys[key]?.version ?? null, keys[key]?.value ?? null]);
    return new Set(shown.map(canonicalJson)).size <= 1;
  });
}
