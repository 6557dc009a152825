import type { CheckOp } from "./record";

/**
 * The order inside sessions. A session's client may have several operations open at once, so this is
 * no list: `a` precedes `b` when `a` had returned by the time `b` was called. Operations that do are put
 * into chains; `chains[c]` lists operations of one session, each of which precedes the next.
 */
export type SessionOrder = {
  readonly chains: readonly (readonly number[])[];
  readonly chainOf: Int32Array;
  /** Place in the chain, from 0. */
  readonly placeOf: Int32Array;
  /** The latest operation of each chain of the same session that precedes this one. */
  readonly before: (op: number) => readonly number[];
};

/** One chain while it is built; its first `passed` operations precede whatever is called now. */
type Chain = { readonly number: number; readonly ops: number[]; passed: number };

/** Sorts operations, given in the order of their calls, into as few chains as they need. */
export function sessionOrderOf(ops: readonly CheckOp[]): SessionOrder {
  const chains: number[][] = [];
  const bySession = new Map<string, Chain[]>();
  const [chainOf, placeOf] = [new Int32Array(ops.length), new Int32Array(ops.length)];
  const before: number[][] = [];
  const precedes = (a: number, call: number) => (ops[a]?.ret ?? Number.POSITIVE_INFINITY) <= call;
  for (const [i, op] of ops.entries()) {
    const own = bySession.get(op.session) ?? [];
    bySession.set(op.session, own);
    const preceding: number[] = [];
    let free: Chain | undefined;
    for (const chain of own) {
      while (chain.passed < chain.ops.length && precedes(chain.ops[chain.passed] as number, op.call)) {
        chain.passed += 1;
      }
      if (chain.passed > 0) preceding.push(chain.ops[chain.passed - 1] as number);
      if (chain.passed === chain.ops.length) free ??= chain;
    }
    if (free === undefined) {
      free = { number: chains.length, ops: [], passed: 0 };
      chains.push(free.ops);
      own.push(free);
    }
    chainOf[i] = free.number;
    placeOf[i] = free.ops.push(i) - 1;
    before.push(preceding);
  }
  return { chains, chainOf, placeOf, before: (op) => before[op] ?? [] };
}
