import type { Preset } from "./preset";

/** Document databases that replicate between sites which all accept writes. */
export const documents: readonly Preset[] = [
  {
    name: "couchdb",
    title: "Apache CouchDB, continuous replication among all sites",
    paragraph:
      "Every site accepts writes, and an update must name the revision it was made upon: an outdated one is refused as a conflict at once. Replication refuses nothing, so concurrent updates at two sites become two branches of one document. All sites show the same winner, the branch of more edits, however old; the other stays hidden as a conflict until somebody settles it, and deleting the winner brings it back.",
    sites: 3,
    cluster: {
      ...{ mode: "active-active", merge: "revision-tree", route: "local" },
      repair: { antiEntropyMs: 1000, tombstoneMs: "stable" },
    },
    realParameters: [
      {
        name: "_rev",
        real: "edits-MD5 of the revision",
        classroom: "edits and a hash of the value and its parent",
      },
      {
        name: "409 Conflict",
        real: "a PUT whose _rev is no leaf",
        classroom: "REVISION_CONFLICT: the session has not read the revision shown",
      },
      {
        name: "winner",
        real: "not deleted, most edits, greatest hash",
        classroom: "the same",
      },
      { name: "?conflicts=true", real: "lists the losers", classroom: "the conflicts of a key on the seat" },
      { name: "revs_limit", real: "1000", classroom: "only the leaves are kept" },
      {
        name: "replication",
        real: "continuous, each way",
        classroom: "at once, and every second what is missing",
      },
      { name: "_purge, tombstones", real: "tombstones stay", classroom: "the same" },
    ],
    leavesOut: [
      "The cluster within one site (q shards, n copies, read and write quorums) is left out: a site is one node.",
      "Attachments, views, filters and validation functions are left out.",
      "A client without any revision edits the one shown, as if it had asked for it first; CouchDB refuses it.",
      "What a document was before its leaves is not kept, so an old body cannot be fetched.",
    ],
    sources: [
      "Apache CouchDB documentation: replication and conflict model, replication protocol, database configuration (revs_limit)",
      "Apache CouchDB source: couch_doc.erl, couch_key_tree.erl",
    ],
  },
];
