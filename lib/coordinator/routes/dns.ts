import type { SessionId, SiteId } from "../../protocol/ids";
import { cityOf } from "../../protocol/words";
import { type Choice, none, type Surroundings } from "./surroundings";

type Record = { readonly site: SiteId; readonly untilMs: number };

/**
 * Names that clients look up: each caches the answer for its TTL, and an open connection never moves,
 * whatever the name means by then. Only a failure closes it; and a replica that says "read-only" answers.
 */
export function createDns() {
  const cache = new Map<SessionId, Record>();
  const open = new Map<SessionId, SiteId>();

  function resolve(
    session: SessionId,
    answer: () => SiteId | null,
    ttlMs: number,
    nowMs: number,
  ): SiteId | null {
    const known = cache.get(session);
    if (known !== undefined && nowMs < known.untilMs) return known.site;
    cache.delete(session);
    const site = answer();
    if (site !== null) cache.set(session, { site, untilMs: nowMs + ttlMs });
    return site;
  }

  return {
    /** `answer` is what the name means to who looks it up now; the client may not do that for a while. */
    choose(
      session: SessionId,
      { answer, ttlMs, nowMs }: { answer: () => SiteId | null; ttlMs: number; nowMs: number },
      { isConnected }: Surroundings,
    ): Choice {
      const kept = open.get(session);
      if (kept !== undefined && isConnected(kept)) return { site: kept };
      open.delete(session);
      const site = resolve(session, answer, ttlMs, nowMs);
      if (site === null) return none("NO_PRIMARY", "The name points to no site: nobody is primary.");
      if (!isConnected(site))
        return none("SITE_DOWN", `The name still points to ${cityOf(site)}, and nothing listens there.`);
      open.set(session, site);
      return { site };
    },
    /** The session's connection failed. */
    closed: (session: SessionId) => void open.delete(session),
    /** Every connection to the site failed. */
    lost(site: SiteId): void {
      for (const [session, kept] of open) if (kept === site) open.delete(session);
    },
  };
}
