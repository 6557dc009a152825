import fc from "fast-check";
import { expect, test } from "vitest";
import { covers, mergeVectors, tickVector } from "@/lib/clock/vector";

const vector = fc.dictionary(fc.constantFrom("mumbai", "pune", "delhi"), fc.nat(4));

test("a merged vector covers both, and nothing smaller does", () => {
  fc.assert(
    fc.property(vector, vector, vector, (a, b, other) => {
      const merged = mergeVectors(a, b);
      expect(covers(merged, a) && covers(merged, b)).toBe(true);
      if (covers(other, a) && covers(other, b)) expect(covers(other, merged)).toBe(true);
      expect(mergeVectors(b, a)).toEqual(merged);
    }),
  );
});

test("a tick is covered by no vector that covered only what came before it", () => {
  fc.assert(
    fc.property(vector, fc.constantFrom("mumbai", "pune"), (before, site) => {
      const after = tickVector(before, site);
      expect(covers(after, before)).toBe(true);
      expect(covers(before, after)).toBe(false);
    }),
  );
});
