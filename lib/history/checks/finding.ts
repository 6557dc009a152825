import type { VerdictName } from "../../protocol/report";

/** What an algorithm found, before it is known which check of which mode it serves. */
export type Finding = {
  readonly verdict: Exclude<VerdictName, "not-promised">;
  /** `key x`, `session alice`, or `all`. */
  readonly scope: string;
  /** The ids of the operations that show a violation, at most a handful; empty for other verdicts. */
  readonly ops: readonly string[];
  /** One sentence. */
  readonly text: string;
  /** Work done, in steps of the algorithm: equal histories cost equal steps. */
  readonly steps: number;
};

/** The finding that nothing contradicts the property. */
export function holds(text: string, steps: number): Finding {
  return { verdict: "holds", scope: "all", ops: [], text, steps };
}

/** The finding that the history has nothing that could have contradicted the property. */
export function noEvidence(text: string): Finding {
  return { verdict: "no-evidence", scope: "all", ops: [], text, steps: 0 };
}

/** The finding that the budget ended before the search did. */
export function unknown(scope: string, text: string, steps: number): Finding {
  return { verdict: "unknown", scope, ops: [], text, steps };
}

/** The finding of a contradiction, with the operations that show it. */
export function violated(scope: string, ops: readonly string[], text: string, steps: number): Finding {
  return { verdict: "violated", scope, ops: [...new Set(ops)], text, steps };
}
