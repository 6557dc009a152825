import type { Cluster } from "@/lib/protocol/cluster";

/** What each merge rule does, in one sentence. */
export const ruleCopy: Record<Cluster["merge"], { name: string; how: string }> = {
  lww: { name: "Last write wins", how: "The later wall clock wins; the other write is gone." },
  "lww-hlc": {
    name: "Last write wins, hybrid clock",
    how: "A clock that never runs behind what it has seen decides; one write still goes.",
  },
  siblings: {
    name: "Siblings",
    how: "Every value that no writer had read is kept beside the others, until somebody settles them.",
  },
  "siblings-vv": {
    name: "Siblings, one version vector",
    how: "One vector for the whole key cannot tell its values apart, so a value already read may come back.",
  },
  app: {
    name: "The application's rules",
    how: "Rules of the application make one value of several, key by key and field by field; the rest is settled by hand.",
  },
  "revision-tree": {
    name: "Revision tree",
    how: "The branch of more edits is shown; the others are kept as conflicts until somebody settles them.",
  },
  certify: {
    name: "Certification",
    how: "A majority orders all writes before they count, and of two that conflict the first one wins.",
  },
  bounded: {
    name: "Bounded counter",
    how: "Each site may use up only its share of a count, so that it never falls below zero; the rest is merged as by the CRDT.",
  },
  crdt: { name: "CRDT (Yjs)", how: "Counters, sets and texts are merged so that every part is kept." },
};
