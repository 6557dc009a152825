import { expect, test } from "vitest";
import type { Json } from "../../../lib/kernel/json";
import type { WriteOperation } from "../../../lib/protocol/operation";
import { exchange, type TestSite, testSite } from "./pod";

const pair = () => [testSite("virginia", 0), testSite("oregon", 1)] as const;
const shown = ({ store }: TestSite, key = "x") => store.values("crdt")[key] ?? null;

/** Both sites start from `common`, write apart, and meet: the value that both then show under `crdt`. */
function apart(common: WriteOperation[], here: WriteOperation[], there: WriteOperation[]): Json {
  const [virginia, oregon] = pair();
  for (const op of common) oregon.hear(virginia.write(op, 10, "crdt"));
  for (const op of here) virginia.write(op, 20, "crdt");
  for (const op of there) oregon.write(op, 30, "crdt");
  exchange(virginia, oregon);
  expect(shown(virginia)).toEqual(shown(oregon));
  return shown(virginia);
}

const increment = (by: number): WriteOperation => ({ f: "increment", key: "x", by });
const add = (value: Json): WriteOperation => ({ f: "add", key: "x", value });
const remove = (value: Json): WriteOperation => ({ f: "remove", key: "x", value });
const patch = (field: string, value: Json): WriteOperation => ({ f: "patch", key: "x", field, value });
const insert = (at: number, text: string): WriteOperation => ({ f: "insert", key: "x", at, text });
const put = (value: Json): WriteOperation => ({ f: "put", key: "x", value });
const gone: WriteOperation = { f: "delete", key: "x" };

test("[M7] counter: every increment counts, negative ones too, and a delete resets only what it had seen", () => {
  expect(apart([increment(5)], [increment(2), increment(-4)], [increment(10)])).toBe(13);
  expect(apart([increment(5)], [gone], [increment(1)])).toBe(1);
  expect(apart([increment(5)], [gone], [gone])).toBeNull();
  expect(apart([increment(5)], [gone, increment(2)], [gone, increment(-1)])).toBe(1);
  expect(apart([increment(0)], [], [])).toBe(0);
});

test("[M7] set: a remove takes exactly the adds it had seen, every other add survives", () => {
  expect(apart([add("a"), add("b")], [remove("a")], [add("c")])).toEqual(["b", "c"]);
  expect(apart([add("a")], [remove("a")], [add("a")])).toEqual(["a"]);
  expect(apart([add("a")], [gone], [add("b")])).toEqual(["b"]);
  expect(apart([add({ b: 1, a: 2 })], [remove({ a: 2, b: 1 })], [])).toBeNull();
  expect(apart([add(null)], [add(["a", "b"])], [add([])])).toEqual([["a", "b"], [], null]);
});

test("[M7] whatever a key is called, its elements, slots and fields are its own", () => {
  const [virginia, oregon] = pair();
  const keys = ["x", "x\u0000", "x\u0000y", 'x"', '"x"', "set", "é\ud800"];
  for (const [i, key] of keys.entries()) {
    virginia.write({ f: "add", key, value: i }, 10, "crdt");
    oregon.write({ f: "add", key, value: "y" }, 10, "crdt");
  }
  exchange(virginia, oregon);
  for (const [i, key] of keys.entries()) expect(shown(virginia, key)).toEqual(["y", i]);
  virginia.write({ f: "delete", key: "x" }, 20, "crdt");
  virginia.write({ f: "remove", key: "x\u0000", value: "y" }, 20, "crdt");
  exchange(virginia, oregon);
  expect(keys.map((key) => shown(oregon, key))).toEqual([null, [1], ...[2, 3, 4, 5, 6].map((i) => ["y", i])]);
});

test("[M7] half of a character, as it may come over from one writer, is the same at every site", () => {
  const [virginia, oregon] = pair();
  virginia.write(insert(0, "fox \ud83e"), 10, "crdt");
  exchange(virginia, oregon);
  oregon.write(insert(0, "a "), 20, "crdt");
  exchange(virginia, oregon);
  expect([shown(virginia), shown(oregon)]).toEqual(["a fox \ufffd", "a fox \ufffd"]);
});

test("[M7] set: an add hidden by a greater one of the same element survives that one's removal", () => {
  const [virginia, oregon] = pair();
  const osaka = testSite("osaka", 2);
  virginia.write(add("a"));
  const high = oregon.write(add("a"));
  osaka.hear(high);
  osaka.write(remove("a"));
  exchange(virginia, oregon, osaka);
  for (const one of [virginia, oregon, osaka]) expect(shown(one)).toEqual(["a"]);
});

