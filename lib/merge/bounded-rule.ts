import { err, ok, type Result } from "../kernel/result";
import type { SiteId } from "../protocol/ids";
import type { WriteOperation } from "../protocol/operation";
import type { Write } from "../protocol/site/merge-copy";
import type { TypedValue } from "../protocol/site/replicated-op";
import { cityOf, listOf } from "../protocol/words";
import { addedBy, sharesOf, usedBy } from "./bounded";
import type { KnownWrite } from "./conflicts";
import { overwritten, type Receipt } from "./receipts";
import type { Refusal } from "./refusal";
import type { Shown } from "./rule-view";
import type { State } from "./store-state";
import { applyWrite } from "./typed-value";

/** What a write would do to a bounded counter: the count after it, and the rights that it makes. */
export type BoundedPlan = { readonly count: number; readonly rights: Record<string, number> | null };

/**
 * Plans a write under the `bounded` rule; null where the key is no counter of it and the `crdt` rule has
 * the say. `holders` are the streams that share what is added.
 */
export function planBounded(
  state: State,
  op: WriteOperation,
  holders: readonly string[],
): Result<BoundedPlan, Refusal> | null {
  const { accounts, stream } = state;
  const isOpen = accounts.has(op.key);
  const held = state.known.get(op.key);
  const isAbsent = () => (held === null ? state.crdt.typed(op.key) : (held?.value ?? null)) === null;
  const added = addedBy(op);
  if (!isOpen && added !== null && isAbsent()) {
    return ok({ count: added, rights: isEmpty(op) ? null : sharesOf(added, holders) });
  }
  const isUse = op.f === "reserve" || (op.f === "increment" && op.by < 0);
  if (!isOpen && !(isUse && isAbsent())) return null;
  const count = accounts.value(op.key);
  if (isUse) {
    const used = usedBy(op);
    if (used <= accounts.rights(op.key, stream)) return ok({ count: count - used, rights: null });
    return err(exhausted(state, op.key, used));
  }
  if (op.f === "delete") return err({ error: "UNSUPPORTED", why: whyNoDelete });
  const next = applyWrite({ type: "counter", value: count }, op);
  if (!next.ok) return next;
  return ok({
    count: count + (added ?? 0),
    rights: added === null || added === 0 ? null : sharesOf(added, holders),
  });
}

/** An increment by nothing makes no rights; with rights it would be a transfer. */
function isEmpty(op: WriteOperation): boolean {
  return op.f === "increment" && op.by === 0;
}

const whyNoDelete =
  "A bounded counter is not deleted: other sites hold rights to it and may be using them at this moment.";

/** The count, as a refusal and a reader see it; null where the key is no bounded counter. */
export function showBounded(state: Pick<State, "accounts">, key: string): Shown | null {
  const { accounts } = state;
  if (!accounts.has(key)) return null;
  return { type: "counter", value: accounts.value(key), version: accounts.latest(key)?.opId ?? null };
}

/** What became of two concurrent writes of a key that is a bounded counter: one that is no count is not shown. */
export function boundedReceipts(key: string, a: KnownWrite, b: KnownWrite): readonly Receipt[] {
  const [counted, others] = [[a, b].filter(isCount), [a, b].filter((each) => !isCount(each))];
  const [first, second] = counted;
  if (first === undefined) return [];
  if (second !== undefined) return counted.map(({ write }) => bothCount(key, write));
  const { opId } = first.write;
  const why = `The key was made a bounded counter by ${opId} at the same time, and shows as that.`;
  return others.map(({ write }) => overwritten("bounded", key, write, opId, why));
}

function isCount({ op }: KnownWrite): boolean {
  return op !== null && (addedBy(op) !== null || usedBy(op) > 0);
}

function bothCount(key: string, { opId }: Write): Receipt {
  const why = "Both concurrent writes keep their effect.";
  return { op: opId, key, merge: "bounded", outcome: "merged", by: null, unseen: false, why };
}

/** The same as a typed value. */
export function typedCount({ count }: BoundedPlan): TypedValue {
  return { type: "counter", value: count };
}

function exhausted({ accounts, stream }: State, key: string, wanted: number): Refusal {
  const own = accounts.rights(key, stream);
  const others = Object.entries(accounts.holders(key)).filter(([holder, n]) => holder !== stream && n > 0);
  const elsewhere =
    others.length === 0
      ? "nobody else holds any"
      : listOf(others.map(([holder, n]) => `${cityOf(holder.replace(/#\d+$/, "") as SiteId)} holds ${n}`));
  const why = `This site holds rights to ${own} of "${key}" and ${wanted} were wanted; ${elsewhere}.`;
  return { error: "RIGHTS_EXHAUSTED", why, value: accounts.value(key) };
}
