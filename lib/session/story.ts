import type { TraceEvent, TraceKind } from "../protocol/trace";

const eventsKept = 200;
const told: readonly TraceKind[] = ["role", "view", "detect", "fault", "discard", "note"];

/** A site's story, newest first: what happened to it, without the traffic. */
export type Story = {
  readonly events: () => readonly TraceEvent[];
  /** Events that are no part of a story are passed over. */
  readonly add: (event: TraceEvent) => void;
};

export function createStory(): Story {
  let events: readonly TraceEvent[] = [];
  return {
    events: () => events,
    add: (event) => {
      if (!told.includes(event.kind)) return;
      const later = events.findIndex((known) => known.atMs <= event.atMs);
      const at = later < 0 ? events.length : later;
      events = [...events.slice(0, at), event, ...events.slice(at)].slice(0, eventsKept);
    },
  };
}
