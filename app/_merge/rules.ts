import type { MergeRule } from "@/lib/protocol/cluster";

/** What each merge rule does, in one sentence. */
export const ruleCopy: Record<MergeRule, { name: string; how: string }> = {
  lww: { name: "Last write wins", how: "The later wall clock wins; the other write is gone." },
  "lww-hlc": {
    name: "Last write wins, hybrid clock",
    how: "A clock that never runs behind what it has seen decides; one write still goes.",
  },
  crdt: { name: "CRDT (Yjs)", how: "Counters, sets and texts are merged so that every part is kept." },
};
