import { expect, test } from "vitest";
import type { JournalRecord, SiteMeta } from "../../lib/engine/types";
import type { OpId, SessionId, SiteId } from "../../lib/protocol/ids";
import type { Journal } from "../../lib/runtime/journal";

const by = "mumbai" as SiteId;
const meta: SiteMeta = { epochSeen: 2, generation: 0, history: [{ epoch: 2, by, beginLsn: 1 }], view: null };
export const metaRecord: JournalRecord = { type: "meta", meta };

/** A write in a one-writer log. */
export function entryRecord(lsn: number): JournalRecord {
  const opId = `alice:${lsn}` as OpId;
  const op = { f: "put", key: "x", value: { deep: [lsn, null, "é"] } } as const;
  const session = "alice" as SessionId;
  return {
    type: "entry",
    entry: { epoch: 2, by, lsn, opId, session, op, wallMs: 17.5, shadow: { mumbai: lsn } },
  };
}

/**
 * What every journal promises. `open` gives the journal of one disk: opened again, after the first was
 * closed, it is the same disk.
 */
export function describeJournal(name: string, open: (disk: string) => Promise<Journal>): void {
  test(`${name}: a new disk is empty and nothing is lost`, async () => {
    const journal = await open("new");
    expect(await journal.load()).toEqual({ records: [], lost: null });
    journal.close();
  });

  test(`${name}: records come back as they were, in the order they were written`, async () => {
    const journal = await open("order");
    await journal.write([{ records: [metaRecord, entryRecord(1)], replace: false }]);
    await journal.write([
      { records: [entryRecord(2)], replace: false },
      { records: [], replace: false },
      { records: [entryRecord(3)], replace: false },
    ]);
    expect(await journal.load()).toEqual({
      records: [metaRecord, entryRecord(1), entryRecord(2), entryRecord(3)],
      lost: null,
    });
    journal.close();
  });

  test(`${name}: a replacement forgets what came before it, also within one write`, async () => {
    const journal = await open("replace");
    await journal.write([{ records: [entryRecord(1)], replace: false }]);
    await journal.write([
      { records: [entryRecord(2)], replace: false },
      { records: [metaRecord], replace: true },
      { records: [entryRecord(3)], replace: false },
    ]);
    expect((await journal.load()).records).toEqual([metaRecord, entryRecord(3)]);
    await journal.write([{ records: [], replace: true }]);
    expect((await journal.load()).records).toEqual([]);
    journal.close();
  });

  test(`${name}: a wiped disk is empty and can be written again`, async () => {
    const journal = await open("wipe");
    await journal.write([{ records: [entryRecord(1)], replace: false }]);
    await journal.wipe();
    expect((await journal.load()).records).toEqual([]);
    expect(await journal.write([{ records: [entryRecord(7)], replace: false }])).toMatchObject({ ok: true });
    expect((await journal.load()).records).toEqual([entryRecord(7)]);
    journal.close();
  });

  test(`${name}: a thousand writes in a row keep their order`, async () => {
    const journal = await open("many");
    for (let lsn = 1; lsn <= 1000; lsn += 1) {
      await journal.write([{ records: [entryRecord(lsn)], replace: false }]);
    }
    const { records } = await journal.load();
    expect(records.map((record) => (record.type === "entry" ? record.entry.lsn : 0))).toEqual(
      Array.from({ length: 1000 }, (_, index) => index + 1),
    );
    journal.close();
  });

  test(`${name}: a closed journal takes nothing more and says so`, async () => {
    const journal = await open("closed");
    journal.close();
    expect(await journal.write([{ records: [metaRecord], replace: false }])).toMatchObject({
      ok: false,
      error: { code: "BROKEN" },
    });
  });
}

/** What a journal on a real disk promises besides: it outlives its tab, and has one writer. */
export function describeDisk(
  name: string,
  open: (disk: string, incarnation: number) => Promise<Journal>,
  corrupt: (disk: string) => Promise<void>,
): void {
  test(`${name}: what was written is there for the next incarnation`, async () => {
    const first = await open("next", 1);
    await first.write([{ records: [metaRecord, entryRecord(1)], replace: false }]);
    first.close();
    const second = await open("next", 2);
    expect((await second.load()).records).toEqual([metaRecord, entryRecord(1)]);
    second.close();
  });

  test(`${name}: a tab that wakes up after another took its seat changes nothing`, async () => {
    const frozen = await open("taken", 1);
    await frozen.write([{ records: [entryRecord(1)], replace: false }]);
    const present = await open("taken", 2);
    for (const replace of [false, true]) {
      expect(await frozen.write([{ records: [entryRecord(2)], replace }])).toMatchObject({
        ok: false,
        error: { code: "TAKEN" },
      });
    }
    expect(await present.write([{ records: [entryRecord(3)], replace: false }])).toMatchObject({ ok: true });
    expect((await present.load()).records).toEqual([entryRecord(1), entryRecord(3)]);
    frozen.close();
    present.close();
  });

  test(`${name}: a damaged journal says so and starts as a lost disk`, async () => {
    const first = await open("damaged", 1);
    await first.write([{ records: [metaRecord], replace: false }]);
    first.close();
    await corrupt("damaged");
    const second = await open("damaged", 2);
    const { records, lost } = await second.load();
    expect(records).toEqual([]);
    expect(lost).toMatch(/damaged/);
    expect((await second.load()).lost).toBeNull();
    second.close();
  });
}
