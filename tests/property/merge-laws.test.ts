import fc from "fast-check";
import { expect, test } from "vitest";
import { compareHlc } from "../../lib/clock/hlc";
import { canonicalJson } from "../../lib/kernel/json";
import type { MergeStore } from "../../lib/merge/store";
import { type AppRule, lwwOrderNames, type MergeRule, mergeRules } from "../../lib/protocol/cluster";
import type { WriteOperation } from "../../lib/protocol/operation";
import { type MergeCopy, mergeCopySchema } from "../../lib/protocol/site/merge-copy";
import { type ReplicatedOp, replicatedOpSchema } from "../../lib/protocol/site/replicated-op";
import { type TestSite, testSite } from "../unit/merge/pod";

const key = fc.constantFrom("a", "b");
const scalar = fc.constantFrom<string | number | null>("x", "y", 1, 2, null);
/** Few keys, few values, every data type on every key: conflicts of value and of type are the rule. */
const write: fc.Arbitrary<WriteOperation> = fc.oneof(
  fc.record({ f: fc.constant("put" as const), key, value: scalar }),
  fc.record({ f: fc.constant("delete" as const), key }),
  fc.record({ f: fc.constant("cas" as const), key, from: scalar, to: scalar }),
  fc.record({ f: fc.constant("increment" as const), key, by: fc.integer({ min: -3, max: 3 }) }),
  fc.record({ f: fc.constant("reserve" as const), key, amount: fc.integer({ min: 1, max: 2 }) }),
  fc.record({ f: fc.constant("add" as const), key, value: scalar }),
  fc.record({ f: fc.constant("remove" as const), key, value: scalar }),
  fc.record({ f: fc.constant("patch" as const), key, field: fc.constantFrom("f", "g"), value: scalar }),
  fc.record({
    f: fc.constant("insert" as const),
    key,
    at: fc.nat(6),
    text: fc.constantFrom("é", "ab", "🦊"),
  }),
  fc.record({ f: fc.constant("erase" as const), key, at: fc.nat(6), length: fc.nat(3) }),
);
const site = fc.nat(2);
/** Clocks tie often and go back. */
const wall = fc.integer({ min: 0, max: 5 });

const step = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("write" as const),
      site,
      op: write,
      wall,
      served: fc.constantFrom(...mergeRules),
      /** What the writer's session had read: nothing, what this site holds, or what another one holds. */
      read: fc.constantFrom("nothing" as const, "here" as const, "elsewhere" as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("deliver" as const), from: site, to: site, which: fc.nat(30) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("repair" as const), from: site, to: site }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("copy" as const), from: site, to: site }) },
);
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

const rules: readonly AppRule[] = [
  { key: "a", rule: "sum" },
  { key: "b", rule: "union" },
  { key: "*", field: "f", rule: "latest" },
];
const ruled = (one: TestSite): TestSite => {
  one.store.setAppRules(rules);
  return one;
};
const lww = fc.record({ order: fc.constantFrom(...lwwOrderNames), unit: fc.constantFrom("key", "field") });
type Axis = typeof lww extends fc.Arbitrary<infer T> ? T : never;
const newPod = (axis?: Axis) =>
  ["pune", "lima", "oslo"].map((name, index) => ruled(testSite(name, index, 1, axis)));
const overWire = (op: ReplicatedOp) => replicatedOpSchema.parse(JSON.parse(JSON.stringify(op)));
const copyOf = (store: MergeStore): MergeCopy =>
  mergeCopySchema.parse(JSON.parse(JSON.stringify(store.copy()))) as MergeCopy;
const digests = (store: MergeStore) => mergeRules.map((rule) => store.digest(rule));

function repair(from: TestSite, to: TestSite): void {
  const missing = from.store.missingFor(to.store.seen());
  if (missing === "copy") to.store.install(copyOf(from.store), 0);
  else to.hear(...missing.map(({ op }) => overWire(op)));
}

function perform(pod: readonly TestSite[], one: Step): TestSite {
  const at = (index: number) => pod[index] as TestSite;
  if (one.do === "write") {
    try {
      const context = {
        nothing: null,
        here: "held" as const,
        elsewhere: at((one.site + 1) % 3).store.context(one.op.key),
      };
      at(one.site).write(one.op, one.wall, one.served, context[one.read]);
    } catch (error) {
      // The serving rule refused it, which must leave no trace; anything else is a bug.
      if (
        !/^(WRONG_TYPE|CAS_MISMATCH|SIBLINGS|TOO_MANY_SIBLINGS|RIGHTS_EXHAUSTED|UNSUPPORTED|REVISION_CONFLICT)/.test(
          String((error as Error).message),
        )
      )
        throw error;
    }
    return at(one.site);
  }
  if (one.do === "deliver") {
    const { made } = at(one.from);
    const op = made[one.which % Math.max(1, made.length)];
    if (op !== undefined) at(one.to).hear(overWire(op));
  } else if (one.do === "repair") repair(at(one.from), at(one.to));
  else at(one.to).store.install(copyOf(at(one.from).store), 0);
  return at(one.to);
}

