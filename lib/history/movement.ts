import type { TraceEvent } from "../protocol/trace";
import { isArrival } from "./outcomes";

const repairs: ReadonlySet<string> = new Set(["heal", "mend", "plug", "resume", "restart"]);

/**
 * From the last repair until every write made before it had reached its last site and every write
 * that had to go was gone. Null where nothing was ever repaired, or the sites differ in the end.
 */
export function convergeMs(events: readonly TraceEvent[], areEqual: boolean): number | null {
  const repair = events.findLast((event) => event.kind === "fault" && repairs.has(event.verb));
  if (repair === undefined || !areEqual) return null;
  const before = new Set<string>();
  let lastMs = repair.atMs;
  for (const event of events) {
    if (event.atMs <= repair.atMs) {
      if (isArrival(event)) before.add(event.op);
    } else if (isArrival(event) || event.kind === "discard") {
      if (before.has(event.op)) lastMs = Math.max(lastMs, event.atMs);
    }
  }
  return lastMs - repair.atMs;
}

/** For every write and every other site that took it in: how much later than at its author. */
export function replicationLags(events: readonly TraceEvent[]): readonly number[] {
  const acceptedMs = new Map<string, number>();
  const lags: number[] = [];
  for (const event of events) {
    if (event.kind === "append") acceptedMs.set(event.op, event.atMs);
    else if (event.kind === "apply") {
      const sinceMs = acceptedMs.get(event.op);
      if (sinceMs !== undefined) lags.push(event.atMs - sinceMs);
    }
  }
  return lags;
}

/** What was handed to the network. */
export function trafficOf(events: readonly TraceEvent[]): {
  readonly messages: number;
  readonly bytes: number;
} {
  let messages = 0;
  let bytes = 0;
  for (const event of events) {
    if (event.kind !== "send") continue;
    messages += 1;
    bytes += event.size;
  }
  return { messages, bytes };
}
