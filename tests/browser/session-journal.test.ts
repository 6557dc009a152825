import { openDB } from "idb";
import { expect, test } from "vitest";
import { journalName, openIdbJournal } from "../../lib/session/journal-idb";
import { describeDisk, describeJournal, entryRecord } from "../contract/journal-contract";

const run = Math.floor(Math.random() * 1e9).toString(36);

describeJournal("IndexedDB (Chromium)", (disk) => openIdbJournal(`${run}${disk}`, 1));
describeDisk(
  "IndexedDB (Chromium)",
  (disk, incarnation) => openIdbJournal(`${run}${disk}`, incarnation),
  async (disk) => {
    const db = await openDB(journalName(`${run}${disk}`), 1);
    await db.add("groups", [{ type: "entry", entry: { lsn: "not a number" } }], 1_000);
    db.close();
  },
);

test("a commit of one write takes a few milliseconds at most", async () => {
  const journal = await openIdbJournal(`${run}speed`, 1);
  const took: number[] = [];
  for (let lsn = 1; lsn <= 200; lsn += 1) {
    const startedAt = performance.now();
    await journal.write([{ records: [entryRecord(lsn)], replace: false }]);
    took.push(performance.now() - startedAt);
  }
  took.sort((a, b) => a - b);
  console.info(`journal commit ms: p50 ${took[100]?.toFixed(2)} p95 ${took[190]?.toFixed(2)}`);
  expect(took[100]).toBeLessThan(10);
});
