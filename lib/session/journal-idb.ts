import { type DBSchema, deleteDB, type IDBPDatabase, openDB, unwrap } from "idb";
import * as z from "zod/mini";
import type { JournalRecord } from "../engine/types";
import { err, ok, type Result } from "../kernel/result";
import type { Journal, JournalChange, JournalContents, JournalFailure } from "../runtime/journal";
import { journalRecordSchema } from "./journal-schema";

type JournalDb = DBSchema & {
  /** One row per committed group, numbered without gaps, and an empty one where an incarnation took over. */
  groups: { key: number; value: readonly JournalRecord[] };
  /** `incarnation`: the highest that ever opened this disk. */
  owner: { key: string; value: number };
};

const rowsSchema = z.array(z.array(journalRecordSchema));

/**
 * `relaxed`: a commit has reached the operating system when it counts, so it outlives the tab, its
 * renderer and the browser, which is every crash that a class can cause. `strict` would outlive a power
 * cut too, at the price of a disk flush per commit (decisions/journal-durability.md).
 */
const durability = "relaxed";

/** A seat's disk: an IndexedDB database of its own, so that erasing it leaves nothing. */
export function journalName(seatId: string): string {
  return `faultline-journal-${seatId}`;
}

/** Deletes a seat's disk; resolves also where there is none. */
export async function eraseJournal(seatId: string): Promise<void> {
  await deleteDB(journalName(seatId));
}

/**
 * Opens a seat's disk for one incarnation and makes it the only one that may write: a tab that was
 * frozen while another took its seat finds `TAKEN` and changes nothing. Every commit adds the row of
 * the next number, and whoever takes over adds one first; so the earlier tab's next row is there
 * already, and its commit fails as a whole, without a question asked before each. Rejects where
 * IndexedDB is not to be had.
 */
export async function openIdbJournal(seatId: string, incarnation: number): Promise<Journal> {
  const db: IDBPDatabase<JournalDb> = await openDB<JournalDb>(journalName(seatId), 1, {
    upgrade: (fresh) => {
      fresh.createObjectStore("groups");
      fresh.createObjectStore("owner");
    },
    // Another tab deletes this disk (its lab has ended): let it.
    blocking: () => db.close(),
  });
  const begins = await takeOver(db, incarnation);
  let next = begins + 1;

  async function write(changes: readonly JournalChange[]): Promise<Result<null, JournalFailure>> {
    const replaced = changes.findLastIndex((change) => change.replace);
    const records = changes.slice(Math.max(0, replaced)).flatMap((change) => change.records);
    try {
      // The row at `begins` stays: it is what a tab that was frozen before stumbles over.
      const old = [IDBKeyRange.upperBound(begins, true), IDBKeyRange.bound(begins, next, true, true)];
      await commit(unwrap(db), next, records, replaced >= 0 ? old : []);
      next += 1;
      return ok(null);
    } catch (thrown) {
      return err(failureOf(thrown));
    }
  }

  return {
    load: () => load(db),
    write,
    wipe: async () => {
      await db.delete("groups", IDBKeyRange.lowerBound(begins, true));
      await db.delete("groups", IDBKeyRange.upperBound(begins, true));
    },
    close: () => db.close(),
  };
}

/**
 * Adds one row and deletes the rows of `old`, all or nothing. This is the way of every write, so it uses the
 * database as the browser gives it: a promise for each step would cost as much as the step.
 */
function commit(
  db: IDBDatabase,
  key: number,
  records: readonly JournalRecord[],
  old: readonly IDBKeyRange[],
): Promise<void> {
  return new Promise((resolve, reject) => {
    const tx = db.transaction("groups", "readwrite", { durability });
    tx.oncomplete = () => resolve();
    // It tells what became of each request in it, too.
    tx.onabort = () => reject(tx.error);
    const groups = tx.objectStore("groups");
    groups.add(records, key);
    for (const range of old) groups.delete(range);
    // Otherwise the database would first hear that the page has seen the answer to every request.
    tx.commit();
  });
}

/** Adds this incarnation's first row and returns its number: one that is taken where a later one was here. */
async function takeOver(db: IDBPDatabase<JournalDb>, incarnation: number): Promise<number> {
  const tx = db.transaction(["groups", "owner"], "readwrite");
  const groups = tx.objectStore("groups");
  const last = (await groups.openKeyCursor(null, "prev"))?.key ?? 0;
  const owner = (await tx.objectStore("owner").get("incarnation")) ?? 0;
  if (owner < incarnation) {
    await tx.objectStore("owner").put(incarnation, "incarnation");
    await groups.put([], last + 1);
  }
  await tx.done;
  return owner < incarnation ? last + 1 : last - 1;
}

async function load(db: IDBPDatabase<JournalDb>): Promise<JournalContents> {
  const rows = rowsSchema.safeParse(await db.getAll("groups"));
  if (rows.success) return { records: rows.data.flat(), lost: null };
  await db.clear("groups");
  return { records: [], lost: "This site's journal was damaged, so it starts with an empty disk." };
}

function failureOf(thrown: unknown): JournalFailure {
  const name = thrown instanceof DOMException || thrown instanceof Error ? thrown.name : "";
  if (name === "ConstraintError") return { code: "TAKEN", message: "Another tab runs this site now." };
  if (name === "QuotaExceededError")
    return { code: "FULL", message: "The browser's storage for this page is full." };
  return { code: "BROKEN", message: `The browser's storage failed (${name || String(thrown)}).` };
}
