import fc from "fast-check";
import { expect, test } from "vitest";
import type { SessionId } from "../../../lib/protocol/ids";
import type { WriteOperation } from "../../../lib/protocol/operation";
import { exchange, type TestSite, testSite } from "./pod";

const stock = (by: number): WriteOperation => ({ f: "increment", key: "stock", by });
const sell = (amount: number): WriteOperation => ({ f: "reserve", key: "stock", amount });
const pod = () => [testSite("pune", 0), testSite("lima", 1), testSite("oslo", 2)] as const;
const rights = ({ store }: TestSite) => store.rights("stock");
const transfer = (from: TestSite, to: string, amount: number) =>
  from.store.transfer({ session: "rights" as SessionId, wall: 0, key: "stock", to, amount })?.op ?? null;

test("[M30] the first increment splits its rights evenly; a site uses up its own and no more", () => {
  const [pune, lima, oslo] = pod();
  pune.write(stock(7), 1, "bounded");
  exchange(pune, lima, oslo);
  expect(rights(oslo)).toEqual({ pune: 2, lima: 3, oslo: 2 });
  lima.write(sell(3), 2, "bounded");
  expect(() => lima.write(sell(1), 3, "bounded")).toThrow("RIGHTS_EXHAUSTED: This site holds rights to 0");
  expect(() => lima.write({ f: "delete", key: "stock" }, 3, "bounded")).toThrow("UNSUPPORTED");
  exchange(pune, lima, oslo);
  expect(pune.store.values("bounded")).toEqual({ stock: 4 });
});

test("[M31] rights move by a transfer that shows in no rule; nobody passes on more than it holds", () => {
  const [pune, lima, oslo] = pod();
  pune.write(stock(6), 1, "bounded");
  exchange(pune, lima, oslo);
  const before = lima.store.digest("bounded");
  const moved = transfer(oslo, "lima", 5);
  if (moved === null) throw new Error("oslo had rights");
  for (const site of [pune, lima]) site.hear(moved);
  expect(rights(pune)).toEqual({ pune: 2, lima: 4, oslo: 0 });
  expect(lima.store.digest("bounded")).toBe(before);
  expect(lima.store.receipts()).toEqual([]);
  expect(transfer(oslo, "lima", 1)).toBeNull();
  lima.write(sell(4), 2, "bounded");
});

test("[M32] A10: of one piece in stock, both sides sell it under every rule but the bounded counter", () => {
  for (const rule of ["lww", "crdt", "bounded"] as const) {
    const [pune, lima] = pod();
    lima.hear(pune.write(stock(1), 1, rule));
    const sales = [pune, lima].filter((site) => {
      try {
        site.write(sell(1), 2, rule);
        return true;
      } catch {
        return false;
      }
    });
    exchange(pune, lima);
    expect([rule, sales.length, pune.store.values(rule).stock]).toEqual(
      { lww: ["lww", 2, 0], crdt: ["crdt", 2, -1], bounded: ["bounded", 1, 0] }[rule],
    );
  }
});

test("[M32] it never sells more than there is, whatever is sold, restocked, passed on, copied or forgotten", () => {
  const step = fc.record({
    do: fc.constantFrom("sell", "restock", "transfer", "hear", "copy", "lose-disk"),
    site: fc.nat(2),
    other: fc.nat(2),
    amount: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (script) => {
      const sites: TestSite[] = [...pod()];
      let [made, sold, life] = [0, 0, 1];
      for (const one of script) {
        const [at, other] = [sites[one.site], sites[one.other]] as [TestSite, TestSite];
        try {
          if (one.do === "sell") sold += at.write(sell(one.amount), 1, "bounded") ? one.amount : 0;
          if (one.do === "restock") made += at.write(stock(one.amount), 1, "bounded") ? one.amount : 0;
        } catch (error) {
          if (!String(error).includes("RIGHTS_EXHAUSTED")) throw error;
        }
        if (one.do === "transfer") transfer(at, other.store.stream, one.amount);
        if (one.do === "hear") {
          const missing = other.store.missingFor(at.store.seen());
          if (missing !== "copy") at.hear(...missing.map(({ op }) => op));
        }
        if (one.do === "copy") at.store.install(other.store.copy(), 0);
        if (one.do === "lose-disk") {
          life += 1;
          sites[one.site] = testSite(at.id, one.site, life);
        }
        expect(sold).toBeLessThanOrEqual(made);
      }
    }),
    { numRuns: 300 },
  );
});

test("[M33] elsewhere a reserve takes from whatever count its site shows, a register's whole number too", () => {
  for (const rule of ["lww", "siblings", "crdt"] as const) {
    const [pune] = pod();
    pune.write({ f: "put", key: "stock", value: 3 }, 1, rule);
    pune.write(sell(2), 2, rule);
    expect(pune.store.values(rule)).toEqual({ stock: 1 });
    expect(() => pune.write(sell(2), 3, rule)).toThrow('RIGHTS_EXHAUSTED: Only 1 of "stock" are left');
    pune.write({ f: "put", key: "stock", value: "a lot" }, 4, rule, "held");
    expect(() => pune.write(sell(1), 5, rule)).toThrow("WRONG_TYPE");
  }
});

test("[M30] what no bounded counter holds is merged as by the CRDT, and lost with a receipt as under it", () => {
  const [pune, lima] = pod();
  const older = pune.write({ f: "put", key: "menu", value: "rice" }, 1, "bounded");
  const newer = lima.write({ f: "put", key: "menu", value: "tea" }, 2, "bounded");
  exchange(pune, lima);
  expect(pune.store.values("bounded")).toEqual({ menu: "tea" });
  const lost = { op: older.opId, merge: "bounded", outcome: "overwritten", by: newer.opId, unseen: true };
  expect(pune.store.receipts()).toContainEqual(expect.objectContaining(lost));
});

test("[M30] a bounded counter has a receipt for each write that met another: both count, or what is no count is not shown", () => {
  const [pune, lima, oslo] = pod();
  const opened = pune.write({ f: "put", key: "stock", value: 3 }, 1, "bounded");
  const word = lima.write({ f: "put", key: "stock", value: "many" }, 2, "bounded");
  const more = oslo.write(stock(4), 3, "bounded");
  exchange(pune, lima, oslo);
  for (const { store } of [pune, lima, oslo]) {
    expect(store.values("bounded")).toEqual({ stock: 7 });
    const outcomes = store
      .receipts()
      .flatMap(({ merge, op, outcome }) => (merge === "bounded" ? [[op, outcome]] : []));
    expect(Object.fromEntries(outcomes)).toEqual({
      ...{ [opened.opId]: "merged", [more.opId]: "merged", [word.opId]: "overwritten" },
    });
  }
});
