import { expect, test } from "vitest";
import type { Json } from "../../../lib/kernel/json";
import type { AppRule } from "../../../lib/protocol/cluster";
import { exchange, testSite } from "./pod";

/** Two sites write one key at once under these rules; what both show afterwards. */
function meet(rules: readonly AppRule[], before: Json, first: Json, second: Json): unknown {
  const [lima, pune] = [testSite("lima", 0), testSite("pune", 1)];
  for (const { store } of [lima, pune]) store.setAppRules(rules);
  pune.hear(lima.write({ f: "put", key: "cart:1", value: before }, 1));
  const read = lima.store.context("cart:1");
  lima.write({ f: "put", key: "cart:1", value: first }, 10, "app", read);
  pune.write({ f: "put", key: "cart:1", value: second }, 20, "app", read);
  exchange(lima, pune);
  expect(pune.store.digest("app")).toBe(lima.store.digest("app"));
  return lima.store.values("app")["cart:1"];
}

test("[M40] each rule makes one value of two that nobody has chosen between", () => {
  const by = (rule: AppRule["rule"]) => [{ key: "cart:*", rule }];
  expect(meet(by("latest"), 5, 7, 6)).toBe(6);
  expect(meet(by("first"), 5, 7, 6)).toBe(7);
  expect(meet(by("max"), 5, 7, 6)).toBe(7);
  expect(meet(by("min"), 5, 7, 6)).toBe(6);
  expect(meet(by("sum"), 5, 7, 6)).toBe(8);
  expect(meet(by("union"), ["milk"], ["milk", "tea"], ["rice", "milk"])).toEqual(["milk", "rice", "tea"]);
});

test("[M41] a record is merged field by field; what no rule covers goes to whoever settles it", () => {
  const rules: readonly AppRule[] = [
    { key: "cart:*", field: "count", rule: "sum" },
    { key: "cart:*", field: "items", rule: "union" },
  ];
  const was = { count: 1, items: ["milk"], note: "-" };
  const mine = { count: 2, items: ["milk", "tea"], note: "-" };
  expect(meet(rules, was, mine, { count: 4, items: ["milk", "rice"], note: "-" })).toEqual({
    ...{ count: 5, items: ["milk", "rice", "tea"], note: "-" },
  });
  const other = { ...mine, note: "quick" };
  expect(meet(rules, was, { ...mine, note: "slow" }, other)).toMatchObject({ siblings: [{}, {}] });
  expect(meet([{ key: "other", rule: "max" }], 1, 2, 3)).toEqual({ siblings: [2, 3] });
});

test("[M42] rules are edited while the values stay: what is made of them changes at once", () => {
  const [lima, pune] = [testSite("lima", 0), testSite("pune", 1)];
  lima.write({ f: "put", key: "x", value: 1 }, 1);
  pune.write({ f: "put", key: "x", value: 2 }, 2);
  exchange(lima, pune);
  expect(lima.store.values("app")).toEqual({ x: { siblings: [1, 2] } });
  lima.store.setAppRules([{ key: "x", rule: "max" }]);
  expect(lima.store.values("app")).toEqual({ x: 2 });
  lima.write({ f: "increment", key: "y", by: 2 }, 3, "app");
  pune.write({ f: "increment", key: "y", by: 3 }, 3, "app");
  lima.store.setAppRules([{ key: "y", rule: "max" }]);
  exchange(lima, pune);
  expect(lima.store.values("app").y).toBe(3);
  lima.write({ f: "increment", key: "y", by: 1 }, 4, "app");
  expect(lima.store.values("app").y).toBe(4);
});

test("[M43] the receipt names the rule that decided, and that two alike needed none", () => {
  const [lima, pune] = [testSite("lima", 0), testSite("pune", 1)];
  for (const { store } of [lima, pune]) store.setAppRules([{ key: "stock*", rule: "min" }]);
  for (const key of ["stock:1", "note"]) {
    lima.write({ f: "put", key, value: 5 }, 1);
    pune.write({ f: "put", key, value: key === "note" ? 5 : 3 }, 2);
  }
  exchange(lima, pune);
  const byRule = (of: string) =>
    lima.store.receipts().find(({ merge, key }) => merge === "app" && key === of);
  expect(byRule("stock:1")).toMatchObject({
    outcome: "merged",
    why: expect.stringContaining('min for "stock*"'),
  });
  expect(byRule("note")).toMatchObject({ outcome: "merged", why: "Both wrote the same value." });
});
