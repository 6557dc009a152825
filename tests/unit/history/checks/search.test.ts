import fc from "fast-check";
import { expect, test } from "vitest";
import { checkLinearizable } from "../../../../lib/history/checks/linearizable";
import type { CheckOp, History } from "../../../../lib/history/checks/record";
import { checkSequential } from "../../../../lib/history/checks/sequential";
import { noOrder } from "../../../../lib/history/checks/version-order";
import { inRealTime, inSession, someOrderExplains } from "./brute-force";

type Draft = {
  readonly f: string;
  readonly key: string;
  readonly from: number;
  readonly to: number;
  readonly session: number;
  readonly call: number;
  readonly took: number;
  readonly isUnknown: boolean;
};

/** Up to seven operations of up to three sessions, answers chosen so that about half of them make sense. */
function histories(functions: readonly string[], keys: readonly string[]): fc.Arbitrary<History> {
  const small = fc.integer({ min: 0, max: 3 });
  const draft = fc.record({
    f: fc.constantFrom(...functions),
    key: fc.constantFrom(...keys),
    from: small,
    to: fc.integer({ min: 0, max: 9 }),
    session: fc.integer({ min: 0, max: 2 }),
    call: fc.integer({ min: 0, max: 12 }),
    took: fc.integer({ min: 0, max: 8 }),
    isUnknown: fc.integer({ min: 0, max: 6 }).map((n) => n === 0),
  });
  return fc.array(draft, { minLength: 2, maxLength: 7 }).map((drafts) => historyOf(drafts));
}

function historyOf(drafts: readonly Draft[]): History {
  const sorted = [...drafts].sort((a, b) => a.call - b.call);
  const writes = sorted.map((draft, i) => ({ draft, id: `w${i}` })).filter(({ draft }) => draft.f !== "get");
  const free = new Map<number, number>();
  const ops = sorted.flatMap((draft, i): CheckOp[] => {
    const call = Math.max(draft.call, (free.get(draft.session) ?? -1) + 1);
    const isRead = draft.f === "get";
    const ret = draft.isUnknown && !isRead ? Number.POSITIVE_INFINITY : call + draft.took;
    if (call === Number.POSITIVE_INFINITY) return [];
    free.set(draft.session, ret);
    const mine = writes.filter(({ draft: write }) => write.key === draft.key);
    const source = isRead ? mine[draft.to % (mine.length + 1)] : undefined;
    const value = isRead ? valueMadeBy(source?.draft) : draft.f === "increment" ? draft.to % 5 : null;
    const common = { key: draft.key, f: draft.f, session: `s${draft.session}`, call, ret };
    const id = `w${i}`;
    return [{ ...common, id, arg: argOf(draft), value, isRead, version: isRead ? (source?.id ?? null) : id }];
  });
  return { ops, failed: new Set() };
}

function argOf({ f, from, to }: Draft) {
  return f === "cas" ? { from: from === 3 ? null : from, to: to % 4 } : f === "increment" ? 1 : to % 4;
}

function valueMadeBy(write: Draft | undefined) {
  if (write === undefined) return null;
  return write.f === "increment" ? write.from + 1 : write.to % 4;
}

/** How often each verdict came, so that a generator that never violates anything does not pass for a proof. */
function tally(arbitrary: fc.Arbitrary<History>, judge: (history: History) => [string, boolean]): object {
  const seen = { holds: 0, violated: 0 };
  fc.assert(
    fc.property(arbitrary, (history) => {
      const [verdict, expected] = judge(history);
      if (verdict === "no-evidence") return;
      seen[expected ? "holds" : "violated"] += 1;
      expect(verdict).toBe(expected ? "holds" : "violated");
    }),
    { numRuns: 1500, seed: 20 },
  );
  return seen;
}

const manyOfBoth = {
  holds: expect.toSatisfy((n: number) => n > 50),
  violated: expect.toSatisfy((n: number) => n > 50),
};

test("linearizability of reads and blind writes is what trying all orders says", () => {
  const seen = tally(histories(["put", "get", "get"], ["x"]), (history) => [
    checkLinearizable(history, 1_000_000).verdict,
    someOrderExplains(history.ops, inRealTime),
  ]);
  expect(seen).toEqual(manyOfBoth);
});

test("linearizability of compare-and-set and counters is what trying all orders says", () => {
  for (const functions of [
    ["put", "cas", "get"],
    ["increment", "increment", "get"],
  ]) {
    const seen = tally(histories(functions, ["x"]), (history) => [
      checkLinearizable(history, 1_000_000).verdict,
      someOrderExplains(history.ops, inRealTime),
    ]);
    expect(seen).toEqual(manyOfBoth);
  }
});

test("sequential consistency over two keys is what trying all orders says", () => {
  for (const functions of [
    ["put", "get", "get"],
    ["put", "cas", "get"],
  ]) {
    const seen = tally(histories(functions, ["x", "y"]), (history) => [
      checkSequential(history, noOrder, checkLinearizable(history, 1_000_000), 1_000_000).verdict,
      someOrderExplains(history.ops, inSession),
    ]);
    expect(seen).toEqual(manyOfBoth);
  }
});

test("a search that its budget ends says so, and never that the property holds", () => {
  const hot = Array.from(
    { length: 40 },
    (_, i): CheckOp => ({
      ...{ id: `c${i}:1`, session: `c${i}`, key: "x", f: "increment", arg: 1 + (i % 7), isRead: false },
      ...{ value: 1000 + i, version: `c${i}:1`, call: 0, ret: 100 },
    }),
  );
  const { verdict, steps } = checkLinearizable({ ops: hot, failed: new Set() }, 20);
  expect(verdict).toBe("unknown");
  expect(steps).toBeGreaterThan(20);
});
