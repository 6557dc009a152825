import type { OpId, SessionId, SiteId } from "../protocol/ids";
import type { Operation } from "../protocol/operation";
import type { SessionToken } from "../protocol/session-token";

/** Who is waiting for an answer: a client at this site, or another site that forwarded. */
export type Asker =
  | { readonly kind: "client" }
  | { readonly kind: "site"; readonly site: SiteId; readonly request: number; readonly hops: number };

/** One open operation. Every request is finished exactly once. */
export type Request = {
  readonly opId: OpId;
  readonly session: SessionId;
  readonly op: Operation;
  readonly asker: Asker;
  /** What the client's session has seen and done before. */
  readonly token: SessionToken;
  /** True once it was appended or sent away: from then on only an answer can prove that it failed. */
  mayHaveHappened: boolean;
  /** `certify`: the version of its key that it was made upon. */
  basis?: string | null;
  /** The epochs of the first and the last primary that another site asked for it; null while none was. */
  asked: { readonly first: number; readonly last: number } | null;
};

/** Names a request in `site.requests`: one per client operation, one per forwarder's request. */
export function requestKey(opId: OpId, asker: Asker): string {
  return asker.kind === "client" ? opId : `${asker.site}/${asker.request}`;
}

/**
 * True for a write that the primary of an earlier reign was asked for too. It may have carried it out
 * and shown it to somebody before it died, so no later refusal proves that this never happened.
 */
export function isAskedAgain({ asked, op }: Request): boolean {
  return asked !== null && asked.first < asked.last && op.f !== "get";
}
