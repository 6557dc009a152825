import type { CheckOp } from "./record";

/** One session's operations as its client lived through them. */
export type SessionLog = {
  /** Calls and answers in order; an operation of unknown outcome never gets its answer. */
  readonly events: readonly { readonly isCall: boolean; readonly op: CheckOp }[];
  /** The answered operations in the order of their answers. */
  readonly answered: readonly CheckOp[];
};

/** All sessions, and for every operation how many answers its client had had when it called. */
export type SessionLogs = {
  readonly sessions: ReadonlyMap<string, SessionLog>;
  readonly answersBefore: ReadonlyMap<CheckOp, number>;
};

/** Reads the sessions out of operations in the order of their calls. An answer at the time of a call comes first. */
export function sessionLogsOf(ops: readonly CheckOp[]): SessionLogs {
  const bySession = new Map<string, CheckOp[]>();
  for (const op of ops) {
    const list = bySession.get(op.session);
    if (list === undefined) bySession.set(op.session, [op]);
    else list.push(op);
  }
  const answersBefore = new Map<CheckOp, number>();
  const sessions = new Map<string, SessionLog>();
  for (const [session, own] of bySession) sessions.set(session, logOf(own, answersBefore));
  return { sessions, answersBefore };
}

function logOf(own: readonly CheckOp[], answersBefore: Map<CheckOp, number>): SessionLog {
  const events: { readonly isCall: boolean; readonly op: CheckOp }[] = [];
  const answered: CheckOp[] = [];
  let waiting: CheckOp[] = [];
  const answerUntil = (time: number) => {
    const ready = waiting.filter((op) => op.ret <= time).sort((a, b) => a.ret - b.ret);
    if (ready.length === 0) return;
    waiting = waiting.filter((op) => op.ret > time);
    for (const op of ready) {
      events.push({ isCall: false, op });
      answered.push(op);
    }
  };
  for (const op of own) {
    answerUntil(op.call);
    answersBefore.set(op, answered.length);
    events.push({ isCall: true, op });
    if (op.ret !== Number.POSITIVE_INFINITY) waiting.push(op);
  }
  answerUntil(Number.MAX_VALUE);
  return { events, answered };
}
