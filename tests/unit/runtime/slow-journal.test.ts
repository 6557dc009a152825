import { expect, test } from "vitest";
import type { JournalRecord } from "../../../lib/engine/types";
import { createMemoryJournal } from "../../../lib/runtime/journal";
import { createSlowJournal } from "../../../lib/runtime/slow-journal";
import { createFakeTiming } from "./fake-timing";
import { settled } from "./fakes";

const life = (incarnation: number): JournalRecord => ({ type: "life", incarnation });

test("a slow disk has nothing of a commit until its delay is over, and nothing at all of one that crashed", async () => {
  const timing = createFakeTiming();
  const disk = createMemoryJournal();
  const slow = createSlowJournal(disk, timing, () => 500);
  const first = slow.write([{ records: [life(1)], replace: false }]);
  timing.advance(499);
  await settled();
  expect((await disk.load()).records).toEqual([]);
  timing.advance(1);
  expect(await first).toMatchObject({ ok: true });
  expect((await disk.load()).records).toEqual([life(1)]);

  const tail = slow.write([{ records: [life(2)], replace: false }]);
  slow.close();
  timing.advance(500);
  expect(await tail).toMatchObject({ ok: false });
  expect((await slow.load()).records).toEqual([life(1)]);
});
