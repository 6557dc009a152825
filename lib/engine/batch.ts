import { jsonBytes } from "../kernel/json-bytes";

/** Bytes of entries in one message: with its envelope it is one frame. */
const messageBytes = 40 * 1024;

/** As many of the entries as one message carries; at least one. The largest, a `cas` of two full values, fits. */
export function batch<Entry extends object>(entries: readonly Entry[]): readonly Entry[] {
  if (entries.length < 2) return entries;
  let bytes = 0;
  const cut = entries.findIndex((entry, i) => {
    bytes += sizeOf(entry);
    return i > 0 && bytes > messageBytes;
  });
  return cut === -1 ? entries : entries.slice(0, cut);
}

/** Measured once an entry, although it goes to every replica. */
const sizes = new WeakMap<object, number>();

function sizeOf(entry: object): number {
  const size = sizes.get(entry) ?? jsonBytes(entry);
  sizes.set(entry, size);
  return size;
}
