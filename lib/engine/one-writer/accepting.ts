import type { Refusal } from "../../merge/refusal";
import { limits } from "../../protocol/limits";
import { cityOf, seconds } from "../../protocol/words";
import { endOf } from "../log/log";
import { peersOf } from "../site";
import type { OneWriter } from "./state";
import { aloneForMs } from "./sync-set";

/** Why a primary that may act accepts no write now, before it has changed anything; null when it does. */
export function whyNotAccepting(writer: OneWriter): Refusal | null {
  const { site } = writer;
  const alone = aloneForMs(writer);
  if (alone !== null && alone >= (site.view?.cluster.detector.timeoutMs ?? 0)) {
    return { error: "NO_STANDBY", why: "No standby is there to hold a copy of the write." };
  }
  return whyGuarded(writer) ?? whyFull(writer);
}

/**
 * Redis' `min-replicas-to-write`: without enough replicas that were heard from lately a primary accepts
 * nothing, so one that is cut off acknowledges for no longer than `maxLagMs`.
 */
export function whyGuarded({ site, replicas }: OneWriter): Refusal | null {
  const cluster = site.view?.cluster;
  if (cluster?.mode !== "active-passive" || cluster.guard.replicas === 0) return null;
  const { replicas: wanted, maxLagMs } = cluster.guard;
  const heard = peersOf(site).filter((peer) => {
    const heardMono = replicas.get(peer)?.heardMono ?? Number.NEGATIVE_INFINITY;
    return site.now.mono - heardMono <= maxLagMs;
  });
  if (heard.length >= wanted) return null;
  const me = cityOf(site.identity.site);
  const why = `${me} has heard from ${heard.length} of the ${wanted} replicas it needs within ${seconds(maxLagMs)}.`;
  return { error: "NO_REPLICAS", why };
}

/** What waits for its acknowledgement is kept in the log whatever its limit, so it must be bounded itself. */
function whyFull({ log }: OneWriter): Refusal | null {
  if (endOf(log).lsn - log.shownLsn < limits.logEntries / 2) return null;
  return { error: "TOO_BUSY", why: `${limits.logEntries / 2} writes already wait to be acknowledged.` };
}
