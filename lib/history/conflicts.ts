import type { Metrics } from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";
import type { Fate } from "./fate";
import { isArrival } from "./outcomes";
import type { Writes } from "./writes";

/**
 * What became of the writes that were in conflict. Fates are judged by the shadow vectors, which every write
 * carries in every mode; what stood side by side the sites have said. Failed operations count for nothing.
 */
export function conflictsOf(
  events: readonly TraceEvent[],
  writes: Writes,
  fates: ReadonlyMap<string, Fate>,
  failed: ReadonlySet<string>,
): Pick<Metrics, "silentConflicts" | "autoMerges" | "siblings" | "settlements"> {
  const counted = [...writes.values()].filter(({ op }) => !failed.has(op));
  const ofFate = (fate: Fate) => counted.filter(({ op }) => fates.get(op) === fate);
  const beside = new Set<string>();
  let settlements = 0;
  for (const event of events) {
    if (!isArrival(event)) continue;
    for (const op of event.beside ?? []) beside.add(op);
    if (event.settled !== undefined) settlements += 1;
  }
  return {
    silentConflicts: ofFate("silentlyLost").length,
    autoMerges: ofFate("merged").length,
    siblings: beside.size,
    settlements,
  };
}
