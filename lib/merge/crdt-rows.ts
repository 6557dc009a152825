import type * as Y from "yjs";

/** What one key has in a Y.Map that many keys share. */
export type Row = {
  readonly get: (name: string) => unknown;
  readonly set: (name: string, value: unknown) => void;
  readonly delete: (name: string) => void;
  /** The names of its entries, as of the last transaction's end. */
  readonly keys: () => readonly string[];
};

/** No JSON has it unescaped, so it ends the key in an entry's name. */
const separator = "\u0000";

/**
 * The rows of a Y.Map, by key. A container for each key would be a root type for each key, among which
 * Yjs looks one by one for the name of the one that an entry belongs to: a copy would take keys² steps.
 */
export function createRows(map: Y.Map<unknown>): (key: string) => Row {
  const names = new Map<string, Set<string>>();
  map.observe(({ keysChanged }) => {
    for (const entry of keysChanged as Set<string>) {
      const place = placeOf(entry);
      if (place !== null) note(place.row, place.name, map.has(entry));
    }
  });

  function note(row: string, name: string, isThere: boolean): void {
    const known = names.get(row) ?? new Set<string>();
    if (isThere) names.set(row, known.add(name));
    else if (known.delete(name) && known.size === 0) names.delete(row);
  }

  return (key) => {
    const row = JSON.stringify(key);
    const entryOf = (name: string) => `${row}${separator}${name}`;
    return {
      get: (name) => map.get(entryOf(name)),
      set: (name, value) => void map.set(entryOf(name), value),
      delete: (name) => map.delete(entryOf(name)),
      keys: () => [...(names.get(row) ?? [])],
    };
  };
}

/** The row of an entry and its name there; null for a name that is not one of ours. */
export function placeOf(entry: string): { readonly row: string; readonly name: string } | null {
  const end = entry.indexOf(separator);
  return end > 0 ? { row: entry.slice(0, end), name: entry.slice(end + 1) } : null;
}
