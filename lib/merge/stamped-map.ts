import type { StampedKey, Write } from "../protocol/site/merge-copy";
import type { TypedValue } from "../protocol/site/replicated-op";
import { type Chain, extendChain } from "./chain";
import { hasSeen } from "./write";

/** What a last-write-wins rule holds for a key; a null value is a tombstone. */
export type Stamped = {
  readonly value: TypedValue | null;
  readonly write: Write;
  /** The writes whose effect is in the value. */
  readonly chain: Chain;
};

/** A whole value and its write; `builds` when it was made from the value that its origin showed. */
export type Candidate = {
  readonly value: TypedValue | null;
  readonly write: Write;
  readonly builds: boolean;
};

/** Two writes that met at a key, and which of them it now holds. */
export type Meeting = { readonly winner: Stamped; readonly loser: Stamped };

/** A map from keys to the greatest write ever offered for each, by one total order of writes. */
export type StampedMap = {
  readonly get: (key: string) => Stamped | undefined;
  /** Keeps the greater; null when the key was new. */
  readonly offer: (key: string, candidate: Candidate) => Meeting | null;
  readonly copy: () => StampedKey[];
};

type Cell = { top: Stamped; recent: readonly Stamped[] };

/** Writes of one key remembered to find what a late one was built on; it was made a short while ago. */
const recentAtMost = 16;

/** An empty map ordered by `compare`, which must be total: it returns 0 only for one and the same write. */
export function createStampedMap(compare: (a: Write, b: Write) => number): StampedMap {
  const cells = new Map<string, Cell>();

  /** What the rule showed at a write's origin: the greatest of what had been seen there. */
  function baseOf(cell: Cell, { shadow }: Write): Stamped | null {
    if (hasSeen(shadow, cell.top.write)) return cell.top;
    const seen = cell.recent.filter(({ write }) => hasSeen(shadow, write));
    return seen.reduce<Stamped | null>((a, b) => (a !== null && compare(a.write, b.write) > 0 ? a : b), null);
  }

  return {
    get: (key) => cells.get(key)?.top,
    offer(key, { value, write, builds }) {
      const cell = cells.get(key);
      const base = cell !== undefined && builds ? baseOf(cell, write) : null;
      const chain = extendChain(write, base === null || base.value === null ? null : base.chain);
      const offered = { value, write, chain };
      if (cell === undefined) {
        cells.set(key, { top: offered, recent: [offered] });
        return null;
      }
      const held = cell.top;
      cell.recent = [...cell.recent.slice(1 - recentAtMost), offered];
      if (compare(write, held.write) <= 0) return { winner: held, loser: offered };
      cell.top = offered;
      return { winner: offered, loser: held };
    },
    copy: () => [...cells].map(([key, { top }]) => ({ key, value: top.value, write: top.write })),
  };
}
