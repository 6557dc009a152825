import type { Timing } from "@/lib/net/timing";

/** The machine's own time, for suites that run over real sockets and channels. */
export const realTiming: Timing = {
  now: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};
