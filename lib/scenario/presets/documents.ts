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
      repair: { antiEntropyMs: 1000, tombstoneMs: "keep" },
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
      {
        name: "tombstones",
        real: "a deleted revision stays until somebody purges it",
        classroom: "repair.tombstoneMs keep: it stays",
      },
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
  {
    name: "couchbase-xdcr",
    title: "Couchbase XDCR, both ways, by sequence number",
    paragraph:
      "Every site accepts reads and writes and streams its changes to the others. Each document counts its updates, and of two versions the one with more updates wins, whichever is later; only between equal numbers a clock decides. So a site that edits often beats one that edited last, a fast clock does little harm, and the loser disappears without an error.",
    sites: 3,
    cluster: {
      ...{ mode: "active-active", merge: "lww", route: "local" },
      lww: { order: "couchbase", unit: "key" },
      repair: { tombstoneMs: 30_000 },
    },
    realParameters: [
      { name: "conflictResolutionType", real: "seqno (default)", classroom: "lww.order couchbase" },
      {
        name: "order",
        real: "sequence number, CAS, expiration, flags",
        classroom: "number of updates, wall clock, site",
      },
      { name: "CAS", real: "hybrid logical clock", classroom: "wall clock of the site, which can be skewed" },
      { name: "unit", real: "the document", classroom: "the key" },
      {
        name: "metadata purge interval",
        real: "3 days: a cluster cut off for longer may bring deleted documents back",
        classroom: "repair.tombstoneMs 30 s",
      },
      { name: "acknowledgement", real: "the local cluster", classroom: "the local site's journal" },
    ],
    leavesOut: [
      "The other policy, by time stamp, is merge rule lww-hlc here.",
      "Optimistic replication of small documents, filters and cross-cluster versioning are left out.",
      "The replicas and durability levels within one cluster are left out: a site is one node.",
    ],
    sources: [
      "Couchbase Server documentation: XDCR conflict resolution, XDCR reference",
      "Couchbase SDK reference: ConflictResolutionType",
    ],
  },
  {
    name: "active-directory",
    title: "Active Directory, domain controllers at several sites",
    paragraph:
      "Every domain controller accepts changes, and they travel on afterwards. Each attribute of an object has its own stamp: a version that counts its changes, the time in whole seconds and the server it was made at, compared in this order. Two administrators who change two attributes do not conflict; of two who change the same one the more often changed wins, then the later second, and nobody is told.",
    sites: 3,
    cluster: {
      ...{ mode: "active-active", merge: "lww", route: "local" },
      lww: { order: "active-directory", unit: "field" },
      repair: { antiEntropyMs: 5000, tombstoneMs: 60_000 },
    },
    realParameters: [
      {
        name: "msDS-ReplAttributeMetaData: dwVersion",
        real: "+1 a change",
        classroom: "updates behind a write",
      },
      {
        name: "ftimeLastOriginatingChange",
        real: "1 s steps",
        classroom: "whole seconds of the site's wall clock",
      },
      {
        name: "uuidLastOriginatingDsaInvocationID",
        real: "greater GUID",
        classroom: "greater site id",
      },
      {
        name: "replication within a site",
        real: "change notification after 15 s",
        classroom: "at once",
      },
      {
        name: "replication between sites",
        real: "every 180 minutes (least 15)",
        classroom: "at once, and every 5 s what is missing",
      },
      {
        name: "tombstoneLifetime",
        real: "180 days; a controller away for longer has lingering objects",
        classroom: "repair.tombstoneMs 60 s",
      },
    ],
    leavesOut: [
      "Operations roles (FSMO) that a single server holds, such as the PDC emulator and the RID pool, are left out.",
      "Objects of one name made at two servers both stay there, one of them renamed; here a key is one key.",
      "Linked values, group membership and the up-to-dateness vector by server are left out.",
      "Strict replication consistency, which stops replication with a controller that has lingering objects, is left out: here they come back.",
      "Changes travel at once here; a cut or a slow link shows what a schedule does.",
    ],
    sources: [
      "Microsoft documentation: how the Active Directory replication model works; MS-DRSR, conflict resolution by attribute stamp",
      "Microsoft documentation: Active Directory replication concepts, site links and intervals",
    ],
  },
];
