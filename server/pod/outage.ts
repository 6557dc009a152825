import type { Outage } from "../../lib/protocol/lab/picture";

/** The stopwatch of an outage: when the world's clients last succeeded, and when they first did again. */
export type OutageWatch = {
  readonly began: (opId: string, atMs: number) => void;
  /** The operation ended; `ok` is success, everything else that the client could not use is not. */
  readonly ended: (opId: string, ok: boolean, atMs: number) => void;
  /** The outage under way or the last one, as known at `nowMs`; null before the first. */
  readonly read: (nowMs: number) => Outage | null;
  /** Forgets what was measured. */
  readonly reset: () => void;
};

/** A write that has had no answer for this long counts as failing: a frozen primary refuses nothing. */
const hangingMs = 1000;
const successesKept = 4096;

/**
 * Measures outages of writes, all times on one clock. An operation that failed was not served between
 * its call and the next success: so the outage it belongs to runs from the last success before the
 * call to the first after it. Failures with the same last success are one outage.
 */
export function createOutageWatch(): OutageWatch {
  const pending = new Map<string, number>();
  let successes: number[] = [];
  let outage: Outage | null = null;

  function failedAt(calledMs: number, failures: number): Outage | null {
    const lastOkMs = successes.findLast((okMs) => okMs <= calledMs);
    if (lastOkMs === undefined) return outage;
    const firstOkMs = successes.find((okMs) => okMs > calledMs) ?? null;
    if (outage !== null && lastOkMs < outage.lastOkMs) return outage;
    const before = outage?.lastOkMs === lastOkMs ? outage.failed : 0;
    return { lastOkMs, firstOkMs, failed: before + failures };
  }

  return {
    began: (opId, atMs) => void pending.set(opId, atMs),
    ended(opId, ok, atMs) {
      const calledMs = pending.get(opId);
      if (calledMs === undefined) return;
      pending.delete(opId);
      if (!ok) {
        outage = failedAt(calledMs, 1);
        return;
      }
      successes = [...successes.slice(-successesKept), atMs];
      if (outage?.firstOkMs === null) outage = { ...outage, firstOkMs: atMs };
    },
    read(nowMs) {
      const hanging = [...pending.values()].filter((calledMs) => nowMs - calledMs > hangingMs);
      if (hanging.length === 0 || outage?.firstOkMs === null) return outage;
      const provisional = failedAt(Math.min(...hanging), 0);
      return provisional?.firstOkMs === null ? provisional : outage;
    },
    reset() {
      successes = [];
      outage = null;
    },
  };
}
