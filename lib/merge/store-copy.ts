import { receiveHlc } from "../clock/hlc";
import type { OpId } from "../protocol/ids";
import type { DottedKey, MergeCopy, StampedKey, Write } from "../protocol/site/merge-copy";
import { typedValueSchema } from "../protocol/site/replicated-op";
import type { StoredKey } from "../protocol/site/stored-key";
import type { Vector } from "../protocol/vector";
import type { UpdateRefusal } from "./crdt-guard";
import { lwwRules } from "./lww-receipts";
import { revisionOf } from "./revision-tree";
import { type SiblingRule, siblingRules } from "./siblings";
import type { Candidate } from "./stamped-map";
import { raise, type State, touchMerged } from "./store-state";
import { takeMerged, takeValue } from "./take";

/** Everything held, for a site that must start from it or has fallen behind the log. */
export function copyState(state: State): MergeCopy {
  const latest = [...state.frontier.keys()].flatMap((key) => {
    const write = state.frontier.latest(key);
    return write === null ? [] : [{ key, write }];
  });
  return {
    kind: "merge",
    seen: { ...state.seen },
    past: { ...state.past },
    hlc: state.hlc,
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
  for (const one of copy.lww) takeValue(state, "lww", one.key, offered(one));
  for (const one of copy.lwwHlc) takeValue(state, "lww-hlc", one.key, offered(one));
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
  const keys = [
    ...copy.lww,
    ...copy.lwwHlc,
    ...copy.siblings,
    ...copy.siblingsVv,
    ...copy.app,
    ...copy.tree,
    ...copy.bounded,
    ...copy.crdt.latest,
  ];
  for (const { key } of keys) state.known.add(key);
  for (const key of state.known) touchMerged(state, key);
  for (const [stream, n] of Object.entries(copy.seen)) {
    if (n > (state.seen[stream] ?? 0)) state.log.restart(stream, n);
  }
  raise(state.seen, copy.seen);
  raise(state.past, copy.past);
  state.hlc = receiveHlc(state.hlc, copy.hlc, wall);
  return null;
}

function offered({ value, write, field }: Omit<StampedKey, "key">): Candidate {
  return { value, write, builds: false, field: field ?? null };
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
    state.known.add(key);
    for (const rule of lwwRules) takeValue(state, rule, key, offered({ value: typed.data, write }));
    for (const rule of siblingRules) {
      state.siblings[rule].take(key, { value: typed.data, write }, {});
      state.views[rule].touch(key);
    }
    state.tree.take(key, { value: typed.data, write, ...revisionOf(undefined, typed.data) }, []);
    state.views["revision-tree"].touch(key);
    if (typed.data?.type === "counter") state.accounts.open(key, typed.data.value, write);
    if (typed.data !== null) state.crdt.seed(key, typed.data, opId, state.actor);
    takeMerged(state, key, { write, op: null });
  }
  raise(state.seen, shadow);
  raise(state.past, shadow);
}
