import fc from "fast-check";
import { expect, test } from "vitest";
import { compareLww } from "../../../lib/merge/lww";
import { type LwwOrder, lwwOrderNames } from "../../../lib/protocol/cluster";
import type { WriteOperation } from "../../../lib/protocol/operation";
import { exchange, type TestSite, testSite } from "./pod";

const put = (value: string): WriteOperation => ({ f: "put", key: "x", value });
const gone: WriteOperation = { f: "delete", key: "x" };
const pair = (order: LwwOrder, unit: "key" | "field" = "key") =>
  [testSite("lima", 0, 1, { order, unit }), testSite("pune", 1, 1, { order, unit })] as const;
/** What both sites show in the end, which must be the same. */
function shown(...sites: readonly TestSite[]): unknown {
  exchange(...sites);
  const values = sites.map(({ store }) => store.values("lww").x ?? null);
  expect(new Set(values.map((value) => JSON.stringify(value))).size).toBe(1);
  return values[0];
}

test("[M60] cassandra: at one instant a deletion comes first, and then the greater value, whoever wrote it", () => {
  const [lima, pune] = pair("cassandra");
  lima.write(put("b"), 5);
  pune.write(put("a"), 5);
  expect(shown(lima, pune)).toBe("b");
  lima.write(gone, 6);
  pune.write(put("c"), 6);
  expect(shown(lima, pune)).toBeNull();
});

test("[M60] redis: at one instant the smaller instance id wins", () => {
  const [lima, pune] = pair("redis");
  lima.write(put("a"), 5);
  pune.write(put("b"), 5);
  expect(shown(lima, pune)).toBe("a");
});

test("[M61] couchbase: the more updates win over the later one, and the receipt says so", () => {
  const [lima, pune] = pair("couchbase");
  lima.write(put("one"), 1);
  lima.write(put("two"), 2);
  pune.write(put("later"), 9000);
  expect(shown(lima, pune)).toBe("two");
  const why = lima.store.receipts().find(({ merge, op }) => merge === "lww" && op === "pune-1:1")?.why;
  expect(why).toContain("has more updates behind it, whichever is later");
  // A clock that runs behind loses nothing of what has been read.
  pune.write(put("read and replaced"), 3);
  expect(shown(lima, pune)).toBe("read and replaced");
});

test("[M61] active-directory: version, then whole seconds, then the originating server", () => {
  const [lima, pune] = pair("active-directory");
  lima.write(put("a"), 1900);
  pune.write(put("b"), 1100);
  expect(shown(lima, pune)).toBe("b");
  lima.write(put("c"), 5000);
  pune.write(put("d"), 4999);
  expect(shown(lima, pune)).toBe("c");
});

test("[M62] cosmos: a deletion beats any concurrent write, and a put that has seen it begins a new life", () => {
  const [lima, pune] = pair("cosmos");
  pune.hear(lima.write(put("old"), 1000));
  lima.write(gone, 2000);
  pune.write(put("much later"), 90_000);
  expect(shown(lima, pune)).toBeNull();
  lima.write(put("reborn"), 3000);
  expect(shown(lima, pune)).toBe("reborn");
});

test("[M63] stamped by field: two fields do not conflict, one field does, and a deletion covers what is older", () => {
  const patch = (field: string, value: number): WriteOperation => ({ f: "patch", key: "x", field, value });
  const [lima, pune] = pair("active-directory", "field");
  lima.write(patch("mail", 1), 1000);
  pune.write(patch("phone", 2), 1000);
  expect(shown(lima, pune)).toEqual({ mail: 1, phone: 2 });
  const [a, b] = pair("time", "field");
  a.write(patch("mail", 1), 1000);
  b.write(patch("mail", 2), 2000);
  b.write(patch("phone", 3), 5000);
  a.write(gone, 3000);
  expect(shown(a, b)).toEqual({ phone: 3 });
  const lost = a.store.receipts().find(({ merge, op }) => merge === "lww" && op === "lima-1:1");
  expect(lost).toMatchObject({ outcome: "overwritten", unseen: true });
  // By the whole key the later write takes the other field along.
  const [c, d] = pair("time");
  c.write(patch("mail", 1), 1000);
  d.write(patch("phone", 2), 2000);
  expect(shown(c, d)).toEqual({ phone: 2 });
});

test("[M60] every vendor's order is total: of any two writes the same one wins, and three make no circle", () => {
  const side = fc.record({
    value: fc.constantFrom(
      null,
      { type: "register", value: 1 } as const,
      { type: "register", value: 2 } as const,
    ),
    write: fc.record({
      opId: fc.constant("c:1" as never),
      stream: fc.constantFrom("lima", "pune"),
      seq: fc.integer({ min: 1, max: 3 }),
      site: fc.constantFrom("lima", "pune"),
      wallMs: fc.constantFrom(0, 900, 1000, 1001),
      hlc: fc.constant({ l: 0, c: 0 }),
      shadow: fc.constant({}),
      edits: fc.integer({ min: 0, max: 2 }),
    }),
  });
  fc.assert(
    fc.property(fc.constantFrom(...lwwOrderNames), side, side, side, (order, a, b, c) => {
      const compare = compareLww(order);
      expect(Math.sign(compare(a, b))).toBe(-Math.sign(compare(b, a)) || 0);
      if (compare(a, b) > 0 && compare(b, c) > 0) expect(compare(a, c)).toBeGreaterThan(0);
    }),
    { numRuns: 2000 },
  );
});
