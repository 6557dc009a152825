import type { Timing } from "../net/timing";

/** Calls `work` every `everyMs` until the returned function is called. */
export function every(timing: Timing, everyMs: number, work: () => void): () => void {
  let cancel = timing.after(everyMs, tick);
  function tick(): void {
    cancel = timing.after(everyMs, tick);
    work();
  }
  return () => cancel();
}
