import { type MergeRule, mergeRules } from "../protocol/cluster";
import type { OpId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { Write } from "../protocol/site/merge-copy";
import { hasSeen } from "./write";

/** What one merge rule did to one write. `overwritten` by a write that had not seen it is a silent loss. */
export type Receipt = {
  readonly op: OpId;
  readonly key: string;
  readonly merge: MergeRule;
  readonly outcome: "kept" | "overwritten" | "merged" | "refused";
  /** The write that is shown instead; null unless overwritten. */
  readonly by: OpId | null;
  /** True when the winner had not seen the loser: nobody decided to lose it. */
  readonly unseen: boolean;
  readonly why: string;
};

/** The latest receipt of each write under each rule, bounded. Only conflicts and refusals get one. */
export type Receipts = {
  readonly add: (receipt: Receipt) => void;
  /** Newest first; the same array until something changed. */
  readonly list: () => readonly Receipt[];
};

/** An empty collection. */
export function createReceipts(): Receipts {
  const kept = new Map<string, Receipt>();
  let list: readonly Receipt[] | null = null;
  return {
    add(receipt) {
      const name = `${receipt.merge} ${receipt.op}`;
      kept.delete(name);
      kept.set(name, receipt);
      const oldest = kept.keys().next();
      if (kept.size > limits.receiptsKept && !oldest.done) kept.delete(oldest.value);
      list = null;
    },
    list() {
      list ??= Object.freeze([...kept.values()].reverse());
      return list;
    },
  };
}

type LwwRule = Exclude<MergeRule, "crdt">;
export const lwwRules = mergeRules.filter((rule): rule is LwwRule => rule !== "crdt");
const clocks: Readonly<Record<LwwRule, string>> = { lww: "wall clock", "lww-hlc": "hybrid clock" };

/**
 * What a last-write-wins rule did when two writes of one key met; nothing when the winner had seen the
 * loser, for then somebody meant to overwrite it.
 */
export function lwwReceipts(merge: LwwRule, key: string, winner: Write, loser: Write): readonly Receipt[] {
  if (hasSeen(winner.shadow, loser)) return [];
  const clock = clocks[merge];
  const hadSeen = hasSeen(loser.shadow, winner);
  const why = hadSeen
    ? `It was written after ${winner.opId} had been seen at ${loser.site}, yet the ${clock} of ${winner.site} was ahead: its writer was told ok and it was never shown.`
    : `${winner.opId} at ${winner.site} was written without knowing of it, and carries the later ${clock}.`;
  return [
    overwritten(merge, key, loser, winner.opId, why),
    kept(merge, key, winner, `It carries a later ${clock} than ${loser.opId}.`),
  ];
}

/** A write whose effect shows beside or above a conflicting one. */
export function kept(merge: MergeRule, key: string, write: Write, why: string): Receipt {
  return { op: write.opId, key, merge, outcome: "kept", by: null, unseen: false, why };
}

/** A write lost to one that did not know of it. */
export function overwritten(merge: MergeRule, key: string, write: Write, by: OpId, why: string): Receipt {
  return { op: write.opId, key, merge, outcome: "overwritten", by, unseen: true, why };
}
