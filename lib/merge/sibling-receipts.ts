import { covers } from "../clock/vector";
import { limits } from "../protocol/limits";
import type { ReplicatedOp } from "../protocol/site/replicated-op";
import type { Landing } from "./dotted-map";
import type { Receipts } from "./receipts";
import type { SiblingRule } from "./siblings";
import { writeOf } from "./write";

/**
 * Notes who stands beside whom since a write landed, and which siblings it settled. `decided` names the
 * application's rules that make one value of all; it is empty where the values are equal.
 */
export function noteLanding(
  receipts: Receipts,
  merge: SiblingRule,
  op: ReplicatedOp,
  { replaced, beside }: Landing,
  decided: string | null,
): void {
  const { key } = op.op;
  const isMerged = decided !== null;
  const write = writeOf(op);
  const all = replaced.length === 2 ? "both" : `all ${replaced.length}`;
  for (const { write: old } of replaced) {
    // One that never stood beside another was replaced as anybody would expect.
    if (replaced.length === 1 && receipts.outcomeOf(merge, old.opId) === null) continue;
    const why =
      replaced.length === 1
        ? `${write.opId} replaced it: its writer had read it.`
        : `${write.opId} settled it: its writer had read ${all} values.`;
    receipts.add({
      ...{ op: old.opId, key, merge, outcome: "overwritten", by: write.opId },
      ...{ unseen: false, why },
    });
  }
  // More than anybody may leave here come only from a site that writes blindly on purpose.
  for (const { write: other } of beside.slice(-limits.siblingsMost)) {
    const hadRead = op.context !== undefined && covers(op.context, { [other.stream]: other.seq });
    const why = isMerged
      ? decidedWords(decided)
      : hadRead
        ? `A false sibling: the writer of ${write.opId} had read ${other.opId}, but one version vector for the whole key cannot tell that from what it had not read.`
        : `Both are kept: the writer of ${write.opId} had not read ${other.opId}.`;
    for (const [mine, theirs] of [
      [write.opId, other.opId],
      [other.opId, write.opId],
    ] as const)
      receipts.add({
        op: mine,
        key,
        merge,
        outcome: isMerged ? "merged" : "sibling",
        by: theirs,
        unseen: false,
        why,
      });
  }
}

function decidedWords(rules: string): string {
  if (rules === "") return "Both wrote the same value.";
  return `The application's rule makes one value of both: ${rules}.`;
}
