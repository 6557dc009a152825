import type { EngineSnapshot } from "../engine/types";
import type { LinkInfo } from "../net/link";
import type { SiteId } from "../protocol/ids";
import type { SeatReport } from "../protocol/lab/wire";
import type { LinkRate } from "./link-tally";

/** A seat's own account of itself for console and screen. `rates` are counts of the second just gone. */
export function reportOf(
  engine: EngineSnapshot,
  links: readonly LinkInfo[],
  rates: ReadonlyMap<SiteId, LinkRate>,
  cannotWrite: string | null,
): SeatReport {
  return {
    links: links.map(({ to, status, via, rttMs, relayReason }) => ({
      to,
      status,
      via,
      rttMs,
      relayReason: relayReason?.slice(0, 200) ?? null,
      rate: { ...rates.get(to) },
    })),
    lagOps: engine.lagOps,
    cannotWrite: cannotWrite?.slice(0, 300) ?? null,
    diverged: engine.discarded.length > 0 || engine.diverged !== null,
    dataDigest: engine.dataDigest,
  };
}
