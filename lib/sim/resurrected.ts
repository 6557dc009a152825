import { covers } from "../clock/vector";
import { isArrival } from "../history/outcomes";
import type { TraceEvent } from "../protocol/trace";
import type { Vector } from "../protocol/vector";

type Known = { readonly f: string; readonly shadow: Vector };

/** The first time that a site shows what a deletion there had seen and taken away; null where none does. */
export function resurrected(events: readonly TraceEvent[]): string | null {
  const writes = new Map<string, Known>();
  for (const event of events) {
    if (!isArrival(event)) continue;
    const { op, key, f, shadow, over, shows, site } = event;
    if (!writes.has(op)) writes.set(op, { f, shadow });
    const met = over === null ? undefined : writes.get(over);
    const shown = shows === null ? undefined : writes.get(shows);
    if (met?.f !== "delete" || shown === undefined || shows === over) continue;
    if (covers(met.shadow, shown.shadow))
      return `${over} had deleted "${key}", and ${site} shows it again as ${shows} wrote it.`;
  }
  return null;
}
