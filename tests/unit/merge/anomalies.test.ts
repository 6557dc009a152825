import { expect, test } from "vitest";
import { exchange, type TestSite, testSite } from "./pod";

/** Oregon has the higher place, so the higher Yjs client id; virginia the greater name. */
const pair = () => [testSite("virginia", 0), testSite("oregon", 1)] as const;

test("[M6] A6: under last-write-wins one of two concurrent increments is lost, the CRDT keeps both", () => {
  const [virginia, oregon] = pair();
  const first = virginia.write({ f: "increment", key: "x", by: 1 }, 100);
  const second = oregon.write({ f: "increment", key: "x", by: 1 }, 105);
  exchange(virginia, oregon);
  for (const { store } of [virginia, oregon]) {
    expect(store.values("lww")).toEqual({ x: 1 });
    expect(store.values("lww-hlc")).toEqual({ x: 1 });
    expect(store.values("crdt")).toEqual({ x: 2 });
    expect(store.receipts()).toContainEqual(
      expect.objectContaining({
        op: first.opId,
        merge: "lww",
        outcome: "overwritten",
        by: second.opId,
        unseen: true,
      }),
    );
    for (const { opId } of [first, second]) {
      expect(store.receipts()).toContainEqual(
        expect.objectContaining({ op: opId, merge: "crdt", outcome: "merged" }),
      );
    }
  }
});

test("[M3] A7: a later write loses to one it has seen when that one's clock was ahead; not under HLC", () => {
  const [us, eu] = pair();
  const early = us.write({ f: "put", key: "x", value: "US" }, 1000 + 2000);
  eu.hear(early);
  const later = eu.write({ f: "put", key: "x", value: "EU" }, 2000);
  expect(eu.store.values("lww")).toEqual({ x: "US" });
  us.hear(later);
  for (const { store } of [us, eu]) {
    expect(store.values("lww")).toEqual({ x: "US" });
    expect(store.values("lww-hlc")).toEqual({ x: "EU" });
    expect(store.values("crdt")).toEqual({ x: "EU" });
    const lost = store.receipts().filter(({ outcome }) => outcome === "overwritten");
    expect(lost).toEqual([
      expect.objectContaining({ op: later.opId, merge: "lww", by: early.opId, unseen: true }),
    ]);
  }
  const afterThat = eu.write({ f: "put", key: "x", value: "EU again" }, 3001);
  expect(eu.store.values("lww")).toEqual({ x: "EU again" });
  expect(us.hear(afterThat)).toEqual([expect.objectContaining({ kind: "applied" })]);
});

test("[M4] A7 with concurrency: the hybrid clock too prefers the fast clock when neither write saw the other", () => {
  const [us, eu] = pair();
  us.write({ f: "put", key: "x", value: "US" }, 1000 + 2000);
  eu.write({ f: "put", key: "x", value: "EU" }, 1900);
  exchange(us, eu);
  expect(eu.store.values("lww-hlc")).toEqual({ x: "US" });
});

test("[M3] A24: a tombstone from a fast clock hides later inserts until their clocks pass it", () => {
  const [us, eu] = pair();
  eu.hear(us.write({ f: "delete", key: "x" }, 1000 + 2000));
  eu.write({ f: "put", key: "x", value: "hidden" }, 1500);
  expect(eu.store.read("lww", "x")).toEqual({ value: null, type: null, version: "virginia-1:1" });
  expect(eu.store.values("lww-hlc")).toEqual({ x: "hidden" });
  eu.write({ f: "put", key: "x", value: "visible" }, 3001);
  expect(eu.store.values("lww")).toEqual({ x: "visible" });
});

test("[M3] equal wall clocks: the greater site id wins, at one site its later write", () => {
  const [virginia, oregon] = pair();
  virginia.write({ f: "put", key: "x", value: 1 }, 1000);
  virginia.write({ f: "put", key: "x", value: 2 }, 1000);
  oregon.write({ f: "put", key: "x", value: 3 }, 1000);
  exchange(virginia, oregon);
  expect(virginia.store.values("lww")).toEqual({ x: 2 });
  expect(oregon.store.values("lww")).toEqual({ x: 2 });
});

