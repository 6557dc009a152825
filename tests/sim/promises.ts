import { describe, expect, test } from "vitest";
import type { Mode } from "../../lib/protocol/cluster";
import { resolveCluster } from "../../lib/scenario/cluster";
import type { Violation } from "../../lib/sim/invariants";
import { type PromiseRow, promiseRows, type Violable } from "../../lib/sim/promises";
import { judgeSeed, violableSwarm } from "../../lib/sim/soak";

/** Holds the rows of some modes of the table; each part is a file of its own, so that two cores share them. */
export function testPromises(...modes: readonly Mode[]): void {
  const rows = promiseRows.filter((row) => modes.includes(modeOf(row)));
  describe.each(rows)("$name", (row: PromiseRow) => {
    test(`what it promises holds in ${row.seeds} seeds`, { timeout: 900_000 }, () => {
      const broken: (Violation & { readonly seed: number })[] = [];
      for (let seed = 1; seed <= row.seeds; seed += 1) {
        const { violations } = judgeSeed(row.swarm, seed, row.holds);
        for (const violation of violations) broken.push({ seed, ...violation });
      }
      expect(broken).toEqual([]);
    });

    test.each(row.violable)("a swarm finds $property broken", { timeout: 300_000 }, (violable: Violable) => {
      const swarm = violableSwarm(row, violable);
      const isFound = (seed: number) => judgeSeed(swarm, seed, [violable.property]).violations.length > 0;
      const found = Array.from({ length: violable.within }, (_, i) => i + 1).find(isFound);
      expect(found, `no seed up to ${violable.within} shows it`).toBeDefined();
    });
  });
}

function modeOf({ name, swarm }: PromiseRow): Mode {
  const cluster = resolveCluster(swarm.cluster);
  if (!cluster.ok) throw new Error(`${name}: ${cluster.error.expected}`);
  return cluster.value.mode;
}
