/** Every bound of the system in one place. Sizes are bytes of UTF-8 unless the name says otherwise. */
export const limits = {
  keyChars: 128,
  valueBytes: 16 * 1024,
  keysPerSite: 10_000,
  sitesPerPod: 12,
  podsPerLab: 20,
  /** Links one tab keeps; more than a pod needs, so that the mesh can be measured beyond one. */
  linksPerTab: 32,
  /** One frame on any wire. Larger `stream` messages travel as fragments of this size. */
  frameBytes: 48 * 1024,
  /** Anything longer than this arriving in one piece is dropped unread. */
  frameBytesMax: 64 * 1024,
  streamMessageBytes: 16 * 1024 * 1024,
  /** Entries or operations kept for catching up; a peer further behind gets a full copy. */
  logEntries: 5_000,
  /** The same log's size; a peer that needs what no longer fits gets a full copy. */
  logBytes: 8 * 1024 * 1024,
  entriesPerMessage: 64,
  /** Operations a site keeps open at once before it refuses more. */
  pendingOps: 1_000,
  /** Messages waiting on one link before replication datagrams are dropped. */
  linkQueueBytes: 1024 * 1024,
  discardedShown: 200,
  receiptsKept: 500,
  /** Receipts in one report; the oldest go. */
  receiptsReported: 10_000,
  /** Values that one key keeps side by side: from the first number on a note says so, at the second a write is refused. */
  siblingsWarn: 5,
  siblingsMost: 12,
  /** Pieces of a Yjs document, overwritten ones included; each takes about 190 bytes of memory. */
  documentItems: 250_000,
  /** Trace events kept of one pod; the oldest go first, and a note in the trace says so. */
  traceEventsPerPod: 200_000,
  /** One batch of trace events from a seat, encoded: it must fit one frame. */
  traceBatchBytes: 48 * 1024,
} as const;