test("[M7] a Y.Map keeps the concurrent put of the higher client id, even if it is the earlier one", () => {
  const [virginia, oregon] = pair();
  const early = oregon.write({ f: "put", key: "x", value: "earlier" }, 100);
  const late = virginia.write({ f: "put", key: "x", value: "later" }, 900);
  exchange(virginia, oregon);
  for (const { store } of [virginia, oregon]) {
    expect(store.values("lww")).toEqual({ x: "later" });
    expect(store.read("crdt", "x")).toEqual({ value: "earlier", type: "register", version: early.opId });
    expect(store.receipts()).toContainEqual(
      expect.objectContaining({
        op: late.opId,
        merge: "crdt",
        outcome: "overwritten",
        by: early.opId,
        unseen: true,
      }),
    );
    expect(store.receipts()).toContainEqual(
      expect.objectContaining({ op: early.opId, merge: "crdt", outcome: "kept" }),
    );
  }
});

/** What the rules that keep one value decided; a blind put leaves a sibling, which is no loss. */
const choices = ({ store }: TestSite) => store.receipts().filter(({ outcome }) => outcome !== "sibling");

test("[M9] overwriting what one has seen leaves no receipt: nothing was lost", () => {
  const [virginia, oregon] = pair();
  oregon.hear(virginia.write({ f: "put", key: "x", value: "old" }, 100));
  virginia.hear(oregon.write({ f: "put", key: "x", value: "new" }, 200));
  expect(choices(virginia)).toEqual([]);
  expect(choices(oregon)).toEqual([]);
});

test("[M9] a write already superseded when it arrives was not lost unseen, whatever the order of arrival", () => {
  const [virginia, oregon] = pair();
  const osaka = testSite("osaka", 2);
  const a = virginia.write({ f: "put", key: "x", value: "a" }, 100);
  oregon.hear(a);
  const b = oregon.write({ f: "put", key: "x", value: "b" }, 200);
  osaka.hear(b);
  const c = osaka.write({ f: "put", key: "x", value: "c" }, 300);
  const late = testSite("lima", 3);
  late.hear(c, b, a);
  osaka.hear(a);
  expect(choices(osaka)).toEqual([]);
  expect(choices(late)).toEqual([]);
  expect(late.store.values("crdt")).toEqual({ x: "c" });
});

test("[M5] a rule that would have refused the write gives it no effect, and says so everywhere", () => {
  const [virginia, oregon] = pair();
  virginia.write({ f: "put", key: "x", value: "a" }, 3000);
  oregon.write({ f: "put", key: "x", value: "b" }, 200);
  exchange(virginia, oregon);
  // lww shows a (later clock), crdt shows b (higher client id).
  const swap = oregon.write({ f: "cas", key: "x", from: "b", to: "c" }, 4000, "crdt");
  virginia.hear(swap);
  for (const { store } of [virginia, oregon]) {
    expect(store.values("crdt")).toEqual({ x: "c" });
    expect(store.values("lww")).toEqual({ x: "a" });
    expect(store.receipts()).toContainEqual(
      expect.objectContaining({ op: swap.opId, merge: "lww", outcome: "refused" }),
    );
  }
});

test("[M9] a lost counter takes every increment in it along, and every site names them all", () => {
  const [mumbai, pune] = [testSite("mumbai", 0), testSite("pune", 1)];
  const [tokyo, lagos] = [testSite("tokyo", 2), testSite("lagos", 3)];
  const pod = [mumbai, pune, tokyo, lagos];
  const vote = (site: (typeof pod)[number], wall: number) =>
    site.write({ f: "increment", key: "n", by: 1 }, wall);
  const common = vote(mumbai, 100);
  for (const one of [pune, tokyo, lagos]) one.hear(common);
  const first = vote(mumbai, 3000);
  pune.hear(first);
  const second = vote(pune, 4000);
  mumbai.hear(second);
  const third = vote(tokyo, 3500);
  lagos.hear(third);
  const winner = vote(lagos, 7000);
  tokyo.hear(winner);
  exchange(...pod);
  for (const { store } of pod) {
    expect(store.values("lww")).toEqual({ n: 3 });
    const outcomes = (rule: string, outcome: string) =>
      store
        .receipts()
        .flatMap(({ merge, op, ...rest }) => (merge === rule && rest.outcome === outcome ? [op] : []));
    expect(outcomes("lww", "overwritten").sort()).toEqual([first.opId, second.opId].sort());
    // Not everywhere is there anything to say of `third`: where it did lose for a moment, it is kept after all.
    expect(outcomes("lww", "kept")).toContain(winner.opId);
    expect(outcomes("crdt", "overwritten")).toEqual([]);
  }
});
