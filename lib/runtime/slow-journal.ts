import type { Timing } from "../net/timing";
import type { Journal } from "./journal";

/**
 * A disk whose commits take `delayMs()` longer than they need. What has not been committed when the
 * site crashes is lost: the disk underneath is asked only once the delay is over.
 */
export function createSlowJournal(journal: Journal, timing: Timing, delayMs: () => number): Journal {
  return {
    ...journal,
    async write(changes) {
      const ms = delayMs();
      if (ms > 0) await new Promise<void>((resolve) => timing.after(ms, resolve));
      return journal.write(changes);
    },
  };
}
