import type { MergeRule } from "../protocol/cluster";
import type { Write } from "../protocol/site/merge-copy";
import type { ReplicatedOp, TypedValue } from "../protocol/site/replicated-op";
import type { KnownWrite } from "./conflicts";
import { crdtReceipts } from "./crdt-receipts";
import { valueUnder } from "./lww-value";
import { lwwReceipts, lwwRules } from "./receipts";
import { raise, type State, versionOf } from "./store-state";
import { writeOf } from "./write";

/**
 * Gives a write to every rule that did not refuse it. Its Yjs update, if it has one, is in the document
 * already. Called once for each write, in the order of its stream, at its origin and everywhere else.
 */
export function takeWrite(state: State, op: ReplicatedOp, refusedBy: readonly MergeRule[]): void {
  const write = writeOf(op);
  const { key } = op.op;
  state.known.add(key);
  for (const rule of lwwRules) {
    if (!refusedBy.includes(rule)) takeValue(state, rule, key, valueUnder(rule, op), write);
  }
  if (!refusedBy.includes("crdt")) takeMerged(state, key, { write, op: op.op });
  for (const rule of refusedBy) noteRefused(state, rule, key, op);
  raise(state.past, op.shadow);
  state.seen[write.stream] = op.seq;
}

/** Offers a whole value to a last-write-wins rule. */
export function takeValue(
  state: State,
  rule: "lww" | "lww-hlc",
  key: string,
  value: TypedValue | null,
  write: Write,
): void {
  const { held, won } = state.lww[rule].offer(key, { value, write });
  if (won) state.views[rule].touch(key);
  if (held === undefined) return;
  const [winner, loser] = won ? [write, held.write] : [held.write, write];
  for (const receipt of lwwReceipts(rule, key, winner, loser)) state.receipts.add(receipt);
}

/** Notes a write whose effect is in the document. */
export function takeMerged(state: State, key: string, known: KnownWrite): void {
  state.views.crdt.touch(key);
  for (const other of state.frontier.add(key, known)) {
    for (const receipt of crdtReceipts(state.crdt, key, known, other)) state.receipts.add(receipt);
  }
}

function noteRefused(state: State, merge: MergeRule, key: string, { opId, origin }: ReplicatedOp): void {
  const why = `Under this rule ${origin} showed another value of "${key}", and would have refused it.`;
  const by = versionOf(state, merge, key) as ReplicatedOp["opId"] | null;
  state.receipts.add({ op: opId, key, merge, outcome: "refused", by, unseen: false, why });
}
