import * as z from "zod/mini";
import type { Operation, Outcome } from "./operation";
import { comparePositions, positionSchema } from "./position";
import { type SessionPast, type StampedVersion, sessionPastSchema } from "./session-mark";
import { type Vector, vectorSchema } from "./vector";

/**
 * What a client's session brings along with each operation, so that it may roam: the farthest position
 * that it has written or read (Cosmos DB's session token, MongoDB's `afterClusterTime`), and how long
 * ago it last wrote, by its own clock, which spares two sites from comparing theirs.
 */
export const sessionTokenSchema = z.object({
  position: z.nullable(positionSchema),
  sinceWriteMs: z.nullable(z.number().check(z.gte(0))),
  /**
   * Many writers: what the session has read of the key it is about to write (Riak's context); absent
   * where it has not. `held` is a person who settles whatever the site holds.
   */
  context: z.optional(z.union([z.literal("held"), vectorSchema])),
  /** Many writers with session guarantees; absent where the session has done nothing yet. */
  past: z.optional(sessionPastSchema),
});
export type SessionToken = z.infer<typeof sessionTokenSchema>;

/** The token of a session that has done nothing yet. */
export const newSession: SessionToken = { position: null, sinceWriteMs: null };

/** The tokens of the sessions that one client, seat or edge drives. */
export type SessionTokens = {
  /** What the session brings along now, to an operation on `key`. */
  readonly of: (session: string, key?: string) => SessionToken;
  /** The session has learnt what became of its operation. */
  readonly learn: (session: string, op: Operation, outcome: Outcome) => void;
};

type Memory = Pick<SessionToken, "position"> & {
  readonly wroteMs: number | null;
  /** What was read of each key, the latest last. */
  readonly contexts: ReadonlyMap<string, Vector>;
  readonly past: Past | null;
};

/** Marks of the newest generation that the session has met. */
type Past = Pick<SessionPast, "generation" | "wrote" | "read"> & {
  readonly stamps: ReadonlyMap<string, SessionPast["stamps"]>;
};

type Answer = Extract<Outcome, { status: "ok" }>;

const nothing: Memory = { position: null, wroteMs: null, contexts: new Map(), past: null };
const unstamped: SessionPast["stamps"] = { wrote: null, read: null };

/** Keys of which a session remembers the newest stamp (quorum): the guarantee ends before the memory does. */
const stampsKept = 1000;

/** A session forgets what it read of a key before so many others, and then writes it unread. */
const contextsKept = 100;

/** A session that was pushed out by newer ones starts again, like a client that lost its token. */
const sessionsKept = 1000;

/** Keeps the tokens of the sessions used last. `nowMs` is any clock that only goes forward. */
export function createSessionTokens(nowMs: () => number): SessionTokens {
  const sessions = new Map<string, Memory>();
  return {
    of(session, key) {
      const memory = sessions.get(session);
      if (memory === undefined) return newSession;
      const { position, wroteMs, past } = memory;
      const context = key === undefined ? undefined : memory.contexts.get(key);
      const sinceWriteMs = wroteMs === null ? null : Math.max(0, nowMs() - wroteMs);
      return {
        ...{ position, sinceWriteMs },
        ...(context !== undefined && { context }),
        ...(past !== null && { past: { ...past, stamps: past.stamps.get(key ?? "") ?? unstamped } }),
      };
    },
    learn(session, op, outcome) {
      const before = sessions.get(session) ?? nothing;
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
  const contexts = contextsAfter(before.contexts, op.key, outcome);
  if (outcome.status !== "ok" && outcome.error === "SESSION_LOST") return { ...nothing, wroteMs, contexts };
  const past = outcome.status === "ok" ? pastAfter(before.past, op, outcome) : before.past;
  const { position = null } = outcome;
  const isFarther =
    position !== null && (before.position === null || comparePositions(position, before.position) > 0);
  return { position: isFarther ? position : before.position, wroteMs, contexts, past };
}

/** The session's past with one more answer in it. */
function pastAfter(before: Past | null, { f, key }: Operation, { mark, version }: Answer): Past | null {
  if (mark === undefined || mark.generation < (before?.generation ?? 0)) return before;
  const { generation, seen = {}, stamp } = mark;
  const isNew = before === null || generation > before.generation;
  const { wrote, read, stamps } = isNew ? { wrote: {}, read: {}, stamps: new Map() } : before;
  const kind = f === "get" ? "read" : "wrote";
  const vectors = { wrote, read, [kind]: joined(kind === "read" ? read : wrote, seen) };
  const isStamped = stamp !== undefined && version !== null;
  const after = isStamped ? stamped(stamps, key, kind, { stamp, version }) : stamps;
  return { generation, ...vectors, stamps: after };
}

function joined(a: Vector, b: Vector): Vector {
  const higher = Object.entries(b).filter(([stream, n]) => n > (a[stream] ?? 0));
  return { ...a, ...Object.fromEntries(higher) };
}

function stamped(
  before: Past["stamps"],
  key: string,
  kind: "wrote" | "read",
  now: StampedVersion,
): Past["stamps"] {
  const stamps = new Map(before);
  const known = stamps.get(key) ?? unstamped;
  stamps.delete(key);
  stamps.set(key, { ...known, [kind]: now.stamp >= (known[kind]?.stamp ?? now.stamp) ? now : known[kind] });
  const [oldest] = stamps.keys();
  if (stamps.size > stampsKept && oldest !== undefined) stamps.delete(oldest);
  return stamps;
}

function contextsAfter(before: Memory["contexts"], key: string, outcome: Outcome): Memory["contexts"] {
  if (outcome.status !== "ok" || outcome.context === undefined) return before;
  const contexts = new Map(before);
  contexts.delete(key);
  contexts.set(key, outcome.context);
  for (const oldest of contexts.keys()) {
    if (contexts.size <= contextsKept) break;
    contexts.delete(oldest);
  }
  return contexts;
}
