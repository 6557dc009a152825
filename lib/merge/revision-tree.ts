import { hexOf, lanesOf } from "../kernel/digest";
import { canonicalJson } from "../kernel/json";
import type { TreeKey, Write } from "../protocol/site/merge-copy";
import type { Place, Revision, TypedValue } from "../protocol/site/replicated-op";
import type { Knowledge, Mark } from "./knowledge";
import { comparePlaces } from "./write";

/** The end of one branch of edits; a null value is a deletion. */
export type Leaf = TreeKey["leaves"][number];

/** What a revision met: the leaves that it was made upon, and those it stands beside. */
export type Growth = { readonly replaced: readonly Leaf[]; readonly beside: readonly Leaf[] };

/**
 * A tree of edits for each key (CouchDB): a revision names the one that it was made upon, so concurrent
 * edits make branches. The winner is chosen alike everywhere (`compareLeaves`, as in `couch_doc.erl`) and
 * the other leaves stay until somebody settles them. Only leaves are kept: what was a parent once is
 * known by how far each stream has come, and by the parents that are still under way.
 */
export type RevisionTree = {
  /** The leaves, the winner first. */
  readonly leaves: (key: string) => readonly Leaf[];
  readonly take: (key: string, leaf: Leaf, parents: readonly Place[]) => Growth;
  readonly copy: () => TreeKey[];
  /** Merges one key of another site's tree. What either side knows of and does not hold is gone. */
  readonly install: (theirs: TreeKey, knowledge: Knowledge | null) => void;
  /** The deletions that end every branch of a key, and what is still to come of it; null where a branch is left. */
  readonly grave: (key: string) => readonly Mark[] | null;
  readonly bury: (key: string) => void;
  readonly keys: () => Iterable<string>;
};

type Cell = { come: Record<string, number>; awaited: Place[]; leaves: Leaf[] };

/** An empty tree for every key. */
export function createRevisionTree(): RevisionTree {
  const cells = new Map<string, Cell>();

  function cellOf(key: string): Cell {
    const cell = cells.get(key) ?? { come: {}, awaited: [], leaves: [] };
    cells.set(key, cell);
    return cell;
  }

  return {
    leaves: (key) => cells.get(key)?.leaves ?? [],
    take(key, leaf, parents) {
      const cell = cellOf(key);
      // Its child, made at another site, may have come first.
      const isParent = cell.awaited.some((place) => isAt(place, leaf));
      const isUpon = (each: Leaf) => parents.some((place) => isAt(place, each));
      const replaced = cell.leaves.filter(isUpon);
      const beside = cell.leaves.filter((each) => !isUpon(each));
      cell.come[leaf.write.stream] = Math.max(leaf.write.seq, cell.come[leaf.write.stream] ?? 0);
      cell.awaited = [...cell.awaited, ...parents].filter((place) => !hasCome(cell.come, place));
      cell.leaves = inOrder(isParent ? beside : [...beside, leaf]);
      return { replaced, beside: isParent ? [] : beside };
    },
    copy: () =>
      [...cells].map(([key, { come, awaited, leaves }]) => ({
        ...{ key, come: { ...come }, awaited: [...awaited], leaves: [...leaves] },
      })),
    install(theirs, knowledge) {
      const ours = cellOf(theirs.key);
      const here = (write: Write) => hasCome(ours.come, write) || knowledge?.here(write) === true;
      const there = (write: Write) => hasCome(theirs.come, write) || knowledge?.there(write) === true;
      const kept = ours.leaves.filter((leaf) => isLeafIn(theirs, leaf, there));
      const isNew = (leaf: Leaf) =>
        !kept.some((each) => isAt(placeOf(each), leaf)) && isLeafIn(ours, leaf, here);
      ours.leaves = inOrder([...kept, ...theirs.leaves.filter(isNew)]);
      for (const [stream, n] of Object.entries(theirs.come))
        ours.come[stream] = Math.max(n, ours.come[stream] ?? 0);
      ours.awaited = [...ours.awaited, ...theirs.awaited].filter((place) => !hasCome(ours.come, place));
      if (ours.leaves.length === 0 && knowledge !== null) cells.delete(theirs.key);
    },
    grave(key) {
      const { leaves, awaited } = cells.get(key) ?? { leaves: [], awaited: [] };
      const [first] = leaves;
      if (first === undefined || first.value !== null) return null;
      const { wallMs } = first.write;
      return [...leaves.map(({ write }) => write), ...awaited.map((place) => ({ ...place, wallMs }))];
    },
    bury: (key) => cells.delete(key),
    keys: () => cells.keys(),
  };
}

/** False where the other side knows of a revision made upon this one. */
function isLeafIn(
  { awaited, leaves }: Pick<TreeKey, "awaited" | "leaves">,
  leaf: Leaf,
  isKnown: (write: Write) => boolean,
): boolean {
  if (leaves.some((each) => isAt(placeOf(each), leaf))) return true;
  return !isKnown(leaf.write) && !awaited.some((place) => isAt(place, leaf));
}

/** The revision that an edit of `parent` to this value makes: equal edits make equal revisions. */
export function revisionOf(parent: Leaf | undefined, value: TypedValue | null): Omit<Revision, "upon"> {
  const made = value === null ? "" : ` ${value.type} ${canonicalJson(value.value)}`;
  const lanes = lanesOf(`${parent?.hash ?? ""}${made}`);
  return { edits: (parent?.edits ?? 0) + 1, hash: hexOf(lanes.slice(0, 2)) };
}

/** Negative where `a` wins: it is there, its branch has more edits, its hash is greater. */
export function compareLeaves(a: Leaf, b: Leaf): number {
  const isGone = (leaf: Leaf) => (leaf.value === null ? 1 : 0);
  if (isGone(a) !== isGone(b)) return isGone(a) - isGone(b);
  if (a.edits !== b.edits) return b.edits - a.edits;
  if (a.hash !== b.hash) return a.hash > b.hash ? -1 : 1;
  return comparePlaces(a.write, b.write);
}

export function placeOf({ write: { stream, seq } }: Leaf): Place {
  return { stream, seq };
}

function inOrder(leaves: readonly Leaf[]): Leaf[] {
  return [...leaves].sort(compareLeaves);
}

function isAt({ stream, seq }: Place, { write }: Leaf): boolean {
  return stream === write.stream && seq === write.seq;
}

function hasCome(come: Readonly<Record<string, number>>, { stream, seq }: Place): boolean {
  return (come[stream] ?? -1) >= seq;
}
