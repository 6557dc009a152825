import { receiveHlc } from "../clock/hlc";
import { covers } from "../clock/vector";
import type { OpId } from "../protocol/ids";
import type { AgreedKey, DottedKey, MergeCopy, Write } from "../protocol/site/merge-copy";
import { typedValueSchema } from "../protocol/site/replicated-op";
import type { StoredKey } from "../protocol/site/stored-key";
import type { Vector } from "../protocol/vector";
import { type Agreed, supersedes } from "./agreed";
import { candidateFrom, mergeApart, setApart, takeMerged, takeValue } from "./apart";
import type { UpdateRefusal } from "./crdt-guard";
import { revisionOf } from "./revision-tree";
import type { SiblingRule } from "./siblings";
import type { Compare } from "./stamped-map";
import { raise, type State, touchApart } from "./store-state";
import { agree, mayAgree } from "./take";

/** Everything held, for a site that must start from it or has fallen behind the log. */
export function copyState(state: State): MergeCopy {
  const latest = [...state.frontier.keys()].flatMap((key) => {
    const write = state.frontier.latest(key);
    return write === null ? [] : [{ key, write }];
  });
  const agreed = [...state.known].flatMap(([key, held]) => (held === null ? [] : [bare(key, held)]));
  return {
    kind: "merge",
    seen: { ...state.seen },
    past: { ...state.past },
    hlc: state.hlc,
    agreed,
    lww: state.lww.lww.copy(),
    lwwHlc: state.lww["lww-hlc"].copy(),
    siblings: state.siblings.siblings.copy(),
    siblingsVv: state.siblings["siblings-vv"].copy(),
    app: state.siblings.app.copy(),
    sums: state.app.sums.copy(),
    tree: state.tree.copy(),
    bounded: state.accounts.copy(),
    crdt: { update: state.crdt.copy(), latest },
  };
}

/** Merges a copy: what this site has and the copy has not stays. A copy that Yjs cannot read changes nothing. */
export function installCopy(state: State, copy: MergeCopy, wall: number): UpdateRefusal | null {
  const refusal = state.crdt.install(copy.crdt.update);
  if (refusal !== null) return refusal;
  for (const key of keysApart(copy)) setApart(state, key);
  for (const { key, ...one } of copy.agreed) installAgreed(state, key, { ...one, op: null });
  for (const one of copy.lww) takeValue(state, "lww", one.key, candidateFrom(one));
  for (const one of copy.lwwHlc) takeValue(state, "lww-hlc", one.key, candidateFrom(one));
  for (const one of copy.siblings) installSiblings(state, "siblings", one);
  for (const one of copy.siblingsVv) installSiblings(state, "siblings-vv", one);
  for (const one of copy.sums) state.app.sums.install(one);
  for (const one of copy.app) installSiblings(state, "app", one);
  for (const one of copy.tree) {
    state.tree.install(one);
    state.views["revision-tree"].touch(one.key);
  }
  for (const one of copy.bounded) state.accounts.install(one);
  for (const { key, write } of copy.crdt.latest) takeMerged(state, key, { write, op: null });
  touchApart(state);
  for (const [stream, n] of Object.entries(copy.seen)) {
    if (n > (state.seen[stream] ?? 0)) state.log.restart(stream, n);
  }
  raise(state.seen, copy.seen);
  raise(state.past, copy.past);
  state.hlc = receiveHlc(state.hlc, copy.hlc, wall);
  return null;
}

/** The keys that the copy's site held apart. */
function keysApart(copy: MergeCopy): Set<string> {
  const { lww, lwwHlc, siblings, siblingsVv, app, tree, bounded, crdt } = copy;
  const all = [lww, lwwHlc, siblings, siblingsVv, app, tree, bounded, crdt.latest];
  return new Set(all.flatMap((some) => some.map(({ key }) => key)));
}

/** Two successions of which one goes on from the other are one; any others the rules must merge. */
function installAgreed(state: State, key: string, theirs: Agreed): void {
  const ours = state.known.get(key);
  if (ours && isPartOf(theirs, ours, state.byWall)) return;
  const isOne = ours === undefined || (ours !== null && isPartOf(ours, theirs, state.byWall));
  if (isOne && mayAgree(state, key)) agree(state, key, theirs);
  else {
    setApart(state, key);
    mergeApart(state, key, theirs);
  }
}

/** True where everything that came to make `early` came to make `late` too. */
function isPartOf(early: Agreed, late: Agreed, byWall: Compare): boolean {
  return covers(late.covered, early.covered) && (isSame(early, late) || supersedes(late, early, byWall));
}

function isSame({ write: a }: Agreed, { write: b }: Agreed): boolean {
  return a.stream === b.stream && a.seq === b.seq;
}

function bare(key: string, { value, write, covered, edits, hash }: Agreed): AgreedKey {
  return { key, value, write, covered, edits, hash };
}

function installSiblings(state: State, rule: SiblingRule, one: DottedKey): void {
  state.siblings[rule].install(one);
  state.views[rule].touch(one.key);
}

/** A time that no clock shows. */
const beginning = -(2 ** 52);

/** Writes from before there were many writers: everybody has seen them, and any later write wins. */
export function seedKeys(state: State, keys: readonly StoredKey[], shadow: Vector): void {
  const { site, stream } = state;
  for (const { key, type, value, version } of keys) {
    const typed =
      type === null ? ({ success: true, data: null } as const) : typedValueSchema.safeParse({ type, value });
    if (!typed.success) continue;
    const opId = version as OpId;
    const write: Write = {
      opId,
      stream,
      seq: 0,
      site,
      wallMs: beginning,
      hlc: { l: beginning, c: 0 },
      shadow: {},
    };
    if (typed.data?.type === "counter") state.accounts.open(key, typed.data.value, write);
    if (typed.data !== null) state.crdt.seed(key, typed.data, opId, state.actor);
    const covered = { [stream]: 0 };
    const seeded = { value: typed.data, write, covered, ...revisionOf(undefined, typed.data), op: null };
    installAgreed(state, key, seeded);
  }
  raise(state.seen, shadow);
  raise(state.past, shadow);
}
