import { zeroHlc } from "../clock/hlc";
import { unreachable } from "../kernel/assert";
import type { AppRule, Cluster, MergeRule } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";
import type { Hlc, Vector } from "../protocol/vector";
import { type Agreed, leafOf, showAgreed } from "./agreed";
import { mergeByRules } from "./app-rule";
import { type Accounts, createAccounts } from "./bounded";
import { showBounded } from "./bounded-rule";
import { createFrontier, type Frontier } from "./conflicts";
import { type Crdt, createCrdt } from "./crdt";
import { createDeltaSums, type DeltaSums } from "./delta-sums";
import { createDottedMap, type DottedMap } from "./dotted-map";
import { compareLww } from "./lww";
import { compareLwwHlc } from "./lww-hlc";
import { createOpLog, type OpLog } from "./op-log";
import { createReceipts, type Receipts } from "./receipts";
import { showTree } from "./revision-rule";
import { createRevisionTree, type Leaf, type RevisionTree } from "./revision-tree";
import { createRuleView, type RuleView, type Shown } from "./rule-view";
import { type Fold, isSiblingRule, type SiblingRule, showSiblings, versionAmong } from "./siblings";
import { type Compare, createStampedMap, type StampedMap } from "./stamped-map";
import { streamOf } from "./write";

/** The part of the axis `lww` that what is held depends on. */
export type StampedBy = Pick<Cluster["lww"], "order" | "unit">;

/** Everything a many-writers site holds. Only the functions of the store change it. */
export type State = {
  readonly site: SiteId;
  readonly actor: number;
  readonly stream: string;
  /** Writes whose effects are here, by stream; another object after each. */
  seen: Vector;
  /** `seen` and all that happened before those writes: what the next write's shadow covers. */
  readonly past: Record<string, number>;
  hlc: Hlc;
  /** Whose order of writes `lww` follows, and whether fields of a record are stamped one by one. */
  readonly lwwAxis: StampedBy;
  readonly byWall: Compare;
  readonly lww: Readonly<Record<"lww" | "lww-hlc", StampedMap>>;
  readonly siblings: Readonly<Record<SiblingRule, DottedMap>>;
  /** The application's rules in force, and the changes that they add up. */
  readonly app: { rules: readonly AppRule[]; readonly sums: DeltaSums };
  readonly tree: RevisionTree;
  readonly crdt: Crdt;
  /** The counters of the `bounded` rule; every other key it shows as the `crdt` rule does. */
  readonly accounts: Accounts;
  /** Of the writes that the `crdt` rule took in. */
  readonly frontier: Frontier;
  /** Every key of which anything is held, tombstones included: what all rules agree on, or null where each holds its own. */
  readonly known: Map<string, Agreed | null>;
  /** Keys of which a rule may remember nothing but a deletion. */
  readonly graves: Set<string>;
  /** The keys that all rules agree on, and beneath it what each rule shows of its own. */
  readonly agreed: RuleView;
  readonly views: Readonly<Record<MergeRule, RuleView>>;
  readonly log: OpLog;
  readonly receipts: Receipts;
  /** Which site writes under which place of the pod, as first seen: nobody else may. */
  readonly owners: Map<number, SiteId>;
};

/** A state without data. */
export function createState(site: SiteId, actor: number, lwwAxis: StampedBy): State {
  const byWall = compareLww(lwwAxis.order);
  const byHlc: Compare = (a, b) => compareLwwHlc(a.write, b.write);
  const lww = { lww: createStampedMap(byWall), "lww-hlc": createStampedMap(byHlc) };
  const siblings = {
    siblings: createDottedMap(),
    "siblings-vv": createDottedMap(),
    app: createDottedMap(),
  };
  const app: State["app"] = { rules: [], sums: createDeltaSums() };
  const tree = createRevisionTree();
  const crdt = createCrdt();
  const frontier = createFrontier();
  const accounts = createAccounts();
  const known: State["known"] = new Map();
  const agreed = createRuleView((key) => {
    const held = known.get(key) ?? null;
    return held === null ? nothing : showAgreed(held);
  });
  const showMerged = (key: string): Shown => {
    // A key that was apart and forgotten may have been agreed on anew since it was touched.
    if (known.get(key)) return nothing;
    return { ...typedOr(crdt, key), version: crdtVersion(crdt, frontier, key) };
  };
  const showLww = (rule: "lww" | "lww-hlc") => (key: string) => shownOf(lww[rule], key);
  const views = {
    lww: createRuleView(showLww("lww"), agreed),
    "lww-hlc": createRuleView(showLww("lww-hlc"), agreed),
    siblings: createRuleView((key) => showSiblings(siblings.siblings.get(key), key), agreed),
    "siblings-vv": createRuleView((key) => showSiblings(siblings["siblings-vv"].get(key), key), agreed),
    app: createRuleView((key) => showSiblings(siblings.app.get(key), key, foldOf(app)), agreed),
    "revision-tree": createRuleView((key) => showTree(tree.leaves(key)), agreed),
    crdt: createRuleView(showMerged, agreed),
    bounded: createRuleView((key) => showBounded({ accounts }, key) ?? showMerged(key), agreed),
  };
  const [log, receipts] = [createOpLog(), createReceipts()];
  const [graves, owners] = [new Set<string>(), new Map<number, SiteId>()];
  const stream = streamOf(site, actor);
  const clocks = { seen: {}, past: {}, hlc: zeroHlc };
  const data = { lww, siblings, app, tree, crdt, accounts, frontier };
  return {
    ...{ site, actor, stream, lwwAxis, byWall, known, graves, agreed, views, log, receipts, owners },
    ...clocks,
    ...data,
  };
}

