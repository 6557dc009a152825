import { useEffect, useState } from "react";
import type { LabPicture, PodPicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";

type Timeline = Readonly<Record<string, readonly TraceEvent[]>>;

/** How long one pod is shown before another may take its place, ms: long enough to be read from the last row. */
const turnMs = 10_000;
/** What happened longer ago than this holds nobody's attention any more, ms. */
const newsMs = 20_000;

/**
 * Which of several pods is looked at closely: one whose writes do not succeed, else the one where
 * something happened last, else each in turn. Pure.
 */
export function nextFocus(
  pods: readonly PodPicture[],
  timeline: Timeline,
  present: string | null,
): string | null {
  const ailing = pods.filter(({ outage }) => outage !== null && outage.firstOkMs === null);
  const busy = pods
    .map(({ id, nowMs }) => ({ id, agoMs: nowMs - (timeline[id]?.at(-1)?.atMs ?? Number.NEGATIVE_INFINITY) }))
    .filter(({ agoMs }) => agoMs < newsMs)
    .sort((a, b) => a.agoMs - b.agoMs);
  if (ailing.length > 0) return after(ailing, present);
  return busy[0]?.id ?? after(pods, present);
}

/** The one after `present` in the list, round and round; the first where it is not there. */
function after(pods: readonly PodPicture[], present: string | null): string | null {
  const at = pods.findIndex(({ id }) => id === present);
  return pods[(at + 1) % pods.length]?.id ?? null;
}

/** The pod to look at closely now; it changes every ten seconds at most. */
export function useFocus(lab: LabPicture, timeline: Timeline): PodPicture | null {
  const [focus, setFocus] = useState<{ readonly id: string | null; readonly at: number }>({
    id: null,
    at: 0,
  });
  useEffect(() => {
    const now = performance.now();
    if (focus.id !== null && now - focus.at < turnMs) return;
    setFocus({ id: nextFocus(lab.pods, timeline, focus.id), at: now });
  }, [lab, timeline, focus]);
  return lab.pods.find(({ id }) => id === focus.id) ?? lab.pods[0] ?? null;
}
