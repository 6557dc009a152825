import type { Preset } from "./preset";

/** Systems in which every site accepts writes. */
export const manyWriters: readonly Preset[] = [
  {
    name: "dynamodb-global-tables",
    title: "DynamoDB global tables (multi-Region, eventually consistent)",
    paragraph:
      "Every site accepts reads and writes and answers from its own disk; changes travel to the others afterwards. Of two concurrent writes to one item the one with the later time stamp wins everywhere and the other disappears without an error. A partition stops nobody, and its price is paid at the heal.",
    sites: 3,
    cluster: { mode: "active-active", merge: "lww", route: "local" },
    realParameters: [
      { name: "write acknowledgement", real: "the local Region", classroom: "the local site's journal" },
      {
        name: "conflict resolution",
        real: "last writer wins, per item, not logged",
        classroom: "merge: lww, per key, and the lab counts the losses",
      },
      {
        name: "replication delay",
        real: "usually under 1 s",
        classroom: "the links of the pod, plus any injected delay",
      },
      {
        name: "deleted items",
        real: "how long they are remembered is not public",
        classroom: "repair.tombstoneMs stable: until every site has seen the deletion",
      },
      { name: "ConsistentRead", real: "latest only for writes of this Region", classroom: "reads are local" },
    ],
    leavesOut: [
      "Multi-Region strong consistency (exactly three Regions, RPO 0) is left out.",
      "Transactions, conditional writes across Regions and streams are left out.",
      "DynamoDB's internal time stamps are not public; the lab uses the sites' wall clocks, which can be skewed.",
    ],
    sources: [
      "Amazon DynamoDB developer guide: global tables",
      "AWS prescriptive guidance: DynamoDB global tables",
    ],
  },
  {
    name: "yjs",
    title: "Yjs, conflict-free replicated data",
    paragraph:
      "Every site accepts reads and writes, and the data types themselves know how to merge: both sides' increments count, both sides' words stay in the text, additions to a set survive a concurrent removal. No write is refused and none is thrown away, though a plain register still keeps only one of two concurrent values.",
    sites: 3,
    cluster: { mode: "active-active", merge: "crdt", route: "local" },
    realParameters: [
      {
        name: "sync protocol",
        real: "state vector, difference, updates",
        classroom: "the same, inside the lab's own messages",
      },
      {
        name: "clientID",
        real: "random, 53 bits",
        classroom: "site and incarnation packed, so that runs can be repeated",
      },
      {
        name: "doc.gc",
        real: "what was deleted is dropped, its ids stay",
        classroom: "the same, and what the lab keeps beside it goes once every site has seen it",
      },
      {
        name: "resync interval",
        real: "on connecting only",
        classroom: "repair.antiEntropyMs, and after every heal",
      },
    ],
    leavesOut: [
      "Awareness (cursors and names) belongs to the shared page and not to the keys.",
      "Undo, subdocuments and rich text are left out.",
    ],
    sources: ["Yjs documentation: document updates, shared types", "y-protocols: sync protocol"],
  },
];
