import type { CheckOp } from "./record";
import { type SessionOrder, sessionOrderOf } from "./session-order";
import { topologicalOrder } from "./topology";

/**
 * Causal order of a history: session order and reads-from, closed. `past` of an operation says for each
 * chain how many of its operations happened before it, itself included.
 */
export type CausalGraph = {
  readonly ops: readonly CheckOp[];
  readonly sessions: SessionOrder;
  readonly indexOf: ReadonlyMap<string, number>;
  /** The operations directly before one: of its session, and the write it read. */
  readonly before: (op: number) => readonly number[];
  /** From causes to effects; null when something would have caused itself, see `cycle`. */
  readonly order: readonly number[] | null;
  readonly cycle: readonly number[];
  readonly happenedBefore: (a: number, b: number) => boolean;
  /** Of one chain, how many operations happened before `op`. */
  readonly past: (op: number, chain: number) => number;
  readonly steps: number;
};

/** The memory that the vectors may take, in entries; a history beyond it is not judged. */
const vectorEntries = 1 << 26;

/** Builds the order; null when the history is too large for it. A write of unknown outcome that nobody read is left out. */
export function causalGraphOf(history: readonly CheckOp[]): CausalGraph | null {
  const read = new Set(history.filter((op) => op.isRead).map((op) => op.version));
  const ops = history.filter((op) => op.ret !== Number.POSITIVE_INFINITY || read.has(op.version));
  const sessions = sessionOrderOf(ops);
  const width = sessions.chains.length;
  if (ops.length * width > vectorEntries) return null;
  const indexOf = new Map<string, number>();
  for (const [i, op] of ops.entries()) if (!op.isRead) indexOf.set(op.id, i);
  const source = ops.map((op) => (op.isRead && op.version !== null ? indexOf.get(op.version) : undefined));
  const before = (op: number) => {
    const from = source[op];
    return from === undefined ? sessions.before(op) : [...sessions.before(op), from];
  };
  const { order, cycle } = topologicalOrder(ops.length, before);
  const vectors = order === null ? new Int32Array(0) : vectorsOf(order, before, sessions, width);
  const past = (op: number, chain: number) => vectors[op * width + chain] as number;
  return {
    ...{ ops, sessions, indexOf, before, order, cycle, past },
    happenedBefore: (a, b) =>
      a !== b && past(b, sessions.chainOf[a] as number) > (sessions.placeOf[a] as number),
    steps: ops.length * (width + 1),
  };
}

function vectorsOf(
  order: readonly number[],
  before: (op: number) => readonly number[],
  { chainOf, placeOf }: SessionOrder,
  width: number,
): Int32Array {
  const vectors = new Int32Array(order.length * width);
  for (const op of order) {
    const at = op * width;
    for (const cause of before(op)) {
      const from = cause * width;
      for (let chain = 0; chain < width; chain += 1) {
        const known = vectors[from + chain] as number;
        if (known > (vectors[at + chain] as number)) vectors[at + chain] = known;
      }
    }
    vectors[at + (chainOf[op] as number)] = (placeOf[op] as number) + 1;
  }
  return vectors;
}
