import { expect, onTestFinished, test } from "vitest";
import * as Y from "yjs";
import { encodeBase64 } from "../../../lib/kernel/base64";
import { actorOf } from "../../../lib/merge/write";
import type { SiteId } from "../../../lib/protocol/ids";
import { limits } from "../../../lib/protocol/limits";
import type { ReplicatedOp } from "../../../lib/protocol/site/replicated-op";
import { exchange, testSite } from "./pod";

/** A Yjs update that `client` makes in a document of its own. */
function updateBy(client: number, change: (doc: Y.Doc) => void): string {
  const doc = new Y.Doc();
  doc.clientID = client;
  change(doc);
  return encodeBase64(Y.encodeStateAsUpdate(doc));
}

/** One honest put of `oregon`, of which a test spoils a part. */
function put(spoiled: Partial<ReplicatedOp>): ReplicatedOp {
  return { ...testSite("oregon", 1).write({ f: "put", key: "x", value: 1 }), ...spoiled };
}

test("[M10] each kind of bad Yjs update is refused by name, and the other rules still take the write", () => {
  const oregon = actorOf(1, 1);
  const nested = (doc: Y.Doc) => doc.getMap("register").set("x", new Y.Map());
  const alien = (doc: Y.Doc) => doc.getMap("elsewhere").set("x", 1);
  const deep = JSON.parse(`${"[".repeat(500)}${"]".repeat(500)}`);
  const cases: readonly (readonly [string, string])[] = [
    ["not base64!", "UPDATE_UNREADABLE"],
    [encodeBase64(new Uint8Array([1, 255, 255, 255, 255, 15, 1, 0, 4])), "UPDATE_UNREADABLE"],
    [updateBy(actorOf(0, 1), (doc) => doc.getMap("register").set("x", ["o:1", 1])), "UPDATE_FORGED"],
    [updateBy(oregon, nested), "UPDATE_FOREIGN"],
    [updateBy(oregon, alien), "UPDATE_FOREIGN"],
    [updateBy(oregon, (doc) => doc.getMap("register").set("x", ["o:1", deep])), "UPDATE_FOREIGN"],
    [updateBy(oregon, (doc) => doc.getMap("set:x").set("not json\u00001", true)), "UPDATE_FOREIGN"],
  ];
  for (const [update, refusal] of cases) {
    const { store, hear, write } = testSite("pune", 2);
    expect(hear(put({ update }))).toEqual([expect.objectContaining({ kind: "applied", refusal })]);
    expect(store.values("lww")).toEqual({ x: 1 });
    expect(store.values("crdt")).toEqual({});
    write({ f: "put", key: "y", value: "goes on" });
    expect(store.values("crdt")).toEqual({ y: "goes on" });
  }
});

test("[M10] random bytes never throw out of the store", () => {
  const { store, hear } = testSite("pune", 2);
  let seed = 1;
  for (let n = 1; n <= 500; n += 1) {
    const bytes = Uint8Array.from({ length: n % 40 }, () => {
      seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
      return (seed >> 16) & (n % 3 === 0 ? 3 : 255);
    });
    const op = { f: "put", key: `x${n % 100}`, value: n } as const;
    const told = { seq: n, opId: `oregon:${n}` as never, op, shadow: { oregon: n } };
    hear(put({ ...told, update: encodeBase64(bytes) }));
    store.values("crdt");
  }
  expect(store.seen()).toEqual({ oregon: 500 });
});

test("[M10] a write under another site's place in the pod is refused, and this site's own place is taken", () => {
  const { hear } = testSite("pune", 2);
  const forged = { kind: "refused", refusal: "ACTOR_FORGED" };
  expect(hear(put({ actor: actorOf(2, 9) }))).toEqual([forged]);
  expect(hear(put({}))).toEqual([expect.objectContaining({ kind: "applied" })]);
  expect(hear(put({ origin: "lima" as SiteId }))).toEqual([forged]);
});

