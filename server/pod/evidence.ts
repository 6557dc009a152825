import { createLiveFigures } from "../../lib/history/live-figures";
import type { SiteId } from "../../lib/protocol/ids";
import type { Outage, PodFigures } from "../../lib/protocol/lab/picture";
import type { TraceEvent } from "../../lib/protocol/trace";
import type { Metrics } from "../metrics";
import { createOutageWatch, type OutageWatch } from "./outage";
import { createPodTrace, type PodTrace, type PodTraceOptions } from "./pod-trace";
import { createTimeline, type Timeline } from "./timeline";

/** What is known of a pod: its trace, and what is read from that while it grows. */
export type PodEvidence = {
  readonly trace: PodTrace;
  readonly timeline: Timeline;
  readonly outage: OutageWatch;
  readonly read: () => {
    readonly figures: PodFigures;
    readonly outage: Outage | null;
    readonly nowMs: number;
  };
  /** Counts start again: the data they were about is gone. */
  readonly reset: () => void;
};

export function createPodEvidence(
  options: Omit<PodTraceOptions, "onEvents"> & {
    readonly metrics: Metrics;
    /** A site has become primary. */
    readonly onPrimary: (site: SiteId) => void;
    readonly onChange: () => void;
  },
): PodEvidence {
  const timeline = createTimeline();
  const outage = createOutageWatch();
  let figures = createLiveFigures();
  const trace = createPodTrace({ ...options, onEvents });

  function onEvents(events: readonly TraceEvent[]): void {
    for (const event of events) figures.add(event);
    options.metrics.count("faultline_trace_events_total", {}, events.length);
    timeline.add(events);
    for (const event of events)
      if (event.kind === "role" && event.role === "primary") options.onPrimary(event.site as SiteId);
    options.onChange();
  }

  return {
    trace,
    timeline,
    outage,
    read() {
      const nowMs = trace.nowMs();
      return { figures: figures.read(), outage: outage.read(nowMs), nowMs };
    },
    reset() {
      figures = createLiveFigures();
      outage.reset();
    },
  };
}
