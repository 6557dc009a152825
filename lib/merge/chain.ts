import type { Write } from "../protocol/site/merge-copy";

/**
 * The writes whose effect is in one whole value, the latest first: an increment's value holds all the
 * increments it was built on, so when the value is lost they all are.
 */
export type Chain = { readonly write: Write; readonly base: Chain | null; readonly depth: number };

/** Older effects than these are no longer told apart. */
const writesAtMost = 64;

/** A value made by `write` from the one that `base` stands for. */
export function extendChain(write: Write, base: Chain | null): Chain {
  const kept = base !== null && base.depth >= 2 * writesAtMost ? shorten(base) : base;
  return { write, base: kept, depth: (kept?.depth ?? 0) + 1 };
}

/** The newest writes of a chain. */
export function writesOf(chain: Chain): readonly Write[] {
  const writes: Write[] = [];
  for (let at: Chain | null = chain; at !== null && writes.length < writesAtMost; at = at.base)
    writes.push(at.write);
  return writes;
}

/** A chain of a counter grows for ever; every so often its old end is let go. */
function shorten(chain: Chain): Chain | null {
  return writesOf(chain).reduceRight<Chain | null>((base, write) => extendChain(write, base), null);
}
