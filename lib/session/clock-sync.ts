import type { Timing } from "../net/timing";
import { every } from "../runtime/every";
import type { SiteClock } from "./clock";

/** Keeps a site's clock in step with the server's. */
export type ClockSync = {
  /** Takes several samples now: the page has just connected or woken up. */
  readonly burst: () => Promise<void>;
  readonly close: () => void;
};

const samplesInBurst = 5;
const everyMs = 10_000;

/** `ask` is one question to the server; null where it did not answer. */
export function createClockSync(
  clock: SiteClock,
  ask: () => Promise<{ readonly serverMs: number; readonly wallMs: number } | null>,
  timing: Timing,
): ClockSync {
  let closed = false;

  async function sample(): Promise<void> {
    const sent = clock.raw();
    const answer = await ask();
    if (answer !== null && !closed) clock.sample({ sent, received: clock.raw(), ...answer });
  }

  const stop = every(timing, everyMs, () => void sample());
  return {
    burst: async () => {
      for (let n = 0; n < samplesInBurst && !closed; n += 1) await sample();
    },
    close: () => {
      closed = true;
      stop();
    },
  };
}
