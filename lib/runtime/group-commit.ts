import type { JournalRecord } from "../engine/types";
import type { Journal, JournalChange, JournalFailure } from "./journal";

/** Turns an engine's numbered `persist`s into as few disk writes as possible. */
export type GroupCommit = {
  readonly append: (seq: number, records: readonly JournalRecord[], replace: boolean) => void;
  /** Writes nothing more and reports nothing more; a write under way may still reach the disk. */
  readonly stop: () => void;
};

/** Changes waiting for a disk before it is called broken. */
const waitingMax = 10_000;

/**
 * Commits in groups: while one write is under way the next ones gather, and then go together. So
 * the disk is never asked twice at once, and one commit acknowledges everything before it.
 * `onDurable(seq)`: every change up to `seq` is on the disk.
 */
export function createGroupCommit(
  journal: Journal,
  onDurable: (seq: number) => void,
  onFailure: (failure: JournalFailure) => void,
): GroupCommit {
  let waiting: JournalChange[] = [];
  let lastSeq = 0;
  let writing = false;
  let stopped = false;

  async function writeAll(): Promise<void> {
    writing = true;
    // The rest of what one input persists joins the first write.
    await null;
    while (waiting.length > 0 && !stopped) {
      const group = waiting;
      const upTo = lastSeq;
      waiting = [];
      const written = await journal.write(group);
      if (stopped) return;
      if (written.ok) onDurable(upTo);
      else fail(written.error);
    }
    writing = false;
  }

  function fail(failure: JournalFailure): void {
    stop();
    onFailure(failure);
  }

  function stop(): void {
    stopped = true;
    waiting = [];
  }

  return {
    append: (seq, records, replace) => {
      if (stopped) return;
      // What a full replacement makes worthless need not be written.
      if (replace) waiting = [];
      waiting.push({ records, replace });
      lastSeq = seq;
      if (waiting.length > waitingMax) fail({ code: "BROKEN", message: "The disk cannot keep up." });
      else if (!writing) void writeAll();
    },
    stop,
  };
}
