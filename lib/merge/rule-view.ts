import { digestOf } from "../kernel/digest";
import { canonicalJson, type Json } from "../kernel/json";
import type { DataType } from "../protocol/site/replicated-op";

/** What one rule shows for a key; an absent key that was written once has a null type and a version. */
export type Shown = {
  readonly value: Json;
  readonly type: DataType | null;
  readonly version: string | null;
  /** Every write behind the value where it is more than one, and no rule has made one value of them. */
  readonly beside?: readonly string[];
  /** The values beside the one shown that lost to it and are still there. */
  readonly conflicts?: readonly Json[];
};
/** A key that is present. */
export type ShownKey = Shown & { readonly type: DataType };

/** What one rule shows for every key, computed only when asked and only for keys touched since. */
export type RuleView = {
  readonly touch: (key: string) => void;
  /** The present keys as plain data; the same object until something changed. */
  readonly keys: () => Readonly<Record<string, ShownKey>>;
  readonly values: () => Readonly<Record<string, Json>>;
  /** Equal texts mean equal keys, values and versions. Does not depend on the order of writes. */
  readonly digest: () => string;
};

type Lanes = [number, number, number, number];

/** A view over `show`, which computes one key; nothing is shown of a key until it is touched. */
export function createRuleView(show: (key: string) => Shown): RuleView {
  const shown = new Map<string, ShownKey>();
  const stale = new Set<string>();
  const undigested = new Set<string>();
  const digests = new Map<string, Lanes>();
  const total: Lanes = [0, 0, 0, 0];
  let keys: Readonly<Record<string, ShownKey>> | null = null;
  let values: Readonly<Record<string, Json>> | null = null;

  function refresh(): void {
    for (const key of stale) {
      const { type, ...rest } = show(key);
      if (type === null) shown.delete(key);
      else shown.set(key, { ...rest, type });
      undigested.add(key);
      keys = values = null;
    }
    stale.clear();
  }

  /** A sum over the keys, so that one changed key costs one key. */
  function redigest(key: string): void {
    const next = lanesOf(key, shown.get(key));
    const before = digests.get(key) ?? [0, 0, 0, 0];
    for (const lane of [0, 1, 2, 3] as const) total[lane] = (total[lane] + next[lane] - before[lane]) >>> 0;
    digests.set(key, next);
  }

  return {
    touch: (key) => stale.add(key),
    keys() {
      refresh();
      keys ??= Object.freeze(Object.fromEntries(shown));
      return keys;
    },
    values() {
      refresh();
      values ??= Object.freeze(Object.fromEntries([...shown].map(([key, { value }]) => [key, value])));
      return values;
    },
    digest() {
      refresh();
      for (const key of undigested) redigest(key);
      undigested.clear();
      return total.map((lane) => lane.toString(16).padStart(8, "0")).join("");
    },
  };
}

function lanesOf(key: string, shown: ShownKey | undefined): Lanes {
  if (shown === undefined) return [0, 0, 0, 0];
  const hex = digestOf(canonicalJson([key, shown.type, shown.value, shown.version, ...(shown.beside ?? [])]));
  const lane = (at: number) => Number.parseInt(hex.slice(at * 8, at * 8 + 8), 16);
  return [lane(0), lane(1), lane(2), lane(3)];
}
