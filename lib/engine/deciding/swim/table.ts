import type { SiteId } from "../../../protocol/ids";
import type { MemberRow } from "../../../protocol/site/deciding";

/** A member as one site sees it. `by` are those who suspect it, `sinceMono` is when the first of them did. */
export type Row = {
  incarnation: number;
  state: MemberRow["state"];
  by: readonly SiteId[];
  sinceMono: number;
};

/** 1000 × ln(i + 1), because engines have no logarithm. */
const ln1000 = [0, 693, 1099, 1386, 1609, 1792, 1946, 2079, 2197, 2303, 2398, 2485, 2565];
/** 1000 × max(1, log10(n)) for pods of ten and more. */
const log10Of = (n: number) => (n <= 10 ? 1000 : n === 11 ? 1041 : 1079);

/**
 * How long a suspected member has for a refutation, in ms (Lifeguard, as in memberlist): long while only one
 * accuses it, shorter with every other that does, since one accuser may itself be the one that is ill.
 */
export function suspicionMs(
  pace: { readonly heartbeatMs: number; readonly timeoutMs: number },
  members: number,
  accusers: number,
): number {
  const leastMs = Math.floor((pace.timeoutMs * log10Of(members)) / 1000);
  const expected = Math.min(12, Math.floor(pace.timeoutMs / pace.heartbeatMs) - 2);
  if (expected < 1 || members - 2 < expected) return leastMs;
  const others = Math.min(expected, accusers - 1);
  const spared = Math.floor((2 * leastMs * (ln1000[others] ?? 0)) / (ln1000[expected] ?? 1));
  return Math.max(leastMs, 3 * leastMs - spared);
}

const severity = { alive: 0, suspect: 1, dead: 2 } as const;

/** What hearsay makes of a row: the higher incarnation wins, in one incarnation the worse news, accusers add up. */
export function mergeRow(mine: Row, heard: MemberRow, now: number): Row {
  const { incarnation, state, by } = heard;
  const isNewer = incarnation > mine.incarnation;
  const isWorse = incarnation === mine.incarnation && severity[state] > severity[mine.state];
  if (isNewer || isWorse) return { incarnation, state, by, sinceMono: now };
  if (incarnation < mine.incarnation || state !== "suspect" || mine.state !== "suspect") return mine;
  return { ...mine, by: [...new Set([...mine.by, ...by])] };
}
