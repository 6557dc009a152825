import { hash32 } from "../../kernel/random";
import type { SessionId, SiteId } from "../../protocol/ids";
import type { Role, View } from "../../protocol/view";

/** What a site says of itself when it is asked. */
export type SelfReport = {
  readonly role: Role;
  readonly epoch: number;
  /** Whom it believes to be primary. */
  readonly leader: SiteId | null;
};

/** What can be seen from the edge. */
export type Surroundings = {
  /** True when a connection to the site stands, or would be accepted. */
  readonly isConnected: (site: SiteId) => boolean;
  /** The site's answer to a check; null when none comes. Checks take no time in this miniature. */
  readonly ask: (site: SiteId) => SelfReport | null;
  /** One way, in ms; 0 from a site to itself. */
  readonly delayMs: (from: SiteId, to: SiteId) => number;
};

/** A site to send a request to, or the sentence that says why there is none. */
export type Choice =
  | { readonly site: SiteId }
  | { readonly site: null; readonly error: "NO_PRIMARY" | "SITE_DOWN" | "FENCED"; readonly why: string };

export function none(error: "NO_PRIMARY" | "SITE_DOWN" | "FENCED", why: string): Choice {
  return { site: null, error, why };
}

/** True where any member may be sent a write: every site is a writer. */
export function isManyWriters({ cluster }: View): boolean {
  return cluster.mode === "active-active" || cluster.mode === "quorum";
}

/** The members in the order in which a session tries them: its home first. Numbered sessions are spread evenly. */
export function fromHome(view: View, session: SessionId): readonly SiteId[] {
  const { members } = view;
  const digits = /(\d+)$/.exec(session)?.[1];
  const home = (digits === undefined ? hash32(session) : Number(digits) - 1) % Math.max(1, members.length);
  const start = Math.max(0, home);
  return [...members.slice(start), ...members.slice(0, start)];
}
