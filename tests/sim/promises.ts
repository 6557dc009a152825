import { describe, expect, test } from "vitest";
import type { Violation } from "../../lib/sim/invariants";
import { type PromiseRow, promiseRows, type Violable } from "../../lib/sim/promises";
import { judgeSeed, violableSwarm } from "../../lib/sim/soak";

/** CI's share; `npm run sim:soak` goes on from there. */
const seeds = 1000;

/** Holds the rows of one half of the table; the halves are files of their own, so that two cores share them. */
export function testPromises(isMeant: (row: PromiseRow) => boolean): void {
  describe.each(promiseRows.filter(isMeant))("$name", (row: PromiseRow) => {
    test(`what it promises holds in ${seeds} seeds`, { timeout: 300_000 }, () => {
      const broken: (Violation & { readonly seed: number })[] = [];
      for (let seed = 1; seed <= seeds; seed += 1) {
        const { violations } = judgeSeed(row.swarm, seed, row.holds);
        for (const violation of violations) broken.push({ seed, ...violation });
      }
      expect(broken).toEqual([]);
    });

    test.each(row.violable)("a swarm finds $property broken", { timeout: 120_000 }, (violable: Violable) => {
      const swarm = violableSwarm(row, violable);
      const isFound = (seed: number) => judgeSeed(swarm, seed, [violable.property]).violations.length > 0;
      const found = Array.from({ length: violable.within }, (_, i) => i + 1).find(isFound);
      expect(found, `no seed up to ${violable.within} shows it`).toBeDefined();
    });
  });
}
