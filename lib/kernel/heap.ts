/** A binary min-heap ordered by a total comparator; ties must be broken by the comparator itself. */
export type Heap<T> = {
  readonly push: (item: T) => void;
  readonly pop: () => T | undefined;
  readonly peek: () => T | undefined;
  readonly size: () => number;
};

/** Creates an empty heap. `before(a, b)` is true when `a` leaves the heap first. */
export function createHeap<T>(before: (a: T, b: T) => boolean): Heap<T> {
  const items: T[] = [];

  function swap(i: number, j: number): void {
    const a = items[i] as T;
    items[i] = items[j] as T;
    items[j] = a;
  }

  function up(start: number): void {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(items[at] as T, items[parent] as T)) return;
      swap(at, parent);
      at = parent;
    }
  }

  function down(): void {
    let at = 0;
    for (;;) {
      const left = at * 2 + 1;
      const right = left + 1;
      let least = at;
      if (left < items.length && before(items[left] as T, items[least] as T)) least = left;
      if (right < items.length && before(items[right] as T, items[least] as T)) least = right;
      if (least === at) return;
      swap(at, least);
      at = least;
    }
  }

  return {
    push(item) {
      items.push(item);
      up(items.length - 1);
    },
    pop() {
      const first = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        down();
      }
      return first;
    },
    peek: () => items[0],
    size: () => items.length,
  };
}
