import { createLiveFigures } from "../../lib/history/live-figures";
import { createMeetings, type Meeting } from "../../lib/history/meetings";
import type { SiteId } from "../../lib/protocol/ids";
import type { Outage, PodFigures } from "../../lib/protocol/lab/picture";
import type { TraceEvent } from "../../lib/protocol/trace";
import type { Metrics } from "../metrics";
import { createOutageWatch, type OutageWatch } from "./outage";
import { createPodTrace, type PodTrace, type PodTraceOptions } from "./pod-trace";
import { createTimeline, type Timeline } from "./timeline";

/** Conflicts that pages tell; the figures count them all. */
const conflictsShown = 5;

/** What is known of a pod: its trace, and what is read from that while it grows. */
export type PodEvidence = {
  readonly trace: PodTrace;
  readonly timeline: Timeline;
  readonly outage: OutageWatch;
  readonly read: () => {
    readonly figures: PodFigures;
    readonly meetings: readonly Meeting[];
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
  let meetings = createMeetings();
  const trace = createPodTrace({ ...options, onEvents });

  function onEvents(events: readonly TraceEvent[]): void {
    for (const event of events) {
      figures.add(event);
      meetings.add(event);
    }
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
      return {
        figures: figures.read(),
        meetings: meetings.latest(conflictsShown, figures.isOverwritten),
        outage: outage.read(nowMs),
        nowMs,
      };
    },
    reset() {
      figures = createLiveFigures();
      meetings = createMeetings();
      outage.reset();
    },
  };
}