const steps = fc.array(step, { minLength: 1, maxLength: 50 });
const runs = { numRuns: 400 };

test("[M8] equal seen vectors mean equal data under every rule, however writes and copies travelled", () => {
  fc.assert(
    fc.property(steps, lww, (script, axis) => {
      const pod = newPod(axis);
      const known = new Map<string, readonly string[]>();
      const check = ({ store }: TestSite) => {
        const name = canonicalJson(store.seen());
        expect(known.get(name) ?? digests(store)).toEqual(digests(store));
        known.set(name, digests(store));
      };
      for (const one of script) check(perform(pod, one));
      for (const to of pod) for (const from of pod) repair(from, to);
      for (const to of pod) for (const from of pod) repair(from, to);
      for (const one of pod) {
        check(one);
        expect(one.store.seen()).toEqual(pod[0]?.store.seen());
      }
    }),
    runs,
  );
});

test("[M4] at every site the hybrid clock is not behind any write it has seen, nor is its past", () => {
  fc.assert(
    fc.property(steps, (script) => {
      const pod = newPod();
      for (const one of script) {
        const { store } = perform(pod, one);
        for (const op of pod.flatMap(({ made }) => made)) {
          if ((store.seen()[op.origin] ?? 0) < op.seq) continue;
          expect(compareHlc(store.hlc(), op.hlc)).toBeGreaterThanOrEqual(0);
          for (const [stream, n] of Object.entries(op.shadow)) {
            expect(store.past()[stream]).toBeGreaterThanOrEqual(n);
          }
        }
      }
    }),
    { numRuns: 100 },
  );
});

test("[M8] merging copies is commutative, associative and idempotent under every rule", () => {
  fc.assert(
    fc.property(steps, lww, (script, axis) => {
      const pod = newPod(axis);
      for (const one of script) perform(pod, one);
      const [a, b, c] = pod.map(({ store }) => copyOf(store)) as [MergeCopy, MergeCopy, MergeCopy];
      const merged = (...copies: readonly MergeCopy[]): MergeStore => {
        const { store } = ruled(testSite("reader", 11, 1, axis));
        for (const copy of copies) expect(store.install(copy, 0)).toBeNull();
        return store;
      };
      const expected = digests(merged(a, b, c));
      expect(digests(merged(c, b, a))).toEqual(expected);
      expect(digests(merged(b, a, c))).toEqual(expected);
      expect(digests(merged(a, copyOf(merged(b, c))))).toEqual(expected);
      expect(digests(merged(copyOf(merged(a, b)), c))).toEqual(expected);
      expect(digests(merged(a, a, b, c, b, copyOf(merged(a, b, c))))).toEqual(expected);
    }),
    { numRuns: 200 },
  );
});

test("[M8] a store installed from a copy goes on like the one it was copied from", () => {
  fc.assert(
    fc.property(steps, steps, lww, (before, after, axis) => {
      const pod = newPod(axis);
      for (const one of before) perform(pod, one);
      const original = pod[0] as TestSite;
      const reader = ruled(testSite("reader", 11, 1, axis));
      reader.store.install(copyOf(original.store), 0);
      for (const one of after) perform(pod, one);
      repair(original, reader);
      expect(digests(reader.store)).toEqual(digests(original.store));
      for (const rule of mergeRules satisfies readonly MergeRule[]) {
        expect(reader.store.values(rule)).toEqual(original.store.values(rule));
      }
    }),
    { numRuns: 100 },
  );
});

test("[M19] what all rules agree on is what each would hold by itself", () => {
  // A rule of the application about a field that no record has: it changes nothing, but no key may be agreed on.
  const idle: readonly AppRule[] = [{ key: "*", field: "no such field", rule: "latest" }];
  const kept = ({ store }: TestSite) =>
    store.receipts().flatMap((each) => (each.merge === "app" ? [] : [canonicalJson(each)]));
  let agreed = 0;
  fc.assert(
    fc.property(steps, lww, (script, axis) => {
      const [together, apart] = [false, true].map((isApart) =>
        ["pune", "lima", "oslo"].map((name, index) => {
          const one = testSite(name, index, 1, axis);
          if (isApart) one.store.setAppRules(idle);
          return one;
        }),
      ) as [TestSite[], TestSite[]];
      for (const one of script.filter((each) => each.do !== "copy")) {
        const [a, b] = [perform(together, one), perform(apart, one)];
        expect(a.made).toEqual(b.made);
        expect(kept(a)).toEqual(kept(b));
        expect(digests(a.store)).toEqual(digests(b.store));
        agreed += a.store.copy().agreed.length;
        expect(b.store.copy().agreed).toEqual([]);
      }
    }),
    { numRuns: 200 },
  );
  expect(agreed).toBeGreaterThan(100);
});