test("[M7] record: fields merge apart, one field keeps one of two values, a delete spares unseen fields", () => {
  expect(apart([patch("a", 1)], [patch("b", 2)], [patch("c", 3)])).toEqual({ a: 1, b: 2, c: 3 });
  expect(apart([], [patch("a", "late")], [patch("a", "of the higher client id")])).toEqual({
    a: "of the higher client id",
  });
  expect(apart([patch("a", 1)], [gone], [patch("b", 2)])).toEqual({ b: 2 });
});

test("[M7] text: insertions at one place both stay, an erase takes only what it had seen", () => {
  expect(apart([insert(0, "cat")], [insert(3, "s")], [insert(0, "two ")])).toBe("two cats");
  expect(apart([insert(0, "cat")], [{ f: "erase", key: "x", at: 0, length: 99 }], [insert(3, "!")])).toBe(
    "!",
  );
  expect(apart([insert(0, "cat")], [gone], [insert(99, "s")])).toBe("s");
});

test("[M7] register: a put survives a delete that had not seen it", () => {
  expect(apart([put(1)], [gone], [put(2)])).toBe(2);
  expect(apart([put(1)], [put(2)], [gone])).toBe(2);
});

test("[M7] a key made at once with two types shows one of them everywhere, and the other is reported lost", () => {
  const [virginia, oregon] = pair();
  const hidden = virginia.write(increment(1));
  const winner = oregon.write(put("r"));
  exchange(virginia, oregon);
  for (const one of [virginia, oregon]) {
    expect(shown(one)).toBe("r");
    expect(one.store.receipts()).toContainEqual(
      expect.objectContaining({ op: hidden.opId, merge: "crdt", outcome: "overwritten", by: winner.opId }),
    );
  }
});

test("[M6] under last-write-wins the whole value travels: the loser's element, field and letters go with it", () => {
  for (const [here, there, lww] of [
    [add("a"), add("b"), ["b"]],
    [patch("f", 1), patch("g", 2), { g: 2 }],
    [insert(0, "cat"), insert(0, "dog"), "dog"],
  ] as const) {
    const [virginia, oregon] = pair();
    virginia.write(here, 100);
    oregon.write(there, 200);
    exchange(virginia, oregon);
    expect(virginia.store.values("lww")).toEqual({ x: lww });
    expect(oregon.store.values("lww")).toEqual({ x: lww });
  }
});

test("[M6] a read-modify-write builds on what its own rule shows, not on what another does", () => {
  const [us, eu] = pair();
  eu.hear(us.write(increment(10), 3000));
  // Under lww this vanishes at once, under lww-hlc it stands.
  eu.write(increment(1), 1000);
  eu.write(increment(1), 4000);
  expect(eu.store.values("lww")).toEqual({ x: 11 });
  expect(eu.store.values("lww-hlc")).toEqual({ x: 12 });
  us.hear(...eu.made);
  expect(us.store.values("lww-hlc")).toEqual({ x: 12 });
});

test("[M5] the rule that serves decides: wrong type, cas mismatch and size are refused without a trace", () => {
  const { store, write } = testSite("pune", 0);
  write(put("a"));
  const refused = (op: WriteOperation) => {
    const before = store.seen();
    const result = store.accept(
      { opId: "s:1" as never, session: "s" as never, op, wall: 0, context: null, holders: [] },
      "crdt",
    );
    if (result.ok) return null;
    expect(store.seen()).toEqual(before);
    return result.error;
  };
  for (const op of [increment(1), add(1), remove(1), patch("f", 1), insert(0, "x")]) {
    expect(refused(op)).toMatchObject({ error: "WRONG_TYPE" });
  }
  expect(refused({ f: "cas", key: "x", from: "b", to: "c" })).toMatchObject({
    error: "CAS_MISMATCH",
    value: "a",
  });
  write({ ...insert(0, "z".repeat(16_000)), key: "long" } as WriteOperation);
  expect(refused({ ...insert(0, "z".repeat(400)), key: "long" } as WriteOperation)).toMatchObject({
    error: "VALUE_TOO_LARGE",
  });
  expect(refused({ f: "increment", key: "n", by: Number.MAX_SAFE_INTEGER })).toBeNull();
  expect(refused({ f: "increment", key: "n", by: 1 })).toMatchObject({ error: "BAD_OPERATION" });
});
