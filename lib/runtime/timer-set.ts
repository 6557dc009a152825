import type { TimerId } from "../engine/types";
import type { Timing } from "../net/timing";

/** An engine's own timers by id; setting one replaces the one of the same id. */
export type TimerSet = {
  readonly set: (id: TimerId, afterMs: number) => void;
  readonly cancel: (id: TimerId) => void;
  readonly clear: () => void;
};

/** Keeps at most one wake-up per id; a cancelled or replaced one never fires. */
export function createTimerSet(timing: Timing, onTimer: (id: TimerId) => void): TimerSet {
  const cancels = new Map<TimerId, () => void>();

  function cancel(id: TimerId): void {
    cancels.get(id)?.();
    cancels.delete(id);
  }

  return {
    set: (id, afterMs) => {
      cancel(id);
      const stop = timing.after(afterMs, () => {
        if (cancels.get(id) !== stop) return;
        cancels.delete(id);
        onTimer(id);
      });
      cancels.set(id, stop);
    },
    cancel,
    clear: () => {
      for (const id of [...cancels.keys()]) cancel(id);
    },
  };
}
