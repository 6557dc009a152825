/** A map that keeps the `limit` entries set last; `forget` is told of each one that leaves. */
export type Recent<Key, Value> = {
  readonly get: (key: Key) => Value | undefined;
  readonly set: (key: Key, value: Value) => void;
  readonly values: () => IterableIterator<Value>;
};

/** Creates an empty one. */
export function createRecent<Key, Value>(limit: number, forget: (value: Value) => void): Recent<Key, Value> {
  const entries = new Map<Key, Value>();
  return {
    get: (key) => entries.get(key),
    set(key, value) {
      entries.delete(key);
      entries.set(key, value);
      for (const [oldest, gone] of entries) {
        if (entries.size <= limit) return;
        entries.delete(oldest);
        forget(gone);
      }
    },
    values: () => entries.values(),
  };
}
