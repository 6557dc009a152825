import "fake-indexeddb/auto";
import { openDB } from "idb";
import { createMemoryJournal } from "../../lib/runtime/journal";
import { journalName, openIdbJournal } from "../../lib/session/journal-idb";
import { describeDisk, describeJournal } from "./journal-contract";

describeJournal("memory", async () => createMemoryJournal());
describeJournal("IndexedDB (in memory)", (disk) => openIdbJournal(disk, 1));
describeDisk("IndexedDB (in memory)", openIdbJournal, async (disk) => {
  const db = await openDB(journalName(disk), 1);
  await db.add("groups", [{ type: "entry", entry: { lsn: "not a number" } }], 1000);
  db.close();
});
