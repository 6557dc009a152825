import { err, type Result } from "../kernel/result";
import type { WriteOperation } from "../protocol/operation";
import type { Revision, TypedValue } from "../protocol/site/replicated-op";
import type { Receipts } from "./receipts";
import type { Refusal } from "./refusal";
import { compareLeaves, type Growth, type Leaf, placeOf, revisionOf } from "./revision-tree";
import type { Shown } from "./rule-view";
import { besideOf, type Context } from "./siblings";
import { applyWrite } from "./typed-value";
import { hasSeen } from "./write";

/** What a key shows: the winner alone; the values of the other branches are its conflicts. */
export function showTree(leaves: readonly Leaf[]): Shown {
  const [winner] = leaves;
  if (winner === undefined) return { value: null, type: null, version: null };
  const { value, write } = winner;
  const version = write.opId;
  const shown = { value: value?.value ?? null, type: value?.type ?? null, version };
  if (leaves.length === 1) return shown;
  const conflicts = others(leaves).flatMap((leaf) => (leaf.value === null ? [] : [leaf.value.value]));
  return {
    ...shown,
    ...besideOf(leaves),
    ...(conflicts.length > 0 && { conflicts }),
  };
}

/** More branches than this on one key refuse a further edit of it. */
const leavesMost = 100;

/**
 * What an edit makes of the winner. A session that has read or written the key and does not know the
 * present winner is refused, as a document update conflict (CouchDB's 409); one that knows nothing of
 * the key edits the winner, like a client that asks for the revision first. `alike` is what all rules
 * make of the key where they agree on it.
 */
export function planRevision(
  leaves: readonly Leaf[],
  op: WriteOperation,
  known: Context,
  alike: Result<TypedValue | null, Refusal> | null,
): Result<TypedValue | null, Refusal> {
  const [winner] = leaves;
  const replaces = op.f === "put" || op.f === "delete";
  if (winner !== undefined && replaces && known !== null && known !== "held") {
    // What was there before there were many writers counts as read by everybody.
    const hasRead = equals(leaves).some(({ write: { stream, seq } }) => seq <= (known[stream] ?? 0));
    if (!hasRead) {
      const why = `"${op.key}" is at revision ${nameOf(winner)}, which this session has not read: read it and write again.`;
      return err({ error: "REVISION_CONFLICT", why, value: winner.value?.value ?? null });
    }
  }
  if (leaves.length >= leavesMost) {
    const why = `The key "${op.key}" has ${leaves.length} branches: settle them before it is edited.`;
    return err({ error: "TOO_MANY_SIBLINGS", why });
  }
  return alike ?? applyWrite(winner?.value ?? null, op);
}

/** The revision that a write makes: of the winner, or (a person settles the key) of every branch. */
export function revise(leaves: readonly Leaf[], value: TypedValue | null, known: Context): Revision {
  const upon = known === "held" ? leaves : equals(leaves);
  return { ...revisionOf(leaves[0], value), upon: upon.map(placeOf) };
}

/** Notes which branch is shown where a revision met others that its writer did not know, and what was settled. */
export function noteGrowth(receipts: Receipts, key: string, leaf: Leaf, { replaced, beside }: Growth): void {
  const { write } = leaf;
  const note = { key, merge: "revision-tree", unseen: false } as const;
  const branches = new Set(replaced.map(({ hash }) => hash));
  for (const { write: settled } of branches.size > 1 ? replaced : []) {
    const all = branches.size === 2 ? "both" : `all ${branches.size}`;
    const why = `${write.opId} settled it: it was made upon ${all} branches.`;
    receipts.add({ ...note, op: settled.opId, outcome: "overwritten", by: write.opId, why });
  }
  for (const other of beside) {
    if (hasSeen(write.shadow, other.write)) continue;
    const isAhead = compareLeaves(leaf, other) < 0;
    const [winner, loser] = isAhead ? [leaf, other] : [other, leaf];
    const by = winner.write.opId;
    if (winner.hash === loser.hash) {
      const why = `The same edit of the same revision as ${by}: the two are one.`;
      receipts.add({ ...note, op: loser.write.opId, outcome: "merged", by, why });
      continue;
    }
    receipts.add({ ...note, op: loser.write.opId, outcome: "sibling", by, why: whyBehind(winner, loser) });
    const why = `It is shown, and ${loser.write.opId} is kept as a conflict.`;
    receipts.add({ ...note, op: by, outcome: "kept", by: loser.write.opId, why });
  }
}

function whyBehind(winner: Leaf, loser: Leaf): string {
  const by = winner.write.opId;
  const tail = "It is kept as a conflict until somebody settles it.";
  if (loser.value === null) return `It deletes, and ${by} on another branch does not. ${tail}`;
  if (winner.edits > loser.edits)
    return `The branch of ${by} has ${winner.edits} edits and this one ${loser.edits}: the longer one is shown, whichever is later. ${tail}`;
  const edits = winner.edits === 1 ? "1 edit" : `${winner.edits} edits`;
  return `Both branches have ${edits}, and ${by} has the greater hash. ${tail}`;
}

/** The winner, and whatever is the very same revision. */
function equals(leaves: readonly Leaf[]): readonly Leaf[] {
  return leaves.filter(({ hash }) => hash === leaves[0]?.hash);
}

function others(leaves: readonly Leaf[]): readonly Leaf[] {
  const first = leaves.filter((leaf, i) => leaves.findIndex(({ hash }) => hash === leaf.hash) === i);
  return first.slice(1);
}

function nameOf({ edits, hash }: Leaf): string {
  return `${edits}-${hash}`;
}
