import { expect, test } from "vitest";
import type { WriteOperation } from "../../../lib/protocol/operation";
import { exchange, type TestSite, testSite } from "./pod";

const rule = "revision-tree";
const put = (value: string): WriteOperation => ({ f: "put", key: "doc", value });
const shown = ({ store }: TestSite) => store.read(rule, "doc");
const pair = () => [testSite("lima", 0), testSite("pune", 1)] as const;

test("[M50] the branch of more edits is shown everywhere, whichever is later; the other one is a conflict", () => {
  const [lima, pune] = pair();
  lima.write(put("draft"), 1, rule);
  lima.write(put("second draft"), 2, rule);
  pune.write(put("later, edited once"), 9000, rule);
  exchange(lima, pune);
  for (const site of [lima, pune]) {
    expect(shown(site)).toMatchObject({ value: "second draft", conflicts: ["later, edited once"] });
    expect(shown(site).beside).toEqual(["lima-1:2", "pune-1:1"]);
  }
  const lost = pune.store.receipts().find(({ merge, op }) => merge === rule && op === "pune-1:1");
  expect(lost).toMatchObject({ outcome: "sibling", by: "lima-1:2" });
  expect(lost?.why).toContain("2 edits and this one 1");
});

test("[M50] branches of equal length: the greater hash is shown, at every site the same", () => {
  const [lima, pune] = pair();
  lima.write(put("a"), 1, rule);
  pune.write(put("b"), 1, rule);
  exchange(lima, pune);
  expect(shown(lima)).toEqual(shown(pune));
  expect(["a", "b"]).toContain(shown(lima).value);
  expect(shown(lima).conflicts).toHaveLength(1);
});

test("[M51] equal edits of one revision are one revision", () => {
  const [lima, pune] = pair();
  lima.write(put("same"), 1, rule);
  pune.write(put("same"), 2, rule);
  exchange(lima, pune);
  for (const site of [lima, pune]) {
    expect(shown(site).value).toBe("same");
    expect(shown(site).conflicts).toBeUndefined();
  }
  // The next edit is made upon both.
  pune.hear(lima.write(put("next"), 3, rule));
  for (const site of [lima, pune]) expect(shown(site)).toEqual({ ...shown(lima), beside: undefined });
});

test("[M52] a session that has not read the present revision is refused; one that knows nothing edits it", () => {
  const [lima, pune] = pair();
  lima.write(put("one"), 1, rule);
  const read = lima.store.context("doc");
  lima.write(put("two"), 2, rule, null);
  expect(() => lima.write(put("stale"), 3, rule, read)).toThrow("REVISION_CONFLICT");
  lima.write(put("three"), 4, rule, lima.store.context("doc"));
  expect(shown(lima).value).toBe("three");
  // Replication refuses nothing: what another site accepted becomes a branch.
  pune.write(put("elsewhere"), 5, rule, read);
  exchange(lima, pune);
  expect(shown(lima)).toMatchObject({ value: "three", conflicts: ["elsewhere"] });
});

test("[M52] what was there before there were many writers counts as read by every session", () => {
  const lima = testSite("lima", 0);
  lima.store.seed([{ key: "doc", type: "register", value: "before", version: "s:1" }], { s: 1 });
  lima.write(put("after"), 1, rule, { pune: 3 });
  expect(shown(lima).value).toBe("after");
  expect(shown(lima).beside).toBeUndefined();
});

test("[M53] a conflict is settled by deleting what is shown, or by one edit upon all branches", () => {
  const [lima, pune] = pair();
  lima.write(put("a1"), 1, rule);
  lima.write(put("a2"), 2, rule);
  pune.write(put("b1"), 3, rule);
  exchange(lima, pune);
  pune.hear(lima.write({ f: "delete", key: "doc" }, 4, rule));
  // What surprises people: the deletion brings the loser back.
  for (const site of [lima, pune]) expect(shown(site)).toMatchObject({ value: "b1" });
  lima.hear(pune.write(put("settled"), 5, rule, "held"));
  for (const site of [lima, pune]) {
    expect(shown(site).value).toBe("settled");
    expect(shown(site).beside).toBeUndefined();
  }
  pune.write({ f: "delete", key: "doc" }, 6, rule);
  expect(shown(pune).value).toBeNull();
});

test("[M54] a revision that comes after the one made upon it is no leaf, in a write or in a copy", () => {
  const [lima, pune] = pair();
  const [oslo, rome] = [testSite("oslo", 2), testSite("rome", 3)];
  pune.hear(lima.write(put("parent"), 1, rule));
  const child = pune.write(put("child"), 2, rule);
  oslo.hear(child);
  expect(rome.store.install(oslo.store.copy(), 0)).toBeNull();
  for (const late of [oslo, rome]) {
    late.hear(...lima.made);
    expect(shown(late)).toEqual(shown(pune));
    expect(late.store.digest(rule)).toBe(pune.store.digest(rule));
  }
});

test("[M50] a counter is one value each: both branches count, and one of them is shown", () => {
  const [lima, pune] = pair();
  lima.write({ f: "increment", key: "doc", by: 2 }, 1, rule);
  pune.write({ f: "increment", key: "doc", by: 3 }, 1, rule);
  exchange(lima, pune);
  const { value, conflicts = [] } = shown(lima);
  expect([value, ...conflicts].sort()).toEqual([2, 3]);
  lima.write({ f: "increment", key: "doc", by: 1 }, 2, rule);
  expect(shown(lima).value).toBe(Number(value) + 1);
});
