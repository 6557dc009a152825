/** Time as everything in this folder sees it: injected, so that tests and the simulator own it. */
export type Timing = {
  /** Monotonic ms; never goes back. */
  readonly now: () => number;
  /** Runs `run` once, `ms` from now or later, never inside this call. Returns what cancels it. */
  readonly after: (ms: number, run: () => void) => () => void;
};
