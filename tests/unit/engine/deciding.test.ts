import fc from "fast-check";
import { expect, test } from "vitest";
import { priorityOf } from "@/lib/engine/deciding/peer";
import { mergeRow, type Row, suspicionMs } from "@/lib/engine/deciding/swim/table";
import { votesNeeded } from "@/lib/engine/deciding/votes/election";
import { outranks } from "@/lib/engine/leadership";
import { plainCluster, site } from "./world";

const members = ["mumbai", "pune", "frankfurt"].map(site);
const leader = (epoch: number, primary: string | null) => ({
  epoch,
  primary: primary === null ? null : site(primary),
  reason: "",
});

test("[E141] the higher epoch wins everywhere; of two primaries of one epoch it is the first in the list", () => {
  expect(outranks(leader(3, "frankfurt"), leader(2, "mumbai"), members)).toBe(true);
  expect(outranks(leader(2, "mumbai"), leader(3, "frankfurt"), members)).toBe(false);
  expect(outranks(leader(2, "mumbai"), leader(2, "frankfurt"), members)).toBe(true);
  expect(outranks(leader(2, "frankfurt"), leader(2, "mumbai"), members)).toBe(false);
  expect(outranks(leader(2, "mumbai"), leader(2, "mumbai"), members)).toBe(false);
  expect(outranks(leader(2, "mumbai"), leader(2, null), members)).toBe(true);
});

test("[E138] a leader needs more than half of all monitors, and at least the quorum", () => {
  const needed = (count: number, quorum: number, majority: boolean) =>
    votesNeeded({ ...plainCluster, monitors: { count, quorum, majority } }, count);
  expect(needed(5, 1, true)).toBe(3);
  expect(needed(5, 4, true)).toBe(4);
  expect(needed(2, 1, true)).toBe(2);
  expect(needed(5, 1, false)).toBe(1);
});

test("[E147] priorities fall in the order of the sites, and none is the 0 that is no primary's", () => {
  const twelve = Array.from({ length: 12 }, (_, i) => site(`site-${"abcdefghijkl"[i]}`));
  const priorities = twelve.map((name) => priorityOf(twelve, name));
  expect(priorities.slice(0, 3)).toEqual([150, 100, 90]);
  expect(priorities.toSorted((a, b) => b - a)).toEqual(priorities);
  expect(Math.min(...priorities)).toBeGreaterThan(0);
  expect(new Set(priorities).size).toBe(12);
});

test("[E153] a suspicion ends sooner the more members share it, as in memberlist", () => {
  const pace = { heartbeatMs: 1000, timeoutMs: 4000 };
  expect(suspicionMs(pace, 3, 1)).toBe(4000);
  const tenths = [1, 2, 3, 4].map((accusers) => Math.round(suspicionMs(pace, 10, accusers) / 100));
  // 12 s − 8 s × ln 2 / ln 3 with one confirmation of the two that are expected.
  expect(tenths).toEqual([120, 70, 40, 40]);
});

test("[E154] hearsay converges: whoever has heard the same rows, in whatever order, believes the same", () => {
  const row = fc.record({
    site: fc.constant(site("pune")),
    incarnation: fc.nat(2),
    state: fc.constantFrom("alive" as const, "suspect" as const, "dead" as const),
    by: fc.subarray(members),
  });
  const start: Row = { incarnation: 0, state: "alive", by: [], sinceMono: 0 };
  fc.assert(
    fc.property(fc.array(row, { maxLength: 6 }), (rows) => {
      const there = rows.reduce((mine, heard) => mergeRow(mine, heard, 1), start);
      const back = rows.toReversed().reduce((mine, heard) => mergeRow(mine, heard, 1), start);
      expect([back.incarnation, back.state]).toEqual([there.incarnation, there.state]);
    }),
  );
});
