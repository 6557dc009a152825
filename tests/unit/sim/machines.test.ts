import { expect, test } from "vitest";
import type { JournalRecord } from "../../../lib/engine/types";
import { must } from "../../../lib/kernel/assert";
import { type City, cities } from "../../../lib/scenario/cities";
import { createDisk } from "../../../lib/sim/disk";
import { geographicMs } from "../../../lib/sim/geography";
import { createSchedule } from "../../../lib/sim/schedule";
import { createSiteClock } from "../../../lib/sim/site-clock";

const meta = (epochSeen: number): JournalRecord => ({
  type: "meta",
  meta: { epochSeen, generation: 0, history: [], view: null },
});

test("events happen in the order of their times, then of their asking; a cancelled one does not", () => {
  const schedule = createSchedule();
  const seen: string[] = [];
  const see = (name: string) => () => void seen.push(`${name}@${schedule.nowMs()}`);
  schedule.after(2, see("c"));
  schedule.after(1, see("a"));
  schedule.after(1, () => {
    see("b")();
    schedule.after(0, see("b'"));
  });
  schedule.after(1.5, see("never"))();
  schedule.runUntil(1.75);
  expect(schedule.nowMs()).toBe(1.75);
  schedule.runUntil(5);
  expect(seen).toEqual(["a@1", "b@1", "b'@1", "c@2"]);
});

test("a crash loses the commits under way and nothing else; a wiped disk is empty", () => {
  const schedule = createSchedule();
  const disk = createDisk(schedule, () => 1);
  const done: number[] = [];
  disk.write([meta(1)], false, () => void done.push(1));
  schedule.runUntil(1);
  disk.write([meta(2)], false, () => void done.push(2));
  disk.abandon();
  schedule.runUntil(10);
  expect([done, disk.read()]).toEqual([[1], [meta(1)]]);
  disk.write([meta(3), meta(4)], true, () => undefined);
  schedule.runUntil(20);
  expect(disk.read()).toEqual([meta(3), meta(4)]);
  disk.wipe();
  expect(disk.read()).toEqual([]);
});

test("skew moves the wall clock alone, drift the rate of both, and neither moves the past", () => {
  const clock = createSiteClock(1000);
  clock.set(100, 2000, 0);
  expect(clock.read(100)).toEqual({ mono: 100, wall: 3100 });
  clock.set(100, 2000, 100_000);
  expect(clock.read(100)).toEqual({ mono: 100, wall: 3100 });
  expect(clock.read(200).mono).toBeCloseTo(210);
  expect(clock.trueDelayMs(110)).toBeCloseTo(100);
  clock.set(200, 0, 0);
  expect(clock.read(300).mono).toBeCloseTo(310);
  expect(clock.read(300).wall).toBeCloseTo(1310);
});

test("geographic delays are those of light in cables between the cities, the same both ways", () => {
  const city = (id: string): City =>
    must(
      cities.find((each) => each.id === id),
      id,
    );
  expect(geographicMs(city("mumbai"), city("pune"))).toBe(1);
  const far = geographicMs(city("london"), city("sydney"));
  expect(far).toBeGreaterThan(80);
  expect(far).toBeLessThan(160);
  expect(geographicMs(city("sydney"), city("london"))).toBe(far);
});

test("a disk that has become faster commits in order all the same", () => {
  const schedule = createSchedule();
  let commitMs = 100;
  const disk = createDisk(schedule, () => commitMs);
  const done: string[] = [];
  disk.write([meta(1)], false, () => void done.push(`slow@${schedule.nowMs()}`));
  commitMs = 1;
  schedule.runUntil(10);
  disk.write([meta(2)], false, () => void done.push(`fast@${schedule.nowMs()}`));
  schedule.runUntil(200);
  expect(done).toEqual(["slow@100", "fast@100"]);
  expect(disk.read()).toEqual([meta(1), meta(2)]);
});
