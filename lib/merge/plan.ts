import { err, ok, type Result } from "../kernel/result";
import type { MergeRule } from "../protocol/cluster";
import { limits } from "../protocol/limits";
import type { WriteOperation } from "../protocol/operation";
import type { TypedValue } from "../protocol/site/replicated-op";
import type { Vector } from "../protocol/vector";
import { planBounded, typedCount } from "./bounded-rule";
import { lwwRules } from "./lww-receipts";
import type { Refusal } from "./refusal";
import { planRevision } from "./revision-rule";
import { type Context, planSibling, type SiblingRule } from "./siblings";
import { foldOf, leavesAt, type State } from "./store-state";
import { applyWrite } from "./typed-value";

type Planned = Result<TypedValue | null, Refusal>;

/** What each rule would make of the key, and the rights to a bounded counter that the write would make. */
export type Plans = {
  readonly by: Readonly<Record<MergeRule, Planned>>;
  readonly rights: Record<string, number> | null;
};

/** What a client wants, and what it has read of the key as far as each rule can tell. */
export type Wish = {
  readonly op: WriteOperation;
  readonly context: Context;
  readonly holders: readonly string[];
  readonly read: Readonly<Record<SiblingRule, Vector>>;
};

/** Plans a write under every rule; once for all where they agree on the key. */
export function planWrite(state: State, { op, context, holders, read }: Wish): Plans {
  const held = state.known.get(op.key);
  const counted = planBounded(state, op, holders);
  const rights = counted?.ok ? counted.value.rights : null;
  const same = held === null ? null : applyWrite(held?.value ?? null, op);
  const crdt = planMerged(state, op, same);
  const bounded = counted === null ? crdt : counted.ok ? ok(typedCount(counted.value)) : counted;
  const tree = planRevision(leavesAt(state, op.key), op, context, same);
  const others = { crdt, bounded, "revision-tree": tree };
  if (same !== null) {
    const kept = { siblings: same, "siblings-vv": same, app: same };
    return { by: { lww: same, "lww-hlc": same, ...kept, ...others }, rights };
  }
  const [lww, hlc] = lwwRules.map((rule) => state.lww[rule].get(op.key)?.value ?? null);
  const byWall = applyWrite(lww ?? null, op);
  const by = {
    ...{ lww: byWall, "lww-hlc": lww === hlc ? byWall : applyWrite(hlc ?? null, op) },
    siblings: planSibling(state.siblings.siblings.get(op.key), op, read.siblings),
    app: planSibling(state.siblings.app.get(op.key), op, read.app, foldOf(state.app)),
    "siblings-vv": planSibling(state.siblings["siblings-vv"].get(op.key), op, read["siblings-vv"]),
    ...others,
  };
  return { by, rights };
}

/** A text may be longer where it is not written whole. A full document takes deletes, which make it no larger. */
function planMerged({ crdt }: State, op: WriteOperation, same: Planned | null): Planned {
  if (op.f !== "delete" && crdt.isFull()) return err({ error: "DOCUMENT_FULL", why: whyFull });
  return same?.ok ? same : crdt.plan(op);
}

const whyFull = `The document of the rule crdt remembers all that was overwritten, ${limits.documentItems} pieces by now, and takes no more: another mode, or a reset, begins a new one.`;