test("[M2] a repeat changes nothing and a gap is told apart, until what is missing has come", () => {
  const [oregon, pune] = [testSite("oregon", 1), testSite("pune", 2)];
  const first = oregon.write({ f: "increment", key: "x", by: 1 });
  const second = oregon.write({ f: "increment", key: "x", by: 1 });
  expect(pune.hear(second, first, second, first).map(({ kind }) => kind)).toEqual([
    "early",
    "applied",
    "applied",
    "duplicate",
  ]);
  expect(pune.store.values("crdt")).toEqual({ x: 2 });
});

test("[M1] a site that lost its disk writes as a new actor: nothing is taken for a repeat, nothing is lost", () => {
  const pune = testSite("pune", 2);
  const before = testSite("oregon", 1, 1);
  before.write({ f: "increment", key: "x", by: 1 });
  before.write({ f: "increment", key: "x", by: 1 });
  pune.hear(...before.made);
  const after = testSite("oregon", 1, 2);
  after.write({ f: "increment", key: "x", by: 5 });
  exchange(pune, after);
  after.hear(...before.made);
  for (const { store } of [pune, after]) {
    expect(store.values("crdt")).toEqual({ x: 7 });
    expect(store.seen()).toEqual({ oregon: 2, "oregon#2": 1 });
  }
});

test("[M12] the log gives exactly what is missing, and asks for a copy once it no longer can", () => {
  const [oregon, pune] = [testSite("oregon", 1), testSite("pune", 2)];
  for (let n = 0; n < 10; n += 1) oregon.write({ f: "increment", key: "x", by: 1 });
  pune.hear(...oregon.made.slice(0, 7));
  const missing = oregon.store.missingFor(pune.store.seen());
  expect(missing === "copy" ? missing : missing.map(({ op }) => op.seq)).toEqual([8, 9, 10]);
  expect(pune.store.missingFor(oregon.store.seen())).toEqual([]);
  for (let n = 0; n < limits.logEntries; n += 1) oregon.write({ f: "increment", key: "x", by: 1 });
  expect(oregon.store.missingFor(pune.store.seen())).toBe("copy");
  expect(pune.store.install(oregon.store.copy(), 0)).toBeNull();
  expect(pune.store.values("crdt")).toEqual({ x: limits.logEntries + 10 });
  expect(pune.store.seen()).toEqual(oregon.store.seen());
});

test("[M12] a copy merges: what only the receiver had stays, and both sides' losses get receipts", () => {
  const [oregon, pune] = [testSite("oregon", 1), testSite("pune", 2)];
  const lost = pune.write({ f: "put", key: "x", value: "pune" }, 100);
  pune.write({ f: "add", key: "tags", value: "p" }, 100);
  const won = oregon.write({ f: "put", key: "x", value: "oregon" }, 200);
  pune.store.install(oregon.store.copy(), 0);
  expect(pune.store.values("lww")).toEqual({ x: "oregon", tags: ["p"] });
  expect(pune.store.receipts()).toContainEqual(
    expect.objectContaining({
      op: lost.opId,
      merge: "lww",
      outcome: "overwritten",
      by: won.opId,
      unseen: true,
    }),
  );
  oregon.hear(...pune.made);
  for (const rule of ["lww", "lww-hlc", "crdt"] as const) {
    expect(oregon.store.digest(rule)).toBe(pune.store.digest(rule));
  }
});

test("[M11] data goes from one writer to many and back, versions, types and tombstones with it", () => {
  const keys = [
    { key: "r", type: "register", value: { a: 1 }, version: "s:1" },
    { key: "c", type: "counter", value: -4, version: "s:2" },
    { key: "s", type: "set", value: ["a", "b"], version: "s:3" },
    { key: "o", type: "record", value: { f: 1 }, version: "s:4" },
    { key: "t", type: "text", value: "hello", version: "s:5" },
    { key: "d", type: null, value: null, version: "s:6" },
  ] as const;
  const byName = [...keys].sort((a, b) => (a.key < b.key ? -1 : 1));
  const seed = testSite("oregon", 1);
  seed.store.seed(keys, { oregon: 6 });
  const other = testSite("pune", 2);
  other.store.install(seed.store.copy(), 0);
  for (const { store } of [seed, other]) {
    for (const rule of ["lww", "lww-hlc", "crdt"] as const) expect(store.portable(rule)).toEqual(byName);
  }
  // Whatever clock it carries, a later write wins over the data from before, and counts on from it.
  other.write({ f: "put", key: "r", value: "new" }, -5000);
  other.write({ f: "increment", key: "c", by: 1 }, -5000);
  seed.hear(...other.made);
  expect(seed.store.values("lww")).toMatchObject({ r: "new", c: -3 });
  expect(seed.store.values("crdt")).toMatchObject({ r: "new", c: -3 });
  expect(seed.store.receipts()).toEqual([]);
});

