import type { SiteId } from "../../protocol/ids";
import type { Position, Reign } from "../../protocol/position";
import { isNamedPrimary, leads } from "../heartbeat";
import { endOf } from "../log/log";
import { peersOf, type Site } from "../site";
import { addReign, reignAt } from "./reigns";
import type { OneWriter } from "./state";

/**
 * Whose log `child` follows: as the axis `upstream` has it, else the primary's. Null for the primary and
 * while there is none. A primary heads its tree whatever upstream it was given as a standby, so a tree
 * without cycles stays one after every promotion.
 */
export function parentOf(site: Site, child: SiteId): SiteId | null {
  const { primary } = site.leadership;
  const { view } = site;
  if (view === null || primary === null || child === primary) return null;
  const named = view.cluster.mode === "active-passive" ? (view.cluster.upstream[child] ?? null) : null;
  return named !== null && named !== child && view.members.includes(named) ? named : primary;
}

/** Whose log this site follows. */
export function upstreamOf({ site }: OneWriter): SiteId | null {
  return parentOf(site, site.identity.site);
}

/** The sites that follow this one's log. */
export function childrenOf(site: Site): readonly SiteId[] {
  return peersOf(site).filter((peer) => parentOf(site, peer) === site.identity.site);
}

/**
 * True where this site may send its log on: it leads, or its own log is known to be a part of the
 * reigning primary's. A standby sends what it has received, and waits for nobody.
 */
export function ships({ site, upstream }: OneWriter): boolean {
  return isNamedPrimary(site) ? leads(site) : upstream.joined;
}

/**
 * True where a log that goes on after the end of this standby's may yet be the primary's: then it is only
 * ahead. It is not where an older epoch wrote past the end that the primary had in its own.
 */
export function isOnlyAhead(writer: OneWriter, fork: Position, history: readonly Reign[]): boolean {
  const { site, log, upstream } = writer;
  if (isNamedPrimary(site) || fork.lsn < endOf(log).lsn) return false;
  const isOfThisReign = reignAt(history, fork.lsn + 1)?.epoch === site.leadership.epoch;
  return isOfThisReign || upstream.end === null || upstream.end.lsn > fork.lsn;
}

/**
 * The history that a child is measured by. A standby learns of a reign with its first write; where there
 * is none yet, the reign begins where the log of the primary ended.
 */
export function historyFor({ site, log }: OneWriter, fork: Position): Reign[] {
  const { epoch, primary } = site.leadership;
  if (primary === null || fork.lsn < endOf(log).lsn) return [...site.history];
  return [...addReign(site.history, { epoch, by: primary, beginLsn: fork.lsn + 1 })];
}