/** The id of the write that a rule shows for a key; null where it was never written. */
export function versionOf(state: State, rule: MergeRule, key: string): string | null {
  const agreed = state.known.get(key) ?? null;
  if (agreed !== null) return agreed.write.opId;
  return isSiblingRule(rule)
    ? versionAmong(state.siblings[rule].get(key))
    : readKey(state, rule, key).version;
}

/** What a rule shows for one key now. */
export function readKey(state: State, rule: MergeRule, key: string): Shown {
  const agreed = state.known.get(key) ?? null;
  if (agreed !== null) return showAgreed(agreed);
  switch (rule) {
    case "lww":
    case "lww-hlc":
      return shownOf(state.lww[rule], key);
    case "siblings":
    case "siblings-vv":
      return showSiblings(state.siblings[rule].get(key), key);
    case "app":
      return showSiblings(state.siblings.app.get(key), key, foldOf(state.app));
    case "revision-tree":
      return showTree(state.tree.leaves(key));
    case "bounded":
      return showBounded(state, key) ?? readKey(state, "crdt", key);
    case "crdt":
      return { ...typedOr(state.crdt, key), version: crdtVersion(state.crdt, state.frontier, key) };
    default:
      return unreachable(rule);
  }
}

/** How far every stream has been read or replaced at one key. */
export function contextAt({ known, siblings }: State, rule: SiblingRule, key: string): Vector {
  return known.get(key)?.covered ?? siblings[rule].context(key);
}

/** The ends of one key's branches, the winner first. */
export function leavesAt({ known, tree }: State, key: string): readonly Leaf[] {
  const agreed = known.get(key) ?? null;
  return agreed === null ? tree.leaves(key) : [leafOf(agreed)];
}

/** What the application's rules make of the values of one key. */
export function foldOf({ rules, sums }: State["app"]): Fold {
  return (all, key) => mergeByRules(all, key, rules, sums.of);
}

/** What the document holds of a key may have changed. */
export function touchMerged({ views }: State, key: string): void {
  views.crdt.touch(key);
  views.bounded.touch(key);
}

/** The same of every key, but those that all rules agree on. */
export function touchApart(state: State): void {
  for (const [key, held] of state.known) if (held === null) touchMerged(state, key);
}

/** Raises `vector` in place so that it covers `other`. */
export function raise(vector: Record<string, number>, other: Vector): void {
  for (const stream in other) {
    const n = other[stream] ?? 0;
    if (n > (vector[stream] ?? 0)) vector[stream] = n;
  }
}

/** `vector` and what is more in `other`. */
export function raised(vector: Vector, other: Vector): Vector {
  const both = { ...vector };
  raise(both, other);
  return both;
}

/** A register names the write it shows; of a merged value, the latest write that is in it. */
function crdtVersion(crdt: Crdt, frontier: Frontier, key: string): string | null {
  return crdt.author(key, null) ?? frontier.latest(key)?.opId ?? null;
}

function shownOf(map: StampedMap, key: string): Shown {
  const held = map.get(key);
  return { ...(held?.value ?? absent), version: held?.write.opId ?? null };
}

function typedOr(crdt: Crdt, key: string): Pick<Shown, "value" | "type"> {
  return crdt.typed(key) ?? absent;
}

const absent = { value: null, type: null } as const;
const nothing: Shown = { ...absent, version: null };
