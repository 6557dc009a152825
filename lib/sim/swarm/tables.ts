import type { Keyed } from "../../kernel/random";

/**
 * A delay in ms whose tail is heavy, as that of real networks is: mostly short, now and then a hundred
 * times longer. Sixteen equally likely values, whole numbers, because logarithms differ between engines.
 */
export const heavyTailMs = [1, 2, 3, 5, 8, 12, 18, 25, 35, 50, 70, 100, 160, 300, 700, 2500] as const;

/** How long a fault lasts. */
export const faultMs = [100, 200, 400, 700, 1000, 1500, 2000, 3000, 3500, 4000, 5000, 7000] as const;

/** How often a session asks; a few are busy, most are slow. */
export const everyMs = [60, 90, 120, 150, 200, 250, 300, 400, 600, 900] as const;

/** Weights that make a few kinds of fault common in a run and the others rare. */
export const weights = [1, 1, 2, 3, 5, 8, 20] as const;

/** Chance of one entity of one seed: `draw` numbers its decisions. */
export type Chance = {
  readonly below: (below: number, draw: number) => number;
  readonly pick: <T>(from: readonly [T, ...T[]] | readonly T[], draw: number) => T;
  readonly isLikely: (pct: number, draw: number) => boolean;
};

/** Binds keyed chance to the entity number `entity`: what it decides changes nothing for another. */
export function chanceOf(keyed: Keyed, entity: number): Chance {
  const below = (limit: number, draw: number) => keyed.below(limit, entity, draw);
  return {
    below,
    pick: (from, draw) => from[below(from.length, draw)] as never,
    isLikely: (pct, draw) => below(100, draw) < pct,
  };
}

/** A permutation that uses draws from `draw` on, one for each item. */
export function shuffled<T>(items: readonly T[], chance: Chance, draw: number): T[] {
  const mixed = [...items];
  for (let i = mixed.length - 1; i > 0; i -= 1) {
    const j = chance.below(i + 1, draw + i);
    const moved = mixed[i] as T;
    mixed[i] = mixed[j] as T;
    mixed[j] = moved;
  }
  return mixed;
}
