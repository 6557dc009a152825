import { receiveHlc } from "../clock/hlc";
import { covers, mergeVectors } from "../clock/vector";
import { canonicalJson } from "../kernel/json";
import type { OpId } from "../protocol/ids";
import type { AgreedKey, MergeCopy, Write } from "../protocol/site/merge-copy";
import { typedValueSchema } from "../protocol/site/replicated-op";
import type { StoredKey } from "../protocol/site/stored-key";
import type { Vector } from "../protocol/vector";
import { type Agreed, supersedes } from "./agreed";
import { mergeApart, setApart } from "./apart";
import { dropAbsent, installApart } from "./copy-apart";
import type { UpdateRefusal } from "./crdt-guard";
import { isHeld } from "./graves";
import { type Knowledge, knownBy } from "./knowledge";
import { lwwOrders } from "./lww";
import { revisionOf } from "./revision-tree";
import type { Compare } from "./stamped-map";
import { raise, raised, type State, touchApart } from "./store-state";
import { agree, mayAgree } from "./take";

/** Everything held, for a site that must start from it or has fallen behind the log. */
export function copyState(state: State): MergeCopy {
  const latest = [...state.frontier.keys()].flatMap((key) => {
    const write = state.frontier.latest(key);
    return write === null ? [] : [{ key, write }];
  });
  const agreed = [...state.known].flatMap(([key, held]) => (held === null ? [] : [bare(key, held)]));
  const isCounting = lwwOrders[state.lwwAxis.order].includes("edits");
  return {
    kind: "merge",
    seen: state.seen,
    past: { ...state.past },
    hlc: state.hlc,
    ...(isCounting && { editsFloor: state.lww.lww.floor() }),
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

/**
 * Merges a copy: what this site has and the copy has not stays, unless the copy's site has seen it, and
 * the other way round. A copy that Yjs cannot read changes nothing.
 */
export function installCopy(
  state: State,
  copy: MergeCopy,
  wall: number,
  forgets: boolean,
): UpdateRefusal | null {
  const refusal = state.crdt.install(copy.crdt.update);
  if (refusal !== null) return refusal;
  const isEmpty = state.known.size === 0 && Object.keys(state.seen).length === 0;
  const knowledge = forgets ? null : { here: knownBy(state.seen, isEmpty), there: knownBy(copy.seen, false) };
  const apart = keysApart(copy);
  for (const key of apart) setApart(state, key);
  for (const { key, ...one } of copy.agreed) installAgreed(state, key, { ...one, op: null }, knowledge);
  if (knowledge !== null) dropAbsent(state, copy, apart, knowledge);
  installApart(state, copy, knowledge);
  touchApart(state);
  for (const key of [...copy.agreed.map(({ key }) => key), ...apart]) state.graves.add(key);
  for (const key of [...state.known.keys()]) if (!isHeld(state, key)) state.known.delete(key);
  for (const [stream, n] of Object.entries(copy.seen)) {
    if (n > (state.seen[stream] ?? 0)) state.log.restart(stream, n);
  }
  state.seen = raised(state.seen, copy.seen);
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
function installAgreed(state: State, key: string, theirs: Agreed, knowledge: Knowledge | null): void {
  const ours = state.known.get(key);
  if (ours && isPartOf(theirs, ours, state.byWall)) return;
  // What was seen here and is not held was replaced, or deleted and forgotten since.
  if (ours !== null && knowledge?.here(theirs.write)) return;
  const isOne = ours === undefined || (ours !== null && isPartOf(ours, theirs, state.byWall));
  const isGone = ours && knowledge?.there(ours.write) === true && !isSame(ours, theirs);
  if ((isOne || isGone) && mayAgree(state, key) && isInDocument(state, key, theirs))
    agree(state, key, { ...theirs, covered: mergeVectors(ours?.covered ?? {}, theirs.covered) });
  else {
    setApart(state, key);
    mergeApart(state, key, theirs, knowledge);
  }
}

/** False for a value that came back: Yjs remembers the deletion that the other rules have forgotten. */
function isInDocument({ crdt }: State, key: string, { value }: Agreed): boolean {
  return canonicalJson(crdt.typed(key)) === canonicalJson(value);
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
    installAgreed(state, key, seeded, null);
    state.graves.add(key);
  }
  state.seen = raised(state.seen, shadow);
  raise(state.past, shadow);
}
