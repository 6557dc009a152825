import type { Timing } from "../net/timing";
import type { OpId } from "../protocol/ids";
import { type Outcome, unserved } from "../protocol/operation";

/** Whoever waits for an operation of this site. */
export type Callers = {
  /** Resolves to what `settle` says; to `unknown` after `deadlineMs` and some grace at the latest. */
  readonly wait: (opId: OpId, deadlineMs: number) => Promise<Outcome>;
  readonly settle: (opId: OpId, outcome: Outcome) => void;
  readonly settleAll: (outcome: Outcome) => void;
};

/** How long after its deadline an operation that the engine has not answered is called unknown. */
const graceMs = 250;

export function createCallers(timing: Timing): Callers {
  const waiting = new Map<OpId, (outcome: Outcome) => void>();

  function settle(opId: OpId, outcome: Outcome): void {
    const answer = waiting.get(opId);
    waiting.delete(opId);
    answer?.(outcome);
  }

  return {
    wait: (opId, deadlineMs) =>
      new Promise((resolve) => {
        const cancel = timing.after(deadlineMs + graceMs, () => settle(opId, unserved("unknown", "TIMEOUT")));
        waiting.set(opId, (outcome) => {
          cancel();
          resolve(outcome);
        });
      }),
    settle,
    settleAll(outcome) {
      for (const opId of [...waiting.keys()]) settle(opId, outcome);
    },
  };
}
