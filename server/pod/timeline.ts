import type { TraceEvent, TraceKind } from "../../lib/protocol/trace";

/** The pod's story as pages tell it: the turning points, and a sample of what its clients got. */
export type Timeline = {
  readonly add: (events: readonly TraceEvent[]) => void;
  /** What has come since the last call, oldest first. */
  readonly take: () => readonly TraceEvent[];
  /** The turning points of the last while, for a page that opens late. */
  readonly recent: () => readonly TraceEvent[];
};

const turningPoints: readonly TraceKind[] = ["role", "view", "detect", "fault", "discard", "note"];
const completions: readonly TraceKind[] = ["ok", "fail", "unknown"];
const recentMax = 300;
/** Between two pushes at most these many completed operations are shown, and turning points. */
const sampleMax = 5;
const takenMax = 100;

/** Creates a timeline; `recent` are events from before a restart. */
export function createTimeline(): Timeline {
  let kept: TraceEvent[] = [];
  let fresh: TraceEvent[] = [];
  let sampled = 0;
  return {
    add(events) {
      const points = events.filter(({ kind }) => turningPoints.includes(kind));
      const sample = events.filter(({ kind }) => completions.includes(kind)).slice(0, sampleMax - sampled);
      sampled += sample.length;
      kept = [...kept, ...points].slice(-recentMax);
      fresh = [...fresh, ...points, ...sample].slice(-takenMax);
    },
    take() {
      const taken = fresh;
      fresh = [];
      sampled = 0;
      return taken;
    },
    recent: () => kept,
  };
}
