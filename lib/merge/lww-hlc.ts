import { compareHlc } from "../clock/hlc";
import type { Write } from "../protocol/site/merge-copy";
import { comparePlaces } from "./write";

/**
 * Last write wins by the hybrid logical clock, ordered `(l, c, site)` as CockroachDB stamps its values: a
 * write always beats one that it has seen; between concurrent ones the clocks still decide. Positive
 * when `a` wins.
 */
export function compareLwwHlc(a: Write, b: Write): number {
  const byClock = compareHlc(a.hlc, b.hlc);
  if (byClock !== 0) return byClock;
  if (a.site !== b.site) return a.site < b.site ? -1 : 1;
  return comparePlaces(a, b);
}
