import fc from "fast-check";
import { expect, test } from "vitest";
import { compareVersions, newestOf } from "../../lib/engine/quorum/version";
import type { OpId, SiteId } from "../../lib/protocol/ids";
import type { Version } from "../../lib/protocol/site/quorum";

const sites = ["mumbai", "pune", "delhi"] as readonly string[] as readonly SiteId[];

/** Few stamps, few values, few sites: ties of every depth are the rule. An id is one write's alone. */
const version: fc.Arbitrary<Version> = fc
  .record({
    stamp: fc.constantFrom(1, 1.5, 2),
    site: fc.constantFrom(...sites),
    value: fc.constantFrom(null, "a", "b", 1),
    n: fc.nat(2),
  })
  .map(({ stamp, site, value, n }) => ({
    ...{ key: "x", stamp, site, stream: site, shadow: {} },
    opId: `${site}:${stamp}/${value}/${n}` as OpId,
    op: value === null ? { f: "delete", key: "x" } : { f: "put", key: "x", value },
  }));

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

test("[E166] so taking versions in is commutative, associative and idempotent", () => {
  const join = (a: Version, b: Version) => newestOf([a, b])?.opId;
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      const [ab, bc] = [newestOf([a, b]), newestOf([b, c])];
      expect(join(a, b)).toBe(join(b, a));
      expect(join(a, a)).toBe(a.opId);
      expect(newestOf([ab, c])?.opId).toBe(newestOf([a, bc])?.opId);
    }),
    { numRuns: 500 },
  );
});
