import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { cityOf, seconds } from "../../protocol/words";
import { endOf } from "../log/log";
import { note, peersOf } from "../site";
import type { OneWriter } from "./state";

/** What `ack: semi` remembers (MySQL's semi-synchronous replication, wait point AFTER_SYNC). */
export type Semi = {
  /** The farthest entry that any one replica has received. */
  confirmedLsn: number;
  /** Since when there have been entries that no replica has, without any progress; null while there are none. */
  sinceMono: number | null;
  /** The end of the log when this primary stopped waiting for replicas; null while it waits. */
  degradedLsn: number | null;
};

export const freshSemi: Semi = { confirmedLsn: 0, sinceMono: null, degradedLsn: null };

/**
 * Looks how far the best replica has come. After one timeout without progress the primary no longer
 * waits, and tells no client so; a replica that has caught up again ends that.
 */
export function watchSemi(writer: OneWriter): void {
  const { site, log, semi } = writer;
  if (site.view?.cluster.ack !== "semi") {
    writer.semi = { ...freshSemi };
    return;
  }
  const best = bestReplica(writer);
  const confirmed = best?.lsn ?? 0;
  const end = endOf(log).lsn;
  if (confirmed >= end) semi.sinceMono = null;
  else if (semi.sinceMono === null || confirmed > semi.confirmedLsn) semi.sinceMono = site.now.mono;
  semi.confirmedLsn = confirmed;
  const { timeoutMs } = site.view.cluster.detector;
  const me = cityOf(site.identity.site);
  if (semi.degradedLsn === null) {
    if (semi.sinceMono === null || site.now.mono - semi.sinceMono < timeoutMs) return;
    semi.degradedLsn = end;
    note(
      site,
      `${me} acknowledges alone from now on: no replica has confirmed a write for ${seconds(timeoutMs)}.`,
    );
    return;
  }
  const isClose = confirmed >= semi.degradedLsn && end - confirmed <= limits.entriesPerMessage;
  if (best === null || !isClose) return;
  semi.degradedLsn = null;
  semi.sinceMono = null;
  note(site, `${me} waits for a replica again: ${cityOf(best.site)} has caught up.`);
}

/** Why acknowledged writes are on no other site although `ack: semi` waits for one; null while it does wait. */
export function whyDegraded({ site, semi }: OneWriter): string | null {
  if (semi.degradedLsn === null) return null;
  const me = cityOf(site.identity.site);
  return `Degraded: ${me} acknowledges writes alone, because no replica confirmed one in time.`;
}

/** The end of what one replica has received, or of everything while this primary does not wait. */
export function semiConfirmedLsn({ semi }: OneWriter): number {
  return semi.degradedLsn === null ? semi.confirmedLsn : Number.POSITIVE_INFINITY;
}

function bestReplica({ site, replicas }: OneWriter): { readonly site: SiteId; readonly lsn: number } | null {
  let best: { readonly site: SiteId; readonly lsn: number } | null = null;
  for (const peer of peersOf(site)) {
    const lsn = replicas.get(peer)?.received.lsn ?? 0;
    if (best === null || lsn > best.lsn) best = { site: peer, lsn };
  }
  return best;
}
