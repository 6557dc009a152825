import { cityOf } from "../protocol/words";
import type { Shell } from "./shell";
import { isMember } from "./site";
import { standingOf } from "./standing";
import type { EngineSnapshot, KeyState } from "./types";

/** Plain data for people and tests, copied out of the engine. */
export function snapshotOf(shell: Shell, monitor: EngineSnapshot["monitor"]): EngineSnapshot {
  const { site, mode, rebuild } = shell;
  const { role } = standingOf(shell);
  const held = mode.snapshot();
  return Object.freeze({
    site: site.identity.site,
    role,
    epoch: site.leadership.epoch,
    view: site.view,
    primary: site.leadership.primary,
    position: mode.position(),
    lagOps: held.lagOps,
    leaseUntilMono: role === "primary" || role === "fenced" ? site.beats.leaseUntil : null,
    syncSet: held.syncSet,
    // What a rebuilding site or a spare still has on its disk belongs to another time.
    keys: rebuild === null && isMember(site) ? held.keys : noKeys,
    merges: held.merges,
    receipts: held.receipts,
    seen: held.seen,
    degraded: held.degraded ?? null,
    diverged: held.diverged ?? null,
    discarded: site.discarded,
    owed: held.owed ?? 0,
    tombstones: held.tombstones ?? 0,
    pendingOps: site.requests.size,
    cannotWrite: cannotWrite(shell) ?? held.cannotWrite,
    monitor,
    dataDigest: mode.dataDigest(),
  });
}

const noKeys: Readonly<Record<string, KeyState>> = {};

/** The reasons that no mode needs to know of. */
function cannotWrite({ site, rebuild }: Shell): string | null {
  if (site.left) return "This tab has been closed.";
  if (site.view === null) return "This site has not yet heard from the coordinator.";
  if (rebuild !== null) return `This site is still copying its data from ${cityOf(rebuild.source)}.`;
  if (site.view.phase === "draining")
    return "The cluster is being reconfigured: writes are paused for a moment.";
  return null;
}
