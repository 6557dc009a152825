import { mergeVectors } from "../clock/vector";
import type { DottedKey, Write } from "../protocol/site/merge-copy";
import type { TypedValue } from "../protocol/site/replicated-op";
import type { Vector } from "../protocol/vector";
import type { Knowledge, Mark } from "./knowledge";
import { comparePlaces } from "./write";

/** What one write left at a key; a null value is a deletion. */
export type Sibling = { readonly value: TypedValue | null; readonly write: Write };

/** What a write met: the values that its writer had read and so replaced, and those it stands beside. */
export type Landing = { readonly replaced: readonly Sibling[]; readonly beside: readonly Sibling[] };

/**
 * A dotted version vector set for each key (Preguiça et al., 2012; Riak's `dvvset`): every value keeps
 * the dot of its write, and a write takes away exactly the values that its context covers. Our dots
 * count a stream's writes and not one key's, so each value keeps its number instead of its place.
 */
export type DottedMap = {
  /** The values that nobody has replaced, deletions among them, in the order of their dots. */
  readonly get: (key: string) => readonly Sibling[];
  /** What a reader of the key has read: everything that is or was here. */
  readonly context: (key: string) => Vector;
  /** Takes a write in. Writes of one stream come in order; `context` is what its writer had read. */
  readonly take: (key: string, sibling: Sibling, context: Vector) => Landing;
  readonly copy: () => DottedKey[];
  /** Merges one key of another site's map. What either side knows of and does not hold is gone. */
  readonly install: (theirs: DottedKey, knowledge: Knowledge | null) => void;
  /** The deletions of a key of which nothing else is left; null where a value is, or nothing is held of it. */
  readonly grave: (key: string) => readonly Mark[] | null;
  readonly bury: (key: string) => void;
  readonly keys: () => Iterable<string>;
};

/** Both are replaced, never changed: others hold them. */
type Cell = { covered: Vector; live: readonly Sibling[] };

/** An empty map. */
export function createDottedMap(): DottedMap {
  const cells = new Map<string, Cell>();

  function cellOf(key: string): Cell {
    const cell = cells.get(key) ?? { covered: {}, live: [] };
    cells.set(key, cell);
    return cell;
  }

  return {
    get: (key) => cells.get(key)?.live ?? [],
    context: (key) => cells.get(key)?.covered ?? {},
    take(key, sibling, context) {
      const cell = cellOf(key);
      const { write } = sibling;
      // A write that had read this one may have come first, from another stream.
      const isReplaced = reaches(cell.covered, write);
      const replaced = cell.live.filter((each) => reaches(context, each.write));
      const beside = cell.live.filter((each) => !reaches(context, each.write));
      const read = { ...context, [write.stream]: Math.max(write.seq, context[write.stream] ?? 0) };
      cell.covered = mergeVectors(cell.covered, read);
      settle(cell, isReplaced ? beside : [...beside, sibling]);
      return { replaced, beside: isReplaced ? [] : beside.filter(({ write: { seq } }) => seq > 0) };
    },
    copy: () => [...cells].map(([key, { covered, live }]) => ({ key, covered, values: [...live] })),
    install({ key, covered, values }, knowledge) {
      const cell = cellOf(key);
      const here = (write: Write) => reaches(cell.covered, write) || knowledge?.here(write) === true;
      const there = (write: Write) => reaches(covered, write) || knowledge?.there(write) === true;
      const has = (list: readonly Sibling[], { write }: Sibling) =>
        list.some((each) => each.write.stream === write.stream && each.write.seq === write.seq);
      const ours = cell.live.filter((each) => has(values, each) || !there(each.write));
      const theirs = values.filter((each) => !has(ours, each) && !here(each.write));
      cell.covered = mergeVectors(cell.covered, covered);
      settle(cell, [...ours, ...theirs]);
      if (cell.live.length === 0 && knowledge !== null) cells.delete(key);
    },
    grave(key) {
      const { live } = cells.get(key) ?? { live: [] };
      const isDeleted = live.length > 0 && live.every(({ value }) => value === null);
      return isDeleted ? live.map(({ write }) => write) : null;
    },
    bury: (key) => cells.delete(key),
    keys: () => cells.keys(),
  };
}

/** True when whoever has read as far as `read` has read this write. */
function reaches(read: Vector, { stream, seq }: Write): boolean {
  return (read[stream] ?? -1) >= seq;
}

/** Any write of many-writer times replaces what the key held before them. */
function settle(cell: Cell, live: readonly Sibling[]): void {
  const isWritten = Object.values(cell.covered).some((n) => n > 0);
  const kept = isWritten ? live.filter(({ write }) => write.seq > 0) : live;
  cell.live = [...kept].sort((a, b) => comparePlaces(a.write, b.write));
}
