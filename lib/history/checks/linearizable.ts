import { abortedRead } from "./aborted";
import { type Finding, holds, noEvidence, unknown, violated } from "./finding";
import { buildsOnWhatItFound, keyModel } from "./keyed-model";
import { byKey, type CheckOp, type History } from "./record";
import { searchOrder, stuckText } from "./wgl";
import { zoneContradiction } from "./zones";

/**
 * Linearizability (Herlihy & Wing): every operation took effect at one moment between its call and its
 * return. It is local, so each key is judged alone. Versions are judged by zones, exactly, at
 * O(n log n); where a write's outcome depends on the value it found, the order is searched for as well,
 * for at most `budget` steps over all keys.
 */
export function checkLinearizable(history: History, budget: number): Finding {
  const aborted = abortedRead(history);
  if (aborted !== null) return violated(`key ${aborted.key}`, aborted.ops, aborted.text, 0);
  if (!history.ops.some(tells)) return noEvidence("No client read anything.");
  const keys = byKey(history.ops);
  for (const [key, ops] of keys) {
    const found = zoneContradiction(ops);
    if (found !== null) return violated(`key ${key}`, found.ops, found.text, ops.length);
  }
  return searched(keys, history.ops.length, budget);
}

function searched(keys: ReadonlyMap<string, readonly CheckOp[]>, size: number, budget: number): Finding {
  let steps = size;
  let open: Finding | null = null;
  const harder = [...keys].filter(([, ops]) => ops.some(buildsOnWhatItFound));
  // The short ones first: a violation there is found before the budget is gone.
  for (const [key, ops] of harder.sort(([, a], [, b]) => a.length - b.length)) {
    const { verdict, steps: more, stuck } = searchOrder(ops, keyModel, budget - steps);
    steps += more;
    const scope = `key ${key}`;
    if (verdict === "violated") return violated(scope, stuck, stuckText(stuck), steps);
    if (verdict === "unknown") {
      open ??= unknown(scope, `The search for an order ended after ${budget} steps without a result.`, steps);
    }
  }
  return open === null
    ? holds("One order of the operations explains every answer and keeps to real time.", steps)
    : { ...open, steps };
}

/** True for an operation whose answer says something of the state it met. */
function tells(op: CheckOp): boolean {
  const isAnswered = op.ret !== Number.POSITIVE_INFINITY;
  return op.isRead || (isAnswered && (op.f === "cas" || op.f === "increment"));
}
