import type { MergeRule } from "../protocol/cluster";
import type { OpId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { Write } from "../protocol/site/merge-copy";

/** What one merge rule did to one write. `overwritten` by a write that had not seen it is a silent loss. */
export type Receipt = {
  readonly op: OpId;
  readonly key: string;
  readonly merge: MergeRule;
  readonly outcome: "kept" | "overwritten" | "merged" | "sibling" | "refused";
  /** The write that is shown instead, or beside it; else null. */
  readonly by: OpId | null;
  /** True when the winner had not seen the loser: nobody decided to lose it. */
  readonly unseen: boolean;
  readonly why: string;
};

/** The latest receipt of each write under each rule, bounded. Only conflicts and refusals get one. */
export type Receipts = {
  readonly add: (receipt: Receipt) => void;
  /** What is on record of a write under a rule; null where nothing is. */
  readonly outcomeOf: (merge: MergeRule, op: OpId) => Receipt["outcome"] | null;
  /** Newest first; the same array until something changed. */
  readonly list: () => readonly Receipt[];
};

/** An empty collection. */
export function createReceipts(): Receipts {
  const kept = new Map<string, Receipt>();
  let list: readonly Receipt[] | null = null;

  /** Many at once: the first key of a map is slow to find where others were before it. */
  function forgetOldest(): void {
    for (const name of kept.keys()) {
      if (kept.size <= limits.receiptsKept) return;
      kept.delete(name);
    }
  }

  return {
    add(receipt) {
      const name = `${receipt.merge} ${receipt.op}`;
      kept.delete(name);
      kept.set(name, receipt);
      list = null;
      if (kept.size >= 2 * limits.receiptsKept) forgetOldest();
    },
    outcomeOf: (merge, op) => kept.get(`${merge} ${op}`)?.outcome ?? null,
    list() {
      list ??= Object.freeze([...kept.values()].slice(-limits.receiptsKept).reverse());
      return list;
    },
  };
}

/** A write whose effect shows beside or above a conflicting one. */
export function kept(merge: MergeRule, key: string, write: Write, why: string): Receipt {
  return { op: write.opId, key, merge, outcome: "kept", by: null, unseen: false, why };
}

/** A write lost to one that did not know of it. */
export function overwritten(merge: MergeRule, key: string, write: Write, by: OpId, why: string): Receipt {
  return { op: write.opId, key, merge, outcome: "overwritten", by, unseen: true, why };
}
