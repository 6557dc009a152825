import type { MergeRule } from "../protocol/cluster";
import type { WriteOperation } from "../protocol/operation";
import type { StampedKey, Write } from "../protocol/site/merge-copy";
import type { ReplicatedOp, Revision } from "../protocol/site/replicated-op";
import { cityOf } from "../protocol/words";
import { type Agreed, leafOf } from "./agreed";
import { rulesAbout, ruleWords } from "./app-rule";
import { boundedReceipts, showBounded } from "./bounded-rule";
import type { KnownWrite } from "./conflicts";
import { crdtReceipts } from "./crdt-receipts";
import type { Knowledge } from "./knowledge";
import { compareLwwHlc } from "./lww-hlc";
import { lwwRules, noteMeeting } from "./lww-receipts";
import { buildsOnValue, valueUnder } from "./lww-value";
import { noteGrowth } from "./revision-rule";
import { noteLanding } from "./sibling-receipts";
import { type SiblingRule, siblingRules } from "./siblings";
import type { Candidate } from "./stamped-map";
import { foldOf, type State, touchMerged, versionOf } from "./store-state";
import { writeOf } from "./write";

/** Gives a write to every rule that did not refuse it, each of which holds the key for itself. */
export function takeApart(
  state: State,
  op: ReplicatedOp,
  write: Write,
  refusedBy: readonly MergeRule[],
): void {
  const { key } = op.op;
  const builds = buildsOnValue(op.op);
  for (const rule of lwwRules) {
    if (!refusedBy.includes(rule))
      takeValue(state, rule, key, candidateOf(state, rule, op, { write, builds }));
  }
  for (const rule of siblingRules) if (!refusedBy.includes(rule)) takeSibling(state, rule, op, write);
  if (op.revision !== undefined && !refusedBy.includes("revision-tree"))
    takeRevision(state, op, write, op.revision);
  if (isCounted(op) && !refusedBy.includes("bounded")) state.accounts.take(op);
  if (!refusedBy.includes("crdt")) takeMerged(state, key, { write, op: op.op });
  touchMerged(state, key);
  for (const rule of refusedBy) noteRefused(state, rule, key, op);
}

/** Every rule holds for itself from now on what it would have held all along. */
export function setApart(state: State, key: string): void {
  const agreed = state.known.get(key);
  state.known.set(key, null);
  if (agreed === undefined || agreed === null) return;
  state.agreed.touch(key);
  // What is still known of the writes behind the value, in the order in which they were made.
  const parts = state.log.of(key).map((op) => ({ op, write: writeOf(op), builds: buildsOnValue(op.op) }));
  parts.sort((a, b) => compareLwwHlc(a.write, b.write));
  const isLogged = parts.some(({ op }) => op.opId === agreed.write.opId);
  for (const rule of lwwRules) {
    for (const { op, ...part } of parts) takeValue(state, rule, key, candidateOf(state, rule, op, part));
    if (!isLogged) takeValue(state, rule, key, candidateFrom(agreed));
  }
  takeBeside(state, key, agreed, null);
}

/** Merges what was agreed on elsewhere into what each rule holds here. */
export function mergeApart(state: State, key: string, agreed: Agreed, knowledge: Knowledge | null): void {
  for (const rule of lwwRules) {
    const isGone = knowledge?.here(agreed.write) === true && !state.lww[rule].holds(key, null);
    if (!isGone) takeValue(state, rule, key, candidateFrom(agreed));
  }
  takeBeside(state, key, agreed, knowledge);
}

function takeBeside(state: State, key: string, agreed: Agreed, knowledge: Knowledge | null): void {
  const { value, write, covered, op } = agreed;
  for (const rule of siblingRules) {
    state.siblings[rule].install({ key, covered, values: [{ value, write }] }, knowledge);
    state.views[rule].touch(key);
  }
  state.tree.install({ key, come: covered, awaited: [], leaves: [leafOf(agreed)] }, knowledge);
  state.views["revision-tree"].touch(key);
  const isGone = knowledge?.here(write) === true && state.frontier.latest(key) === null;
  if (!isGone) takeMerged(state, key, { write, op });
}

