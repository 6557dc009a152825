/**
 * The arithmetic of accrual detectors: how surprising a silence is, given the rhythm of the heartbeats
 * before it, as phi = -log10(probability that the next one is merely late). Only additions,
 * multiplications, divisions and one square root are used: IEEE 754 rounds those the same way
 * everywhere, so that a run is the same on every machine. The logarithms of the language need not be.
 */

/** The intervals between the latest heartbeats of one site, in ms; at most `windowSize` of them. */
export type Rhythm = {
  readonly intervals: readonly number[];
  readonly sum: number;
  readonly squares: number;
};

/** Akka keeps 1,000; a hundred are a lesson's worth, and forget a bad minute sooner. */
const windowSize = 100;
/** No rhythm is trusted to be steadier than this, in ms (Akka's default). */
const minStdMs = 100;
const log10e = Math.LOG10E;

/** Conviction at one error in 10^8, suspicion at one in ten. */
export const phiThreshold = 8;
export const phiSuspect = 1;

/** What is assumed before anything is known: the heartbeats that were agreed on, give or take a quarter (Akka). */
export function firstRhythm(heartbeatMs: number): Rhythm {
  return add(add({ intervals: [], sum: 0, squares: 0 }, heartbeatMs * 0.75), heartbeatMs * 1.25);
}

/** Takes one more interval into the window. */
export function add({ intervals, sum, squares }: Rhythm, ms: number): Rhythm {
  const oldest = intervals.length < windowSize ? 0 : (intervals[0] ?? 0);
  return {
    intervals: [...intervals.slice(intervals.length < windowSize ? 0 : 1), ms],
    sum: sum + ms - oldest,
    squares: squares + ms * ms - oldest * oldest,
  };
}

/**
 * Akka's form: intervals are taken as normally distributed, and the normal distribution by its logistic
 * approximation. `pauseMs` of silence are accepted on top of the mean before anything counts.
 */
export function phiNormal(rhythm: Rhythm, silentMs: number, pauseMs: number): number {
  const mean = meanOf(rhythm);
  const variance = rhythm.squares / rhythm.intervals.length - mean * mean;
  const y = (silentMs - mean - pauseMs) / Math.max(minStdMs, Math.sqrt(Math.max(0, variance)));
  return log10OnePlusExp(y * (1.5976 + 0.070566 * y * y));
}

/** Cassandra's form: intervals are taken as exponentially distributed, so only their mean counts. */
export function phiExponential(rhythm: Rhythm, silentMs: number): number {
  return (silentMs / meanOf(rhythm)) * log10e;
}

function meanOf({ sum, intervals }: Rhythm): number {
  return sum / intervals.length;
}

/** log10(1 + e^x): the larger part is x itself, so the series only ever meets what is small. */
function log10OnePlusExp(x: number): number {
  return Math.max(0, x) * log10e + logOnePlus(expOfMinus(Math.abs(x))) * log10e;
}

/** e^-x for x >= 0, by the series of e^x; beyond 40 it is less than the last digit of anything shown. */
function expOfMinus(x: number): number {
  if (x > 40) return 0;
  let term = 1;
  let sum = 1;
  for (let n = 1; n <= 160; n += 1) {
    term *= x / n;
    sum += term;
  }
  return 1 / sum;
}

/** ln(1 + z) for 0 <= z <= 1, by twice the series of the inverse hyperbolic tangent of z / (2 + z). */
function logOnePlus(z: number): number {
  const w = z / (2 + z);
  let power = w;
  let sum = 0;
  for (let n = 1; n <= 39; n += 2) {
    sum += power / n;
    power *= w * w;
  }
  return 2 * sum;
}
