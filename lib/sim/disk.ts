import type { JournalRecord } from "../engine/types";
import type { Schedule } from "./schedule";

/** One site's disk: what has been committed survives a crash, what has not is lost. */
export type Disk = {
  /** Commits in the order of the calls; `done` runs when these records are safe. */
  readonly write: (records: readonly JournalRecord[], replace: boolean, done: () => void) => void;
  /** What a restart finds. */
  readonly read: () => readonly JournalRecord[];
  /** The site crashed: commits under way are lost. */
  readonly abandon: () => void;
  readonly wipe: () => void;
};

/** Creates an empty disk; `commitMs` says how long a commit takes now. Nobody changes a record once it is written. */
export function createDisk(schedule: Schedule, commitMs: () => number): Disk {
  let records: JournalRecord[] = [];
  let commits: (() => void)[] = [];
  let safeAtMs = 0;

  function abandon(): void {
    for (const cancel of commits) cancel();
    commits = [];
    safeAtMs = 0;
  }

  return {
    write(added, replace, done) {
      // A disk that has become faster still commits in order.
      safeAtMs = Math.max(safeAtMs, schedule.nowMs() + commitMs());
      const commit = () => {
        // Commits end in the order in which they began.
        commits.shift();
        if (replace) records = [...added];
        else records.push(...added);
        done();
      };
      commits.push(schedule.after(safeAtMs - schedule.nowMs(), commit));
    },
    read: () => records.slice(),
    abandon,
    wipe() {
      abandon();
      records = [];
    },
  };
}
