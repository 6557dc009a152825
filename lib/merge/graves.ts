import type { MergeCopy, StampedKey } from "../protocol/site/merge-copy";
import type { Agreed } from "./agreed";
import type { Mark } from "./knowledge";
import { lwwRules } from "./lww-receipts";
import { siblingRules } from "./siblings";
import { type State, touchMerged } from "./store-state";

/** A deleted key, and every write of it that is still remembered where nothing is shown any more. */
export type Grave = { readonly key: string; readonly writes: readonly Mark[] };

/** What one rule remembers of a deleted key, and how it forgets that. */
type Cell = { readonly writes: readonly Mark[]; readonly bury: () => void };

/**
 * The deletions that are remembered. A key that some rules still show is in here for the others. Numbers
 * that the application adds up stay for good: their sums count what was before the deletion too.
 */
export function gravesOf(state: State): readonly Grave[] {
  return [...state.graves].flatMap((key) => {
    const cells = cellsOf(state, key);
    if (cells.length === 0) state.graves.delete(key);
    return cells.length === 0 ? [] : [{ key, writes: cells.flatMap(({ writes }) => writes) }];
  });
}

/** Forgets what is deleted of a key, under every rule; what is shown stays as it is. */
export function bury(state: State, key: string, fromLog: boolean): void {
  for (const { writes, bury: forget } of cellsOf(state, key)) {
    forget();
    for (const { stream, seq } of fromLog ? writes : []) state.log.forget(stream, seq);
  }
  state.graves.delete(key);
  for (const rule of [...lwwRules, ...siblingRules, "revision-tree"] as const) state.views[rule].touch(key);
  touchMerged(state, key);
  if (!isHeld(state, key)) state.known.delete(key);
}

/** What a copy would bring back: values of keys that were seen here, deleted and forgotten. */
export function returningIn({ known, seen }: State, { agreed, lww }: MergeCopy): readonly StampedKey[] {
  return [...agreed, ...lww].filter(({ key, value, write: { stream, seq } }) => {
    const wasSeen = seq > 0 && seq <= (seen[stream] ?? 0);
    return wasSeen && value !== null && !known.has(key);
  });
}

/** True where any rule remembers a write of the key. */
export function isHeld(state: State, key: string): boolean {
  const { lww, siblings, tree, accounts, frontier, crdt, app, known } = state;
  return (
    (known.get(key) ?? null) !== null ||
    lwwRules.some((rule) => lww[rule].get(key) !== undefined) ||
    siblingRules.some((rule) => siblings[rule].get(key).length > 0) ||
    tree.leaves(key).length > 0 ||
    accounts.has(key) ||
    app.sums.has(key) ||
    frontier.latest(key) !== null ||
    crdt.typed(key) !== null
  );
}

function cellsOf(state: State, key: string): readonly Cell[] {
  const { lww, siblings, app, tree, crdt, frontier } = state;
  const agreed = state.known.get(key) ?? null;
  if (agreed !== null) return agreed.value === null ? [agreedCell(state, key, agreed)] : [];
  const kept = siblingRules.filter((rule) => rule !== "app" || !app.sums.has(key));
  const found = [
    ...lwwRules.map((rule) => cell(lww[rule].grave(key), () => lww[rule].bury(key))),
    ...kept.map((rule) => cell(siblings[rule].grave(key), () => siblings[rule].bury(key))),
    cell(tree.grave(key), () => tree.bury(key)),
    // Yjs remembers for itself what was deleted; what is forgotten is who wrote it.
    cell(crdt.typed(key) === null && !crdt.isWaiting() ? frontier.heads(key) : null, () =>
      frontier.bury(key),
    ),
  ];
  return found.flatMap((each) => (each === null ? [] : [each]));
}

/** On an agreed key all rules forget as one. */
function agreedCell({ known, agreed, lww }: State, key: string, { write }: Agreed): Cell {
  const bury = () => {
    known.delete(key);
    agreed.touch(key);
    lww.lww.raiseFloor((write.edits ?? 0) + 1);
  };
  return { writes: [write], bury };
}

function cell(writes: readonly Mark[] | null, bury: () => void): Cell | null {
  return writes === null ? null : { writes, bury };
}
