import type { MergeCopy, StampedKey, Write } from "../protocol/site/merge-copy";
import { candidateFrom, takeMerged, takeValue } from "./apart";
import type { Knowledge } from "./knowledge";
import type { SiblingRule } from "./siblings";
import type { State } from "./store-state";

/** The part of a copy that its site held rule by rule. */
export function installApart(state: State, copy: MergeCopy, knowledge: Knowledge | null): void {
  installStamped(state, "lww", copy.lww, knowledge);
  installStamped(state, "lww-hlc", copy.lwwHlc, knowledge);
  state.lww.lww.raiseFloor(copy.editsFloor ?? 0);
  for (const one of copy.sums) state.app.sums.install(one);
  for (const [rule, keys] of siblingsIn(copy)) {
    for (const one of keys) {
      state.siblings[rule].install(one, knowledge);
      state.views[rule].touch(one.key);
    }
  }
  for (const one of copy.tree) {
    state.tree.install(one, knowledge);
    state.views["revision-tree"].touch(one.key);
  }
  for (const one of copy.bounded) state.accounts.install(one);
  for (const { key, write } of copy.crdt.latest) {
    const isGone = knowledge?.here(write) === true && state.frontier.latest(key) === null;
    if (!isGone) takeMerged(state, key, { write, op: null });
  }
}

/** Forgets what the copy's site has seen and holds no more: it was replaced there, or deleted and forgotten. */
export function dropAbsent(
  state: State,
  copy: MergeCopy,
  apart: ReadonlySet<string>,
  { here, there }: Knowledge,
): void {
  const agreed = new Set(copy.agreed.map(({ key }) => key));
  for (const [key, held] of state.known) {
    if (held === null || agreed.has(key) || apart.has(key) || !there(held.write)) continue;
    state.known.delete(key);
    state.agreed.touch(key);
  }
  dropStamped(state, "lww", copy.lww, agreed, there);
  dropStamped(state, "lww-hlc", copy.lwwHlc, agreed, there);
  const knowledge = { here, there };
  for (const [rule, keys] of siblingsIn(copy)) {
    for (const key of absentFrom(keys, agreed, state.siblings[rule].keys())) {
      state.siblings[rule].install({ key, covered: {}, values: [] }, knowledge);
      state.views[rule].touch(key);
    }
  }
  for (const key of absentFrom(copy.tree, agreed, state.tree.keys())) {
    state.tree.install({ key, come: {}, awaited: [], leaves: [] }, knowledge);
    state.views["revision-tree"].touch(key);
  }
  for (const key of absentFrom(copy.crdt.latest, agreed, state.frontier.keys())) {
    const heads = state.frontier.heads(key) ?? [];
    if (state.crdt.typed(key) === null && heads.every(there)) state.frontier.bury(key);
  }
}

function installStamped(
  state: State,
  rule: "lww" | "lww-hlc",
  theirs: readonly StampedKey[],
  knowledge: Knowledge | null,
): void {
  for (const one of theirs) {
    const isGone = knowledge?.here(one.write) === true && !state.lww[rule].holds(one.key, one.field ?? null);
    if (!isGone) takeValue(state, rule, one.key, candidateFrom(one));
  }
}

function dropStamped(
  state: State,
  rule: "lww" | "lww-hlc",
  theirs: readonly StampedKey[],
  agreed: ReadonlySet<string>,
  there: (write: Write) => boolean,
): void {
  const placeOf = (key: string, field: string | null) => JSON.stringify([key, field]);
  const held = new Set(theirs.map(({ key, field }) => placeOf(key, field ?? null)));
  const gone = state.lww[rule].forget(
    (key, field, write) => there(write) && !agreed.has(key) && !held.has(placeOf(key, field)),
  );
  for (const key of gone) state.views[rule].touch(key);
}

function siblingsIn({ siblings, siblingsVv, app }: MergeCopy) {
  return [
    ["siblings", siblings],
    ["siblings-vv", siblingsVv],
    ["app", app],
  ] as const satisfies readonly (readonly [SiblingRule, MergeCopy["siblings"]])[];
}

/** The keys that one rule holds here, and of which the copy says nothing. */
function absentFrom(
  theirs: readonly { readonly key: string }[],
  agreed: ReadonlySet<string>,
  ours: Iterable<string>,
): readonly string[] {
  const held = new Set(theirs.map(({ key }) => key));
  return [...ours].filter((key) => !held.has(key) && !agreed.has(key));
}
