import type { Cluster } from "./cluster";

type Rule = Cluster["sync"]["rule"];

/**
 * How many sites of a sync set must confirm a write before it is acknowledged: with `first` all of
 * them (PostgreSQL's `FIRST n`: the set is those n), with `any` whichever `count` (`ANY n`), or all
 * where the set is smaller.
 */
export function confirmationsNeeded(
  { rule, count }: Pick<Cluster["sync"], "rule" | "count">,
  voters: number,
): number {
  return rule === "first" ? voters : Math.min(count, voters);
}

/**
 * How many of the recorded voters must have told how far their logs reach, none of them obeying the
 * former primary any more, before the furthest of them may succeed it. A write was acknowledged by `k`
 * of `n` voters, so any `n - k + 1` of them hold one that has it, and the furthest has it too (Patroni's
 * quorum mode; the argument stands in `lib/engine/SPEC.md`, E90).
 */
export function votersToHear(sync: { readonly rule: Rule; readonly count: number }, voters: number): number {
  return voters - confirmationsNeeded(sync, voters) + 1;
}

/** The entry up to which at least `needed` of these confirm everything; needs no one: infinity. */
export function confirmedByAtLeast(needed: number, confirmed: readonly number[]): number {
  if (needed <= 0) return Number.POSITIVE_INFINITY;
  return [...confirmed].sort((a, b) => b - a)[needed - 1] ?? 0;
}
