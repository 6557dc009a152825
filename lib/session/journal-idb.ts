import { type DBSchema, deleteDB, type IDBPDatabase, openDB } from "idb";
import { z } from "zod";
import type { JournalRecord } from "../engine/types";
import { err, ok, type Result } from "../kernel/result";
import type { Journal, JournalChange, JournalContents, JournalFailure } from "../runtime/journal";
import { journalRecordSchema } from "./journal-schema";

type JournalDb = DBSchema & {
  /** One row per committed group, oldest first, and an empty one where an incarnation took over. */
  groups: {
    key: number;
    value: { readonly incarnation: number; readonly records: readonly JournalRecord[] };
  };
  /** `incarnation`: which incarnation of the site may write. */
  owner: { key: string; value: number };
};

const rowsSchema = z.array(z.object({ incarnation: z.int(), records: z.array(journalRecordSchema) }));

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
 * frozen while another took its seat finds `TAKEN` and changes nothing. Rejects where IndexedDB is
 * not to be had.
 */
export async function openIdbJournal(seatId: string, incarnation: number): Promise<Journal> {
  const db: IDBPDatabase<JournalDb> = await openDB<JournalDb>(journalName(seatId), 1, {
    upgrade: (fresh) => {
      fresh.createObjectStore("groups", { autoIncrement: true });
      fresh.createObjectStore("owner");
    },
    // Another tab deletes this disk (its lab has ended): let it.
    blocking: () => db.close(),
  });
  await takeOver(db, incarnation);
  return {
    load: () => load(db),
    write: (changes) => write(db, incarnation, changes),
    wipe: () => db.clear("groups"),
    close: () => db.close(),
  };
}

async function takeOver(db: IDBPDatabase<JournalDb>, incarnation: number): Promise<void> {
  const tx = db.transaction(["groups", "owner"], "readwrite");
  const owner = tx.objectStore("owner");
  if (((await owner.get("incarnation")) ?? 0) < incarnation) {
    await owner.put(incarnation, "incarnation");
    await tx.objectStore("groups").add({ incarnation, records: [] });
  }
  await tx.done;
}

async function load(db: IDBPDatabase<JournalDb>): Promise<JournalContents> {
  const rows = rowsSchema.safeParse(await db.getAll("groups"));
  if (rows.success) return { records: recordsOf(rows.data), lost: null };
  await db.clear("groups");
  return { records: [], lost: "This site's journal was damaged, so it starts with an empty disk." };
}

/** What an incarnation wrote after a later one had taken over counts for nothing. */
function recordsOf(rows: z.infer<typeof rowsSchema>): readonly JournalRecord[] {
  let owner = 0;
  return rows.flatMap(({ incarnation, records }) => {
    if (incarnation < owner) return [];
    owner = incarnation;
    return records;
  });
}

async function write(
  db: IDBPDatabase<JournalDb>,
  incarnation: number,
  changes: readonly JournalChange[],
): Promise<Result<null, JournalFailure>> {
  try {
    const tx = db.transaction(["groups", "owner"], "readwrite", { durability });
    const replaced = changes.findLastIndex((change) => change.replace);
    const records = changes.slice(Math.max(0, replaced)).flatMap((change) => change.records);
    const groups = tx.objectStore("groups");
    const owner = tx.objectStore("owner").get("incarnation");
    // Whatever becomes of a request, the transaction's own end says it.
    if (replaced >= 0) groups.clear().catch(toldByTransaction);
    if (records.length > 0 || replaced >= 0) groups.add({ incarnation, records }).catch(toldByTransaction);
    const ended = tx.done.then(() => null, failureOf);
    // What is only added may be too late: then its incarnation betrays it. So it is committed in one
    // trip to the database. What takes away must know first that it may.
    if (replaced < 0) tx.commit();
    const taken = (await owner) !== incarnation;
    if (taken && replaced >= 0) tx.abort();
    const failure = await ended;
    if (taken) return err({ code: "TAKEN", message: "Another tab runs this site now." });
    return failure === null ? ok(null) : err(failure);
  } catch (thrown) {
    return err(failureOf(thrown));
  }
}

function toldByTransaction(): void {}

function failureOf(thrown: unknown): JournalFailure {
  const name = thrown instanceof DOMException || thrown instanceof Error ? thrown.name : "";
  if (name === "QuotaExceededError")
    return { code: "FULL", message: "The browser's storage for this page is full." };
  return { code: "BROKEN", message: `The browser's storage failed (${name || String(thrown)}).` };
}
