import type { LabCode, PodId, SiteId } from "../../lib/protocol/ids";
import { limits } from "../../lib/protocol/limits";
import type { TraceBody, TraceEvent } from "../../lib/protocol/trace";
import type { ServerClock } from "../clock";
import type { LabStore, TraceSummary } from "../store/lab-store";

/** The evidence of one pod: what its seats report of themselves, and what the server saw. */
export type PodTrace = {
  /** Records what the server itself observed, as the coordinator or as the world's clients. */
  readonly record: (site: "coordinator" | "edge", body: TraceBody) => void;
  /**
   * Takes a seat's batch; events already held are skipped. Resolves, once the batch is stored, to
   * the highest number of this site that is held; an empty batch only asks for it.
   */
  readonly accept: (site: SiteId, events: readonly TraceEvent[]) => Promise<number>;
  /** Ms since the pod began. */
  readonly nowMs: () => number;
  /** Writes what waits. */
  readonly flush: () => Promise<void>;
  readonly close: () => Promise<void>;
};

export type PodTraceOptions = {
  readonly store: LabStore;
  readonly lab: LabCode;
  readonly pod: PodId;
  readonly openedAtMs: number;
  readonly clock: ServerClock;
  readonly summary: TraceSummary;
  readonly onEvents: (events: readonly TraceEvent[]) => void;
  readonly onError: (error: unknown) => void;
  /** Most events kept; `limits.traceEventsPerPod` unless a test wants fewer. */
  readonly keep?: number;
};

const flushEveryMs = 200;

/** Collects events and writes them in batches, off the path of everything live. */
export function createPodTrace(options: PodTraceOptions): PodTrace {
  const { store, lab, pod, clock } = options;
  const keep = options.keep ?? limits.traceEventsPerPod;
  const lastE = new Map(Object.entries(options.summary.lastE));
  let held = options.summary.events;
  let waiting: TraceEvent[] = [];
  let written: Promise<void> = Promise.resolve();
  const flushing = setInterval(() => void flush(), flushEveryMs);
  const nowMs = () => clock.wall() - options.openedAtMs;

  function add(events: readonly TraceEvent[]): void {
    for (const event of events) {
      lastE.set(event.site, event.e);
      waiting.push(event);
    }
    if (events.length > 0) options.onEvents(events);
  }

  function record(site: "coordinator" | "edge", body: TraceBody): void {
    const e = (lastE.get(site) ?? 0) + 1;
    const wallMs = clock.wall();
    const stamp = { site, e, vc: { [site]: e }, atMs: nowMs(), errMs: 0, wallMs };
    add([{ ...stamp, hlc: [Math.floor(wallMs), 0], ...body }]);
  }

  function flush(): Promise<void> {
    const batch = waiting;
    waiting = [];
    if (batch.length > 0) written = written.then(() => write(batch)).catch(options.onError);
    return written;
  }

  async function write(batch: readonly TraceEvent[]): Promise<void> {
    await store.appendTrace(lab, pod, batch);
    held += batch.length;
    if (held <= keep) return;
    const dropped = await store.trimTrace(lab, pod, Math.floor(keep * 0.9));
    held -= dropped;
    record("coordinator", {
      kind: "note",
      text: `The oldest ${dropped} events of this trace were dropped: a pod keeps at most ${keep}.`,
    });
  }

  return {
    record,
    async accept(site, events) {
      add(events.filter((event) => event.e > (lastE.get(site) ?? 0)));
      await flush();
      return lastE.get(site) ?? 0;
    },
    nowMs,
    flush,
    async close() {
      clearInterval(flushing);
      await flush();
    },
  };
}
