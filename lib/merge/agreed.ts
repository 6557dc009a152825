import { canonicalJson } from "../kernel/json";
import type { WriteOperation } from "../protocol/operation";
import type { AgreedKey, Write } from "../protocol/site/merge-copy";
import type { ReplicatedOp, TypedValue } from "../protocol/site/replicated-op";
import { compareLwwHlc } from "./lww-hlc";
import { valueUnder } from "./lww-value";
import type { Leaf } from "./revision-tree";
import type { Shown } from "./rule-view";
import type { Compare } from "./stamped-map";
import { hasSeen } from "./write";

/**
 * A key on which all rules agree, since nobody has ever written it without having read and seen the last
 * write. One value stands for what each rule would hold. As soon as a write comes that any rule could take
 * otherwise, the rules keep the key apart (`apart.ts`), and from then on for good.
 */
export type Agreed = Omit<AgreedKey, "key"> & {
  /** The operation of the write; null when it came in a copy, without it. */
  readonly op: WriteOperation | null;
};

/** What an agreed key shows under every rule. */
export function showAgreed({ value, write }: Agreed): Shown {
  return { value: value?.value ?? null, type: value?.type ?? null, version: write.opId };
}

/** An agreed key as a revision tree of one leaf. */
export function leafOf({ value, write, edits, hash }: Agreed): Leaf {
  return { value, write, edits, hash };
}

/**
 * What a key holds after a write that every rule takes for the successor of what was there (undefined is
 * an absent key); null where some rule might not.
 */
export function succeed(
  held: Agreed | undefined,
  made: ReplicatedOp,
  write: Write,
  byWall: Compare,
): Agreed | null {
  const { op, context, revision, update } = made;
  if (made.lwwHlc !== undefined || made.whole !== undefined) return null;
  if (made.unread || made.apart) return null;
  const value = valueUnder("lww", made);
  if (revision === undefined || !liesAlike(value, op)) return null;
  if (update === "" && canonicalJson(value) !== canonicalJson(held?.value ?? null)) return null;
  const { edits, hash, upon } = revision;
  const covered = { ...held?.covered, [write.stream]: write.seq };
  const next: Agreed = { value, write, op, covered, edits, hash };
  const isFresh = isEmpty(context) && upon.length === 0;
  if (held === undefined) return isFresh ? next : null;
  // Its site had forgotten the deletion that is remembered here.
  if (isFresh && held.value === null && supersedes(next, held, byWall)) return next;
  const [parent] = upon;
  const isChild = upon.length === 1 && parent?.stream === held.write.stream && parent.seq === held.write.seq;
  return isChild && hasReadJust(held, context ?? {}) && supersedes(next, held, byWall) ? next : null;
}

/** True when both are of one succession and `next` is the later: it has seen the other, and beats it by every clock. */
export function supersedes(next: Agreed, held: Agreed, byWall: Compare): boolean {
  return (
    hasSeen(next.write.shadow, held.write) &&
    byWall(next, held) > 0 &&
    compareLwwHlc(next.write, held.write) > 0
  );
}

/** Its writer had read what is here, and nothing that is not. Everybody has read what is older than all streams. */
function hasReadJust({ write, covered }: Agreed, context: ReplicatedOp["shadow"]): boolean {
  if (write.seq > 0 && (context[write.stream] ?? -1) < write.seq) return false;
  for (const stream in context) if ((covered[stream] ?? -1) < (context[stream] ?? 0)) return false;
  return true;
}

/** Yjs counts a text in code units, but keeps no half of a character that is two of them. */
function liesAlike(value: TypedValue | null, op: WriteOperation): boolean {
  const isEdit = op.f === "insert" || op.f === "erase";
  return !isEdit || value?.type !== "text" || !/[\ud800-\udfff]/.test(value.value);
}

function isEmpty(context: ReplicatedOp["context"]): boolean {
  return context === undefined || Object.keys(context).length === 0;
}
