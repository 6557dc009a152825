import { expect, test } from "vitest";
import { type MergeRule, mergeRules } from "@/lib/protocol/cluster";
import { mergeCopySchema } from "@/lib/protocol/site/merge-copy";
import { exchange, type TestSite, testSite } from "./pod";

const put = { f: "put", key: "x", value: "old" } as const;
const remove = { f: "delete", key: "x" } as const;
const copyOf = ({ store }: TestSite) => mergeCopySchema.parse(JSON.parse(JSON.stringify(store.copy())));
const shows = ({ store }: TestSite, rule: MergeRule) => store.read(rule, "x").value;
/** Yjs remembers by itself: there a copy brings nothing back, whoever else forgets. */
const merged: readonly MergeRule[] = ["crdt", "bounded"];

/** Pune wrote x, lima deleted it; both have seen both, and lima's copy of before the deletion is at hand. */
function deleted() {
  const pune = testSite("pune", 0);
  const lima = testSite("lima", 1);
  pune.write(put, 1000);
  exchange(pune, lima);
  const before = copyOf(pune);
  lima.write(remove, 2000);
  exchange(pune, lima);
  return { pune, lima, before };
}

test("[M84] a copy from before a deletion brings nothing back where that is forgotten", () => {
  const { pune, before } = deleted();
  pune.store.bury("x", false);
  expect(pune.store.install(before, 3000)).toBeNull();
  for (const rule of mergeRules) expect([rule, shows(pune, rule)]).toEqual([rule, null]);
  expect(pune.store.keys("lww")).toEqual({});
});

test("[M84] a copy from a site that has forgotten a deletion takes the value away where that never came", () => {
  const { pune, before } = deleted();
  const oslo = testSite("oslo", 2);
  oslo.store.install(before, 3000);
  expect(shows(oslo, "lww")).toBe("old");
  pune.store.bury("x", false);
  oslo.store.install(copyOf(pune), 3000);
  for (const rule of mergeRules) {
    expect([rule, shows(oslo, rule)]).toEqual([rule, null]);
    expect(oslo.store.digest(rule)).toBe(pune.store.digest(rule));
  }
});

test("[M84] what the copy's site has not seen stays", () => {
  const { pune, lima } = deleted();
  pune.store.bury("x", false);
  lima.write({ f: "put", key: "x", value: "new" }, 3000);
  lima.store.install(copyOf(pune), 4000);
  for (const rule of mergeRules) expect([rule, shows(lima, rule)]).toEqual([rule, "new"]);
});

test("[M85] where deletions are forgotten in time the value comes back, except where Yjs remembers", () => {
  const { pune, before } = deleted();
  pune.store.bury("x", true);
  expect(pune.store.returning(before).map(({ key, write }) => [key, write.opId])).toEqual([
    ["x", "pune-1:1"],
  ]);
  pune.store.install(before, 3000, true);
  for (const rule of mergeRules)
    expect([rule, shows(pune, rule)]).toEqual([rule, merged.includes(rule) ? null : "old"]);
});

test("[M85] the log does not tell of a forgotten deletion either: whoever lacks it gets a copy", () => {
  const { pune } = deleted();
  expect(pune.store.missingFor({ pune: 1 })).toHaveLength(1);
  pune.store.bury("x", true);
  expect(pune.store.missingFor({ pune: 1 })).toBe("copy");
  expect(pune.store.missingFor({ pune: 1, lima: 1 })).toEqual([]);
});

test("[M86] a forgotten key leaves nothing behind but what Yjs keeps, and its place is free again", () => {
  const { pune } = deleted();
  expect(pune.store.graves()).toEqual([expect.objectContaining({ key: "x" })]);
  pune.store.bury("x", false);
  const { crdt, seen: _, past: __, hlc: ___, kind: ____, ...lists } = copyOf(pune);
  for (const [name, list] of Object.entries(lists)) expect([name, list]).toEqual([name, []]);
  expect(crdt.latest).toEqual([]);
  expect(pune.store.graves()).toEqual([]);
  expect(pune.store.read("lww", "x").version).toBeNull();
});

test("[M86] a deletion beside a value is no grave, and is not seen in what sites compare", () => {
  const pune = testSite("pune", 0);
  const lima = testSite("lima", 1);
  pune.write(put, 1000);
  exchange(pune, lima);
  // Lima's put knows nothing of pune's value, nor of its deletion.
  pune.write(remove, 2000, "siblings");
  lima.write({ f: "put", key: "x", value: "beside" }, 3000, "siblings");
  exchange(pune, lima);
  const digests = mergeRules.map((rule) => pune.store.digest(rule));
  for (const { key } of pune.store.graves()) pune.store.bury(key, false);
  expect(shows(pune, "siblings")).toBe(shows(lima, "siblings"));
  expect(mergeRules.map((rule) => pune.store.digest(rule))).toEqual(digests);
});

test("[M86] numbers that the application adds up keep their deletion", () => {
  const pune = testSite("pune", 0);
  pune.store.setAppRules([{ key: "x", rule: "sum" }]);
  pune.write({ f: "put", key: "x", value: 5 }, 1000, "app");
  pune.write(remove, 2000, "app");
  pune.store.bury("x", false);
  expect(pune.store.read("app", "x").version).toBe("pune-1:2");
  expect(pune.store.read("lww", "x").version).toBeNull();
});