test("[M5] a site refuses more than its share of keys, tombstones included", () => {
  const { store, write } = testSite("pune", 0);
  const shadow = {};
  const keys = Array.from({ length: limits.keysPerSite }, (_, n) => {
    return { key: `k${n}`, type: "register" as const, value: n, version: `s:${n + 1}` };
  });
  store.seed(keys, shadow);
  expect(() => write({ f: "put", key: "one more", value: 1 })).toThrow("TOO_MANY_KEYS");
  write({ f: "delete", key: "k1" });
  expect(() => write({ f: "put", key: "one more", value: 1 })).toThrow("TOO_MANY_KEYS");
  write({ f: "put", key: "k1", value: "again" });
});

test("[M9] receipts are bounded, the newest first", () => {
  const [oregon, pune] = [testSite("oregon", 1), testSite("pune", 2)];
  for (let n = 0; n < limits.receiptsKept; n += 1) {
    oregon.write({ f: "put", key: `k${n}`, value: 1 }, 100);
    pune.write({ f: "put", key: `k${n}`, value: 2 }, 200);
  }
  exchange(oregon, pune);
  expect(oregon.store.receipts()).toHaveLength(limits.receiptsKept);
  expect(oregon.store.receipts()[0]?.key).toBe(`k${limits.receiptsKept - 1}`);
});

test("[M90] a full document takes no write that would make it grow, and every other rule goes on", () => {
  const most = limits.documentItems;
  onTestFinished(() => void Object.assign(limits, { documentItems: most }));
  // The real bound takes seconds to reach.
  Object.assign(limits, { documentItems: 20 });
  const pune = testSite("pune", 0);
  const oslo = testSite("oslo", 1);
  for (let i = 0; i < 20; i += 1)
    pune.write({ f: "put", key: `x${i % 2}`, value: `v${i}` }, i, "crdt", "held");
  exchange(pune, oslo);

  expect(() => pune.write({ f: "put", key: "x0", value: "late" }, 100, "crdt", "held")).toThrow(
    /^DOCUMENT_FULL: The document of the rule crdt remembers all that was overwritten/,
  );
  const put = pune.write({ f: "put", key: "x0", value: "late" }, 100, "lww", "held");
  expect(put.refusedBy).toEqual(["crdt", "bounded"]);
  exchange(pune, oslo);
  for (const { store } of [pune, oslo]) {
    expect(store.values("lww")).toEqual({ x0: "late", x1: "v19" });
    expect(store.values("crdt")).toEqual({ x0: "v18", x1: "v19" });
    expect(store.receipts()).toContainEqual(
      expect.objectContaining({ op: put.opId, merge: "crdt", outcome: "refused" }),
    );
  }
  expect(oslo.write({ f: "delete", key: "x0" }, 200, "crdt", "held").refusedBy).toBeUndefined();
  expect(oslo.store.values("crdt")).toEqual({ x1: "v19" });
});

test("[M15] a site that reads its journal back writes on where it was, also in the document", () => {
  const before = testSite("pune", 0);
  before.write({ f: "increment", key: "n", by: 1 }, 1, "crdt");
  before.write({ f: "put", key: "x", value: "a" }, 2, "crdt", "held");
  const after = testSite("pune", 0);
  after.hear(...before.made);
  const late = after.write({ f: "put", key: "y", value: "b" }, 3, "crdt", "held");
  const oslo = testSite("oslo", 1);
  expect(oslo.hear(...before.made, late).map(({ kind }) => kind)).toEqual(["applied", "applied", "applied"]);
  expect(oslo.store.digest("crdt")).toBe(after.store.digest("crdt"));
  expect(oslo.store.values("crdt")).toEqual({ n: 1, x: "a", y: "b" });
});
