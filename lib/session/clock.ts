import type { Now } from "../engine/types";

/** One answer of the server to "what time is it?"; `sent` and `received` are readings of `raw`. */
export type ClockSample = {
  readonly sent: number;
  readonly received: number;
  readonly serverMs: number;
  readonly wallMs: number;
};

/** The clocks of one site: what the engine sees, and what the observer sees. All in ms. */
export type SiteClock = {
  /** Monotonic, counts sleep, free of injected drift: for samples and time-outs of the page itself. */
  readonly raw: () => number;
  /** What the engine's inputs carry, with the injected skew and drift. */
  readonly now: () => Now;
  /** The observer's clock: ms since the pod began on the server, and how wrong that may be. */
  readonly observed: () => { readonly atMs: number; readonly errMs: number };
  readonly sample: (sample: ClockSample) => void;
  /** Another server answers now: forget what the last one said. */
  readonly resync: () => void;
  readonly synced: () => boolean;
  readonly setCondition: (condition: { readonly skewMs: number; readonly driftPpm: number }) => void;
  /** How far the laptop's own clock is from the server's, the error of that, and the injected skew now. */
  readonly info: () => { readonly offsetMs: number; readonly errMs: number; readonly skewMs: number };
};

export type Readings = { readonly performanceNow: () => number; readonly dateNow: () => number };
export const platformReadings: Readings = {
  performanceNow: () => performance.now(),
  dateNow: () => Date.now(),
};

/** The monotonic clock may stand still while a laptop sleeps; a wall clock this far ahead proves it did. */
const sleepMs = 250;
const samplesKept = 12;
/** The error claimed before any sample. */
const unsyncedErrMs = 60_000;

type Offset = { readonly toServer: number; readonly toWall: number; readonly errMs: number };

/**
 * A site's clocks. The wall clock is the server's estimated time plus the injected skew, so that the
 * lesson decides who is ahead, not the laptop. The estimate is that of the sample with the least
 * round trip (Cristian 1989), whose error is at most half of it.
 */
export function createSiteClock(readings: Readings): SiteClock {
  let slept = 0;
  let lastPerformance = readings.performanceNow();
  let lastDate = readings.dateNow();
  let samples: ClockSample[] = [];
  let offset: Offset = { toServer: 0, toWall: lastDate - lastPerformance, errMs: unsyncedErrMs };
  let skewMs = 0;
  let driftPpm = 0;
  /** Drift gained up to `driftSince`, on both clocks. */
  let drifted = 0;
  let driftSince = lastPerformance;

  function raw(): number {
    const performanceNow = readings.performanceNow();
    const dateNow = readings.dateNow();
    const missed = dateNow - lastDate - (performanceNow - lastPerformance);
    if (missed > sleepMs) {
      slept += missed;
      samples = [];
    }
    lastPerformance = performanceNow;
    lastDate = dateNow;
    return performanceNow + slept;
  }

  function driftAt(at: number): number {
    return drifted + ((at - driftSince) * driftPpm) / 1e6;
  }

  function sample(next: ClockSample): void {
    samples = [...samples, next].slice(-samplesKept);
    const best = samples.reduce((a, b) => (roundTrip(b) < roundTrip(a) ? b : a));
    const middle = (best.sent + best.received) / 2;
    offset = {
      toServer: best.serverMs - middle,
      toWall: best.wallMs - middle,
      errMs: roundTrip(best) / 2,
    };
  }

  return {
    raw,
    now: () => {
      const at = raw();
      const drift = driftAt(at);
      return { mono: at + drift, wall: at + offset.toWall + skewMs + drift };
    },
    observed: () => ({ atMs: raw() + offset.toServer, errMs: offset.errMs }),
    sample,
    resync: () => {
      samples = [];
    },
    synced: () => offset.errMs < unsyncedErrMs,
    setCondition: (condition) => {
      const at = raw();
      drifted = driftAt(at);
      driftSince = at;
      skewMs = condition.skewMs;
      driftPpm = condition.driftPpm;
    },
    info: () => {
      const at = raw();
      return {
        offsetMs: at + offset.toWall - readings.dateNow(),
        errMs: offset.errMs,
        skewMs: skewMs + driftAt(at),
      };
    },
  };
}

function roundTrip(sample: ClockSample): number {
  return sample.received - sample.sent;
}
