import type { JournalRecord } from "../engine/types";
import { err, ok, type Result } from "../kernel/result";

/** One `persist` of an engine: records to append, or (`replace`) what the journal shall be from now on. */
export type JournalChange = { readonly records: readonly JournalRecord[]; readonly replace: boolean };

/** Why a disk did not take what it was given. `TAKEN`: another tab has this site's disk now. */
export type JournalFailure = { readonly code: "FULL" | "TAKEN" | "BROKEN"; readonly message: string };

/** What a disk gave back. `lost` says in words why records that were there are gone; null when none are. */
export type JournalContents = { readonly records: readonly JournalRecord[]; readonly lost: string | null };

/**
 * A site's disk. One call is made at a time; `tests/contract/journal` holds for every implementation:
 * records come back in the order they were written, a `write` is kept whole or not at all, and it
 * is on the disk when its promise resolves to success.
 */
export type Journal = {
  readonly load: () => Promise<JournalContents>;
  readonly write: (changes: readonly JournalChange[]) => Promise<Result<null, JournalFailure>>;
  /** Forgets everything: the lost disk. */
  readonly wipe: () => Promise<void>;
  readonly close: () => void;
};

/** A disk that lives as long as its owner: for bots, `/solo`, and tabs whose browser offers no storage. */
export function createMemoryJournal(): Journal {
  let records: JournalRecord[] = [];
  let closed = false;
  return {
    load: async () => ({ records: [...records], lost: null }),
    write: async (changes) => {
      if (closed) return err({ code: "BROKEN", message: "The journal is closed." });
      for (const { records: added, replace } of changes) {
        if (replace) records = [];
        records.push(...added);
      }
      return ok(null);
    },
    wipe: async () => {
      records = [];
    },
    close: () => {
      closed = true;
    },
  };
}
