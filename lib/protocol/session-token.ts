import { z } from "zod";
import type { Operation, Outcome } from "./operation";
import { comparePositions, positionSchema } from "./position";

/**
 * What a client's session brings along with each operation, so that it may roam: the farthest position
 * that it has written or read (Cosmos DB's session token, MongoDB's `afterClusterTime`), and how long
 * ago it last wrote, by its own clock, which spares two sites from comparing theirs.
 */
export const sessionTokenSchema = z.object({
  position: positionSchema.nullable(),
  sinceWriteMs: z.number().min(0).nullable(),
});
export type SessionToken = z.infer<typeof sessionTokenSchema>;

/** The token of a session that has done nothing yet. */
export const newSession: SessionToken = { position: null, sinceWriteMs: null };

/** The tokens of the sessions that one client, seat or edge drives. */
export type SessionTokens = {
  /** What the session brings along now. */
  readonly of: (session: string) => SessionToken;
  /** The session has learnt what became of its operation. */
  readonly learn: (session: string, op: Operation, outcome: Outcome) => void;
};

type Memory = Pick<SessionToken, "position"> & { readonly wroteMs: number | null };

/** A session that was pushed out by newer ones starts again, like a client that lost its token. */
const sessionsKept = 1000;

/** Keeps the tokens of the sessions used last. `nowMs` is any clock that only goes forward. */
export function createSessionTokens(nowMs: () => number): SessionTokens {
  const sessions = new Map<string, Memory>();
  return {
    of(session) {
      const memory = sessions.get(session);
      if (memory === undefined) return newSession;
      const { position, wroteMs } = memory;
      return { position, sinceWriteMs: wroteMs === null ? null : Math.max(0, nowMs() - wroteMs) };
    },
    learn(session, op, outcome) {
      const before = sessions.get(session) ?? { position: null, wroteMs: null };
      sessions.delete(session);
      sessions.set(session, after(before, op, outcome, nowMs()));
      for (const oldest of sessions.keys()) {
        if (sessions.size <= sessionsKept) return;
        sessions.delete(oldest);
      }
    },
  };
}

function after(before: Memory, op: Operation, outcome: Outcome, nowMs: number): Memory {
  // A write without an answer may have happened: its session wants to see it all the same.
  const wroteMs = op.f !== "get" && outcome.status !== "fail" ? nowMs : before.wroteMs;
  if (outcome.status !== "ok" && outcome.error === "SESSION_LOST") return { position: null, wroteMs };
  const { position = null } = outcome;
  const isFarther =
    position !== null && (before.position === null || comparePositions(position, before.position) > 0);
  return { position: isFarther ? position : before.position, wroteMs };
}
