import type { Hlc } from "../protocol/vector";

/**
 * Hybrid logical clock (Kulkarni et al., 2014) with the update rules of CockroachDB's `hlc.go`: `send` is
 * its `Now`, `receive` its `Update`, which adopts a later remote reading without counting up (the next
 * `send` passes it). A reading is never behind anything this site has sent or seen, whatever its wall
 * clock says; it is ahead of the wall clock by at most the worst skew it has met.
 */
export const zeroHlc: Hlc = { l: 0, c: 0 };

/** Above this the counter is carried into `l`, so that a hostile reading cannot push it out of the integers. */
const counterMax = 2 ** 31;

/** The reading for an event of this site: strictly later than `clock`. `wall` is in ms. */
export function sendHlc(clock: Hlc, wall: number): Hlc {
  if (wall > clock.l) return { l: wall, c: 0 };
  if (clock.c >= counterMax) return { l: clock.l + 1, c: 0 };
  return { l: clock.l, c: clock.c + 1 };
}

/** The reading after `remote` has been seen: not behind `clock`, `remote` or `wall`. */
export function receiveHlc(clock: Hlc, remote: Hlc, wall: number): Hlc {
  const later = compareHlc(remote, clock) > 0 ? remote : clock;
  return wall > later.l ? { l: wall, c: 0 } : later;
}

/** Negative when `a` is the earlier reading, 0 when they are the same. */
export function compareHlc(a: Hlc, b: Hlc): number {
  return a.l - b.l || a.c - b.c;
}
