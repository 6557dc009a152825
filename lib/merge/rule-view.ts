import { hexOf, type Lanes, lanesOf } from "../kernel/digest";
import { canonicalJson, type Json } from "../kernel/json";
import type { DataType } from "../protocol/site/replicated-op";

/** What one rule shows for a key; an absent key that was written once has a null type and a version. */
export type Shown = {
  readonly value: Json;
  readonly type: DataType | null;
  readonly version: string | null;
  /** Every write behind the value where it is more than one, and no rule has made one value of them. */
  readonly beside?: readonly string[];
  /** Those of `beside` that are deletions: another site may have forgotten them already. */
  readonly deletions?: readonly string[];
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
  /** The same as four numbers; those of two sets of keys add up to those of both. */
  readonly lanes: () => Lanes;
};

/**
 * A view over `show`, which computes one key; nothing is shown of a key until it is touched. Beneath it
 * lies `base`, with keys of its own.
 */
export function createRuleView(show: (key: string) => Shown, base: RuleView | null = null): RuleView {
  const shown = new Map<string, ShownKey>();
  const stale = new Set<string>();
  const undigested = new Set<string>();
  const digests = new Map<string, Lanes>();
  let total: Lanes = none;
  let keys: Made<ShownKey> | null = null;
  let values: Made<Json> | null = null;

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
    const now = shown.get(key);
    const next = now === undefined ? none : digestOfKey(key, now);
    total = add(total, subtract(next, digests.get(key) ?? none));
    if (now === undefined) digests.delete(key);
    else digests.set(key, next);
  }

  function lanes(): Lanes {
    refresh();
    for (const key of undigested) redigest(key);
    undigested.clear();
    return base === null ? total : add(total, base.lanes());
  }

  return {
    touch: (key) => stale.add(key),
    keys() {
      refresh();
      keys = over(base?.keys() ?? null, keys, shown, (each) => each);
      return keys.all;
    },
    values() {
      refresh();
      values = over(base?.values() ?? null, values, shown, ({ value }) => value);
      return values.all;
    },
    digest: () => hexOf(lanes()),
    lanes,
  };
}

/** What was last given out, and what lay beneath it then. */
type Made<T> = {
  readonly all: Readonly<Record<string, T>>;
  readonly beneath: Readonly<Record<string, T>> | null;
};

/** The keys of `shown` over those beneath; what was made `before` where nothing has changed. */
function over<T>(
  beneath: Made<T>["beneath"],
  before: Made<T> | null,
  shown: ReadonlyMap<string, ShownKey>,
  pick: (shown: ShownKey) => T,
): Made<T> {
  if (before !== null && before.beneath === beneath) return before;
  if (beneath !== null && shown.size === 0) return { all: beneath, beneath };
  const own = [...shown].map(([key, each]) => [key, pick(each)] as const);
  return { all: Object.freeze({ ...beneath, ...Object.fromEntries(own) }), beneath };
}

const none: Lanes = [0, 0, 0, 0];

function add([a, b, c, d]: Lanes, [e, f, g, h]: Lanes): Lanes {
  return [(a + e) >>> 0, (b + f) >>> 0, (c + g) >>> 0, (d + h) >>> 0];
}

function subtract([a, b, c, d]: Lanes, [e, f, g, h]: Lanes): Lanes {
  return [(a - e) >>> 0, (b - f) >>> 0, (c - g) >>> 0, (d - h) >>> 0];
}

function digestOfKey(key: string, shown: ShownKey): Lanes {
  const { type, value, version, beside = [], deletions = [] } = shown;
  const values = beside.filter((op) => !deletions.includes(op));
  return lanesOf(canonicalJson([key, type, value, version, ...(values.length > 1 ? values : [])]));
}
