import type { LabCode, PodId } from "../../lib/protocol/ids";
import type { TraceEvent } from "../../lib/protocol/trace";
import type { LabEvent } from "../lab/events";

/**
 * Where labs are kept. One append-only log of events a lab, and the trace of each pod beside it.
 * The embedded default is SQLite; the interface asks nothing of it that several servers sharing a
 * Redis could not give. Every implementation passes `tests/contract/lab-store`.
 */
export type LabStore = {
  /** Codes of all labs, in no order. */
  readonly labs: () => Promise<readonly LabCode[]>;
  /** A lab's events, oldest first; empty for an unknown lab. */
  readonly read: (lab: LabCode) => Promise<readonly LabEvent[]>;
  /**
   * Appends in order. Resolves when the events are on the disk: whatever depends on them (an epoch
   * that is sent out) waits for this.
   */
  readonly append: (lab: LabCode, events: readonly LabEvent[]) => Promise<void>;
  /** Appends to a pod's trace. Resolves when written; a power cut may still lose the last moments. */
  readonly appendTrace: (lab: LabCode, pod: PodId, events: readonly TraceEvent[]) => Promise<void>;
  /** At most `limit` trace events after row `after`, oldest first, with the row each has. */
  readonly readTrace: (
    lab: LabCode,
    pod: PodId,
    after: number,
    limit: number,
  ) => Promise<readonly { readonly row: number; readonly event: TraceEvent }[]>;
  /** How many events a pod's trace holds, and the highest `e` of each site. */
  readonly traceSummary: (lab: LabCode, pod: PodId) => Promise<TraceSummary>;
  /** Drops the oldest events so that `keep` remain; resolves to how many went. */
  readonly trimTrace: (lab: LabCode, pod: PodId, keep: number) => Promise<number>;
  /** Erases the lab and everything recorded of it. */
  readonly erase: (lab: LabCode) => Promise<void>;
  readonly close: () => Promise<void>;
};

export type TraceSummary = {
  readonly events: number;
  readonly lastE: Readonly<Record<string, number>>;
};
