import { covers } from "../../clock/vector";
import { comparePositions, type Position } from "../../protocol/position";
import type { TraceEvent } from "../../protocol/trace";
import type { Vector } from "../../protocol/vector";
import { type Arrival, isArrival } from "../outcomes";
import { hasNoLog } from "../split-brain";

/** What the cluster itself says of the order of the versions of a key. */
export type VersionOrder = {
  /** True when `a` is known to come before `b`. Of two versions neither may be known to be first. */
  readonly isBefore: (a: string, b: string) => boolean;
  /** Known pairs, earlier first, that together with time say which order a cluster settled on. */
  readonly settled: readonly (readonly [string, string])[];
  /** Where a version stands in the log of a one-writer cluster; null where that is not known. */
  readonly placeOf: (version: string) => Position | null;
};

/** Nothing is known: what clients saw must speak for itself. */
export const noOrder: VersionOrder = { isBefore: () => false, settled: [], placeOf: () => null };

type Version = {
  readonly place: Position | null;
  readonly shadow: Vector;
  /** A write that was discarded and tried again stands in two places: nothing is known of its order. */
  hasMoved: boolean;
};

/** Rules that keep one of two concurrent writes, so that what a site shows is the later one by the rule. */
const choosing: ReadonlySet<string> = new Set(["lww", "lww-hlc"]);

/**
 * The order in a trace. With one writer it is the place in the log. With many, a write comes after
 * what its author had seen, and after what it replaced where the two met under a rule that keeps one.
 */
export function versionOrderOf(events: readonly TraceEvent[]): VersionOrder {
  const versions = new Map<string, Version>();
  const settled = new Map<string, readonly [string, string]>();
  let isMany = false;
  let isChoosing = false;
  for (const event of events) {
    if (event.kind === "view") {
      isMany = hasNoLog(event);
      isChoosing = choosing.has(event.merge);
    } else if (isArrival(event)) {
      const { op, shadow, position } = event;
      const known = versions.get(op);
      if (known === undefined) versions.set(op, { place: isMany ? null : position, shadow, hasMoved: false });
      else if (known.place !== null && !isMany && comparePositions(known.place, position) !== 0)
        known.hasMoved = true;
      const pair = isMany && isChoosing ? meeting(event) : null;
      if (pair !== null) settled.set(pair.join("\n"), pair);
    }
  }
  const isSettled = (a: string, b: string) => settled.has([a, b].join("\n"));
  return {
    isBefore(a, b) {
      const [earlier, later] = [versions.get(a), versions.get(b)];
      if (earlier === undefined || later === undefined || a === b) return false;
      if (earlier.hasMoved || later.hasMoved) return false;
      if (earlier.place !== null && later.place !== null)
        return comparePositions(earlier.place, later.place) < 0;
      return covers(later.shadow, earlier.shadow) || isSettled(a, b);
    },
    settled: [...settled.values()],
    placeOf: (version) => versions.get(version)?.place ?? null,
  };
}

/** Which of the two versions that met at a site gave way there; null where none did. */
function meeting({ op, over, shows }: Arrival): readonly [string, string] | null {
  if (over === null || shows === null || over === op) return null;
  return shows === op ? [over, op] : shows === over ? [op, over] : null;
}
