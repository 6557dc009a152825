import { opIdOf, opIdSchema, type SessionId, sessionIdSchema } from "../protocol/ids";
import { type Operation, type Outcome, unserved } from "../protocol/operation";
import { createSessionTokens, sessionTokenSchema } from "../protocol/session-token";
import { admitOperation } from "../runtime/admit-operation";
import type { Runtime } from "../runtime/runtime";
import { createOpLog } from "./op-log";
import type { OpLine, Seat } from "./view-model";

/** Operations entering at this site: its student's own, and those of others for whom it is asked. */
export type SeatOperations = {
  /** The student's: logged, refused while the class is frozen. */
  readonly run: Seat["run"];
  /** Somebody else's, under the session, id and token they bring. */
  readonly runFor: (session: string, opId: string, op: unknown, token: unknown) => Promise<Outcome>;
  readonly lines: () => readonly OpLine[];
};

/** How long a client waits before an outcome is unknown (contract, section 4: `timeoutMs`). */
const deadlineMs = 5_000;

/** `session` names the student's own stream of operations; it must not have been used before. */
export function createSeatOperations(options: {
  readonly session: SessionId;
  readonly runtime: () => Runtime | null;
  readonly isFrozen: () => boolean;
  readonly onChange: () => void;
}): SeatOperations {
  const { session, onChange } = options;
  const log = createOpLog();
  const tokens = createSessionTokens(() => performance.now());
  let count = 0;

  async function run(wanted: Operation, context?: "held"): Promise<Outcome & { readonly tookMs: number }> {
    const startedAt = performance.now();
    const admitted = admitOperation(wanted);
    count += 1;
    const opId = opIdOf(session, count);
    log.began(opId, admitted.ok ? admitted.value : wanted, startedAt);
    onChange();
    const outcome = await outcomeOf();
    const tookMs = performance.now() - startedAt;
    log.ended(opId, outcome, tookMs);
    onChange();
    return { ...outcome, tookMs };

    async function outcomeOf(): Promise<Outcome> {
      if (!admitted.ok) return admitted.error;
      if (options.isFrozen()) return unserved("fail", "FROZEN");
      const runtime = options.runtime();
      if (runtime === null) return unserved("fail", "SITE_DOWN");
      const answer = await runtime.run(opId, session, admitted.value, deadlineMs, {
        ...tokens.of(session, admitted.value.key),
        ...(context && { context }),
      });
      tokens.learn(session, admitted.value, answer);
      return answer;
    }
  }

  async function runFor(client: string, id: string, op: unknown, brought: unknown): Promise<Outcome> {
    const admitted = admitOperation(op);
    if (!admitted.ok) return admitted.error;
    const opId = opIdSchema.safeParse(id);
    const named = sessionIdSchema.safeParse(client);
    const token = sessionTokenSchema.safeParse(brought);
    if (!opId.success || !named.success || !token.success) return unserved("fail", "BAD_OPERATION");
    const runtime = options.runtime();
    return (
      runtime?.run(opId.data, named.data, admitted.value, deadlineMs, token.data) ??
      unserved("fail", "SITE_DOWN")
    );
  }

  return { run, runFor, lines: log.lines };
}
