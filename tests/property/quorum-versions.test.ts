import fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions, contextOf, join } from "../../lib/engine/quorum/version";
import type { OpId, SiteId } from "../../lib/protocol/ids";
import type { Version } from "../../lib/protocol/site/quorum";

const sites = ["mumbai", "pune", "delhi"] as readonly string[] as readonly SiteId[];

/** Few stamps, few values, few sites: ties of every depth are the rule. An id is one write's alone. */
const version: fc.Arbitrary<Version> = fc
  .record({
    stamp: fc.constantFrom(1, 1.5, 2),
    site: fc.constantFrom(...sites),
    value: fc.constantFrom(null, "a", "b", 1),
    field: fc.constantFrom(undefined, undefined, "f", "g"),
    n: fc.nat(2),
  })
  .map(({ stamp, site, value, field, n }) => ({
    ...{ key: "x", stamp, site, stream: site, shadow: {} },
    opId: `${site}:${stamp}/${value}/${field}/${n}` as OpId,
    ...(field === undefined
      ? { op: value === null ? { f: "delete", key: "x" } : { f: "put", key: "x", value } }
      : {
          field,
          op: { f: "patch", key: "x", field, value },
          value: { type: "record", value: { [field]: value } },
        }),
  }));

/**
 * Up to six writes of one key, each by one of three sites that had read some of the earlier ones; with a write
 * it has read the earlier ones of the same site, which travel with it.
 */
const history: fc.Arbitrary<readonly Version[]> = fc
  .array(fc.record({ made: version, read: fc.array(fc.nat(5), { maxLength: 3 }) }), {
    minLength: 1,
    maxLength: 6,
  })
  .map((steps) => {
    const made: Version[] = [];
    const counts: Record<string, number> = {};
    for (const { made: one, read } of steps) {
      const seen = contextOf(
        read.flatMap((i) => made.slice(0, i + 1).filter(({ stream }) => stream === made[i]?.stream)),
      );
      const n = (counts[one.stream] ?? 0) + 1;
      counts[one.stream] = n;
      made.push({ ...one, opId: `${one.opId}#${n}` as OpId, shadow: { [one.stream]: n }, context: seen });
    }
    return made;
  });

test("[E166] which version stays is a total order: every two are told apart, and no three go round in a circle", () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      expect(Math.sign(compareVersions(a, b))).toBe(0 - Math.sign(compareVersions(b, a)) + 0);
      expect(compareVersions(a, b) === 0).toBe(a.opId === b.opId);
      if (compareVersions(a, b) >= 0 && compareVersions(b, c) >= 0)
        expect(compareVersions(a, c)).toBeGreaterThanOrEqual(0);
    }),
    { numRuns: 500 },
  );
});

test.each(["lww", "siblings"] as const)(
  "[E166] [E186] so taking versions in is commutative, associative and idempotent under %s",
  (rule) => {
    const idsOf = (versions: readonly Version[]) => versions.map(({ opId }) => opId);
    fc.assert(
      fc.property(history, fc.shuffledSubarray([0, 1, 2, 3, 4, 5]), (versions, order) => {
        const inOrder = versions.reduce((held: readonly Version[], one) => join(rule, held, [one]), []);
        const shuffled = [...order, 0, 1, 2, 3, 4, 5].flatMap((i) => versions[i] ?? []);
        const held = shuffled.reduce((all: readonly Version[], one) => join(rule, all, [one]), []);
        expect(idsOf(held)).toEqual(idsOf(inOrder));
        const [half, rest] = [shuffled.slice(0, 3), shuffled.slice(3)].map((part) =>
          part.reduce((all: readonly Version[], one) => join(rule, all, [one]), []),
        );
        expect(idsOf(join(rule, half ?? [], rest ?? []))).toEqual(idsOf(inOrder));
        expect(join(rule, held, held)).toBe(held);
      }),
      { numRuns: 500 },
    );
  },
);
