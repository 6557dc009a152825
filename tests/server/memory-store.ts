import type { LabCode, PodId } from "../../lib/protocol/ids";
import type { TraceEvent } from "../../lib/protocol/trace";
import type { LabEvent } from "../../server/lab/events";
import type { LabStore } from "../../server/store/lab-store";

type Row = { readonly row: number; readonly event: TraceEvent };

/** A store that forgets everything with the process. */
export function createMemoryStore(): LabStore {
  const logs = new Map<LabCode, LabEvent[]>();
  const traces = new Map<
    LabCode,
    Map<PodId, { rows: Row[]; nextRow: number; lastE: Record<string, number> }>
  >();

  function traceOf(lab: LabCode, pod: PodId) {
    const pods = traces.get(lab) ?? new Map();
    traces.set(lab, pods);
    const trace = pods.get(pod) ?? { rows: [], nextRow: 1, lastE: {} };
    pods.set(pod, trace);
    return trace;
  }

  return {
    labs: async () => [...logs.keys()],
    read: async (lab) => [...(logs.get(lab) ?? [])],
    async append(lab, events) {
      logs.set(lab, [...(logs.get(lab) ?? []), ...events.map((event) => structuredClone(event))]);
    },
    async appendTrace(lab, pod, events) {
      const trace = traceOf(lab, pod);
      for (const event of events) {
        trace.rows.push({ row: trace.nextRow++, event: structuredClone(event) });
        trace.lastE[event.site] = Math.max(trace.lastE[event.site] ?? 0, event.e);
      }
    },
    readTrace: async (lab, pod, after, limit) =>
      traceOf(lab, pod)
        .rows.filter(({ row }: Row) => row > after)
        .slice(0, limit),
    async traceSummary(lab, pod) {
      const { rows, lastE } = traceOf(lab, pod);
      return { events: rows.length, lastE: { ...lastE } };
    },
    async trimTrace(lab, pod, keep) {
      const trace = traceOf(lab, pod);
      const dropped = Math.max(0, trace.rows.length - keep);
      trace.rows.splice(0, dropped);
      return dropped;
    },
    async erase(lab) {
      logs.delete(lab);
      traces.delete(lab);
    },
    close: async () => {},
  };
}
