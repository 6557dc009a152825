import { type OpId, opIdOf, type SessionId } from "../../lib/protocol/ids";

/**
 * Numbers the operations of sessions that live on the server. Ids name operations for ever, so after
 * a restart numbering goes on above whatever was given before: from the pod's age in milliseconds,
 * for no session asks for more than one operation in each.
 */
export function createOpNumbers(podAgeMs: number): (session: SessionId) => OpId {
  const first = Math.floor(podAgeMs);
  const counts = new Map<SessionId, number>();
  return (session) => {
    const n = (counts.get(session) ?? first) + 1;
    counts.set(session, n);
    return opIdOf(session, n);
  };
}