/** A value that comes without the operation that made it. */
export function candidateFrom({ value, write, field }: Omit<StampedKey, "key">): Candidate {
  return { value, write, builds: false, field: field ?? null };
}

/** A whole value, or one field's where fields are stamped one by one. */
function candidateOf(
  { lwwAxis }: State,
  rule: "lww" | "lww-hlc",
  op: ReplicatedOp,
  { write, builds }: Pick<Candidate, "write" | "builds">,
): Candidate {
  const field = fieldOf(lwwAxis, op.op);
  if (op.op.f !== "patch" || field === null) return { value: valueUnder(rule, op), write, builds, field };
  return { value: { type: "register", value: op.op.value }, write, builds: false, field };
}

/** The field that a write is about by itself; null where it is about the whole key. */
export function fieldOf({ unit }: State["lwwAxis"], op: WriteOperation): string | null {
  return unit === "field" && op.f === "patch" ? op.field : null;
}

/** Offers a value to a last-write-wins rule. */
export function takeValue(state: State, rule: "lww" | "lww-hlc", key: string, candidate: Candidate): void {
  const meetings = state.lww[rule].offer(key, candidate);
  state.views[rule].touch(key);
  const { order } = state.lwwAxis;
  for (const meeting of meetings) noteMeeting(state.receipts, { merge: rule, key, order }, meeting);
}

function takeSibling(state: State, rule: SiblingRule, op: ReplicatedOp, write: Write): void {
  const { key } = op.op;
  const context = rule === "siblings-vv" && op.unread ? {} : (op.context ?? {});
  if (rule === "app" && op.deltas !== undefined) state.app.sums.take(key, write, op.deltas);
  const landing = state.siblings[rule].take(key, { value: valueUnder(rule, op), write }, context);
  state.views[rule].touch(key);
  if (landing.replaced.length === 0 && landing.beside.length === 0) return;
  const isMet = landing.beside.length > 0;
  const isMerged = isMet && rule === "app" && foldOf(state.app)(state.siblings.app.get(key), key) !== null;
  const decided = isMerged ? ruleWords(rulesAbout(state.app.rules, key)) : null;
  noteLanding(state.receipts, rule, op, landing, decided);
}

function takeRevision(state: State, op: ReplicatedOp, write: Write, { edits, hash, upon }: Revision): void {
  const { key } = op.op;
  const leaf = { value: valueUnder("revision-tree", op), write, edits, hash };
  const growth = state.tree.take(key, leaf, upon);
  state.views["revision-tree"].touch(key);
  noteGrowth(state.receipts, key, leaf, growth);
}

/** Notes a write whose effect is in the document. */
export function takeMerged(state: State, key: string, known: KnownWrite): void {
  touchMerged(state, key);
  for (const other of state.frontier.add(key, known)) {
    const byCrdt = crdtReceipts(state.crdt, key, known, other);
    for (const receipt of byCrdt) state.receipts.add(receipt);
    // Where no bounded counter is, `bounded` shows what the CRDT shows, and loses what it loses.
    const byBounded = showBounded(state, key) === null ? byCrdt : boundedReceipts(key, known, other);
    for (const receipt of byBounded) state.receipts.add({ ...receipt, merge: "bounded" });
  }
}

/** True for a write of a bounded counter: it makes rights to it, or uses some up. */
export function isCounted({ op, rights }: ReplicatedOp): boolean {
  return rights !== undefined || op.f === "increment" || op.f === "reserve";
}

function noteRefused(state: State, merge: MergeRule, key: string, { opId, origin }: ReplicatedOp): void {
  const full = merge === "crdt" || merge === "bounded" ? ", or its document was full," : ",";
  const why = `Under this rule ${cityOf(origin)} showed another value of "${key}"${full} and would have refused it.`;
  const by = versionOf(state, merge, key) as ReplicatedOp["opId"] | null;
  state.receipts.add({ op: opId, key, merge, outcome: "refused", by, unseen: false, why });
}
