import type { Timing } from "../lib/net/timing";

/** The server's time. `wall` and `mono` advance together, so that a stepped system clock moves neither. */
export type ServerClock = Timing & { readonly wall: () => number };

/** The real clock of this process. */
export function createServerClock(): ServerClock {
  const startedAtWall = Date.now() - performance.now();
  return {
    now: () => performance.now(),
    wall: () => startedAtWall + performance.now(),
    after(ms, run) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
}
