import type { Preset } from "./preset";

/** Databases whose clients carry a token of what they have written and read. */
export const sessions: readonly Preset[] = [
  {
    name: "cosmosdb-session",
    title: "Azure Cosmos DB, session consistency, multi-region writes",
    paragraph:
      "Every region accepts reads and writes. A client brings a session token along, the least that it has written and read: a region that does not have that yet makes it wait, so the client sees its own writes and never goes back in time, wherever it is served. Others may see less. Of two concurrent writes to one item the later second wins, a deletion beats both, and a client that starts anew without its token has no guarantee.",
    sites: 3,
    cluster: {
      ...{ mode: "active-active", merge: "lww", route: "latency" },
      lww: { order: "cosmos", unit: "key" },
      session: ["read-your-writes", "monotonic-reads", "monotonic-writes", "writes-follow-reads"],
    },
    realParameters: [
      {
        name: "consistency level",
        real: "Session (account default)",
        classroom: "session: all four guarantees",
      },
      {
        name: "x-ms-session-token",
        real: "per logical partition, in the client",
        classroom: "a vector of writes, in the client's session",
      },
      {
        name: "a region that lacks the token's writes",
        real: "other replicas, then other regions, are tried",
        classroom: "the client waits, at most one heartbeat, and is told STALE",
      },
      {
        name: "conflictResolutionPolicy",
        real: "LastWriterWins on _ts or a path of one's own",
        classroom: "lww.order cosmos: deletion, whole seconds, site",
      },
      { name: "custom policy, conflicts feed", real: "a merge procedure", classroom: "merge rule app" },
      {
        name: "acknowledgement",
        real: "3 of 4 replicas in the region",
        classroom: "the local site's journal",
      },
      {
        name: "deleted items",
        real: "how long they are remembered is not public",
        classroom: "repair.tombstoneMs stable: until every site has seen the deletion",
      },
      { name: "RPO", real: "under 15 min with several regions", classroom: "what a lost disk had not sent" },
    ],
    leavesOut: [
      "The four replicas within a region are left out: a region is one site.",
      "Tokens per partition are left out: there is one partition, and the token covers all of it.",
      "How Cosmos DB breaks a tie within one second is not public; the lab takes the greater site.",
      "Strong, bounded staleness, consistent prefix and eventual are other presets: etcd-raft, and this one without session.",
      "By wall clocks a session's later write may still lose to its earlier one after a clock jump, whatever its token says.",
    ],
    sources: [
      "Azure Cosmos DB documentation: consistency levels, session token, conflict types and resolution policies with multi-region writes",
      "Terry et al., Session Guarantees for Weakly Consistent Replicated Data, 1994",
    ],
  },
];
