import type { Now } from "../engine/types";

/** The clocks of one site: what its engine is told the time is. */
export type SiteClock = {
  readonly read: (trueMs: number) => Now;
  /** Changes the skew of the wall clock and the rate of both, from `trueMs` on; neither jumps but by the skew. */
  readonly set: (trueMs: number, skewMs: number, driftPpm: number) => void;
  /** How much true time passes while this site's clock counts `localMs`. */
  readonly trueDelayMs: (localMs: number) => number;
};

/** Creates a clock that is right. `epochMs` is the wall time at the start of the run. */
export function createSiteClock(epochMs: number): SiteClock {
  let fromTrueMs = 0;
  let fromMonoMs = 0;
  let rate = 1;
  let skewMs = 0;
  const mono = (trueMs: number) => fromMonoMs + (trueMs - fromTrueMs) * rate;

  return {
    read: (trueMs) => ({ mono: mono(trueMs), wall: epochMs + mono(trueMs) + skewMs }),
    set(trueMs, skew, driftPpm) {
      fromMonoMs = mono(trueMs);
      fromTrueMs = trueMs;
      rate = 1 + driftPpm / 1_000_000;
      skewMs = skew;
    },
    trueDelayMs: (localMs) => localMs / rate,
  };
}
