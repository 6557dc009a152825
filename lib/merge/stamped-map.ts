import type { StampedKey, Write } from "../protocol/site/merge-copy";
import type { TypedValue } from "../protocol/site/replicated-op";

/** What a last-write-wins rule holds for a key; a null value is a tombstone. */
export type Stamped = { readonly value: TypedValue | null; readonly write: Write };

/** A map from keys to the greatest write ever offered for each, by one total order of writes. */
export type StampedMap = {
  readonly get: (key: string) => Stamped | undefined;
  /** Keeps the greater; says what was held before, so that the caller can tell who lost. */
  readonly offer: (
    key: string,
    candidate: Stamped,
  ) => { readonly held: Stamped | undefined; readonly won: boolean };
  readonly copy: () => StampedKey[];
};

/** An empty map ordered by `compare`, which must be total: it returns 0 only for one and the same write. */
export function createStampedMap(compare: (a: Write, b: Write) => number): StampedMap {
  const byKey = new Map<string, Stamped>();
  return {
    get: (key) => byKey.get(key),
    offer(key, candidate) {
      const held = byKey.get(key);
      const won = held === undefined || compare(candidate.write, held.write) > 0;
      if (won) byKey.set(key, candidate);
      return { held, won };
    },
    copy: () => [...byKey].map(([key, { value, write }]) => ({ key, value, write })),
  };
}
