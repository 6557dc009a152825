import { ok } from "../kernel/result";
import { createMemoryJournal, type Journal } from "../runtime/journal";
import { eraseJournal, openIdbJournal } from "./journal-idb";

/** Opens a seat's disk, whatever the browser offers. `notice` gets a sentence where that is less than a disk. */
export type JournalOpener = {
  readonly open: (incarnation: number) => Promise<Journal>;
  /** Loses the disk. */
  readonly wipe: () => Promise<void>;
};

const unreadable = "This site's journal cannot be read, so it starts with an empty disk.";
/** Some private modes neither open a database nor refuse to. */
const openMs = 3_000;

/** A seat without IndexedDB keeps its data in memory: a crash inside the tab keeps it, closing the tab does not. */
export function createJournalOpener(seatId: string, notice: (text: string) => void): JournalOpener {
  const memory = createMemoryJournal();
  return {
    open: async (incarnation) => {
      try {
        const journal = await withinTime(openIdbJournal(seatId, incarnation));
        return degrading(journal, () => eraseJournal(seatId), notice);
      } catch {
        notice(
          "This browser offers no storage here (a private window?): this site's data is lost when its tab closes.",
        );
        return { ...memory, close: () => {} };
      }
    },
    wipe: async () => {
      await memory.wipe();
      await eraseJournal(seatId).catch(() => {});
    },
  };
}

function withinTime(opening: Promise<Journal>): Promise<Journal> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error("the database did not open")), openMs);
    opening.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/**
 * A disk that fails is treated as lost: erased, so that a restart never believes its older half, and the
 * site goes on without one. That another tab took it is no failure of the disk and is passed on.
 */
function degrading(journal: Journal, erase: () => Promise<void>, notice: (text: string) => void): Journal {
  let failed = false;
  return {
    load: () => journal.load().catch(() => ({ records: [], lost: unreadable })),
    write: async (changes) => {
      if (failed) return ok(null);
      const written = await journal.write(changes);
      if (written.ok || written.error.code === "TAKEN") return written;
      failed = true;
      notice(`${written.error.message} This site goes on without a disk: closing its tab loses its data.`);
      journal.close();
      await erase().catch(() => {});
      return ok(null);
    },
    wipe: async () => {
      if (!failed) await journal.wipe();
    },
    close: journal.close,
  };
}
