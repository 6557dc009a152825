/**
 * The smallest part of `items` found for which `fails` still holds (Zeller's ddmin: halves, quarters, … are
 * left out in turn, down to single items). `fails(items)` is taken to hold. Order is kept.
 */
export function ddmin<T>(items: readonly T[], fails: (part: readonly T[]) => boolean): readonly T[] {
  let kept = items;
  let size = Math.ceil(kept.length / 2);
  while (kept.length > 0 && size >= 1) {
    const smaller = withoutOneChunk(kept, size, fails);
    if (smaller !== null) kept = smaller;
    else if (size === 1) return kept;
    else size = Math.ceil(size / 2);
    size = Math.min(size, Math.max(1, kept.length));
  }
  return kept;
}

function withoutOneChunk<T>(
  items: readonly T[],
  size: number,
  fails: (part: readonly T[]) => boolean,
): readonly T[] | null {
  // Late items go first: what happens after the failure is most likely not needed.
  for (let end = items.length; end > 0; end -= size) {
    const part = [...items.slice(0, Math.max(0, end - size)), ...items.slice(end)];
    if (fails(part)) return part;
  }
  return null;
}
