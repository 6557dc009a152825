import type { Interned } from "./interned";

/** Knows, at every point of a search, who still needs what and who can still make it. */
export type Orphans = {
  readonly take: (op: number) => void;
  readonly giveBack: (op: number) => void;
  /** True when going from one state to another leaves a completed operation without what it needs, for good. */
  readonly leaves: (from: number, to: number) => boolean;
};

/** Counts over one history. An operation of unknown outcome may make something, but needs nothing. */
export function createOrphans({ needs, makes, tokens, tokenOf }: Interned, isPending: Uint8Array): Orphans {
  const needed = new Int32Array(tokens);
  const makers = new Int32Array(tokens);
  const add = (op: number, n: number) => {
    const need = needs[op] as number;
    const make = makes[op] as number;
    if (need >= 0 && isPending[op] === 0) needed[need] = (needed[need] as number) + n;
    if (make >= 0) makers[make] = (makers[make] as number) + n;
  };
  for (let op = 0; op < needs.length; op += 1) add(op, 1);
  return {
    take: (op) => add(op, -1),
    giveBack: (op) => add(op, 1),
    leaves(from, to) {
      const token = tokenOf(from);
      if (token < 0 || token === tokenOf(to)) return false;
      return (needed[token] as number) > 0 && makers[token] === 0;
    },
  };
}
