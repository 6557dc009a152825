import type { Refusal } from "../../merge/refusal";
import { isCertified } from "../../protocol/deciders";
import type { Outcome, WriteOperation } from "../../protocol/operation";
import { cityOf } from "../../protocol/words";
import { finish, isOpen } from "../answer";
import { versionOf } from "../log/keys";
import type { Request } from "../request";
import type { Consensus } from "./state";

/**
 * Certification (Galera; Pedone 1999): every site executes writes upon what it shows, a majority puts
 * them into one order, and there a write whose key has changed meanwhile is rolled back. The site that
 * leads the log certifies for all: in the same order every site would come to the same verdict.
 */
export function isCertifying({ site }: Consensus): boolean {
  return site.view !== null && isCertified(site.view.cluster);
}

/** True while this site follows or leads a majority; it is told with a delay of at most one timeout. */
export function isInComponent({ stage }: Consensus): boolean {
  return stage.kind === "primary" || (stage.kind === "replica" && stage.primary !== null);
}

export function outsideComponent({ site }: Consensus): Refusal {
  const me = cityOf(site.identity.site);
  const why = `${me} is not part of a primary component: it hears no majority of the sites, so it serves nobody.`;
  return { error: "UNAVAILABLE", why };
}

/**
 * A client's write is executed here, upon the version of its key that this site shows, or upon this
 * site's own write of the key that is still being certified: that one holds the row's lock.
 */
export function execute(state: Consensus, request: Request, { key }: WriteOperation): void {
  const { site, log, executing } = state;
  const before = executing.get(key);
  const isLocked = before !== undefined && isOpen(site, before);
  request.basis = isLocked ? before.opId : versionOf(log.shownKeys, key);
  executing.set(key, request);
}

/** Forgets the writes that have been answered. */
export function tickExecuting({ site, executing }: Consensus): void {
  for (const [key, request] of executing) if (!isOpen(site, request)) executing.delete(key);
}

/** Why a write is rolled back at its turn in the order; null where it is certified. */
export function conflictOf({ log }: Consensus, request: Request, { key }: WriteOperation): Refusal | null {
  const first = versionOf(log.tip, key);
  if (request.basis === undefined || request.basis === first) return null;
  const why = `"${key}" was changed by ${first ?? "another write"} before this write had its turn in the order of all sites: the first one wins, and this one is rolled back.`;
  return { error: "CERTIFICATION_FAILED", why };
}

/** The verdict has come: a write is acknowledged at its site once it is visible there. */
export function deliver({ site, log, waiting }: Consensus, request: Request, outcome: Outcome): void {
  const told = { ...outcome, servedBy: site.identity.site };
  const lsn = outcome.status === "ok" ? (outcome.position?.lsn ?? 0) : 0;
  if (lsn <= log.shownLsn) finish(site, request, told);
  else waiting.push({ lsn, request, sinceMono: site.now.mono, outcome: () => told });
}
