import type { TraceEvent } from "../protocol/trace";
import { isArrival, siteOf } from "./outcomes";

type Fresh = {
  readonly op: string;
  readonly lsn: number;
  /** Somebody else has it, or its client was told that it is done. */
  isKept: boolean;
  isCrashed: boolean;
};

/**
 * The writes that a crash took back before they were on their site's disk: nobody else had heard of them,
 * and their numbers name other writes since, or none.
 */
export function vanishedIn(events: readonly TraceEvent[]): ReadonlySet<string> {
  const fresh = new Map<string, Fresh>();
  const bySite = new Map<string, Fresh[]>();
  for (const event of events) {
    if (event.kind === "ok" || event.kind === "apply") {
      const known = fresh.get(event.kind === "ok" ? event.id : event.op);
      if (known !== undefined) known.isKept = true;
    } else if (isArrival(event)) {
      const { op, position, site } = event;
      const before = bySite.get(site) ?? [];
      // The first number given after a crash says how far the disk had come.
      for (const each of before) if (each.isCrashed && each.lsn < position.lsn) each.isKept = true;
      const write = { op, lsn: position.lsn, isKept: fresh.has(op), isCrashed: false };
      bySite.set(site, [...before.filter(({ isKept, isCrashed }) => !isKept && !isCrashed), write]);
      fresh.set(op, write);
    } else if (event.kind === "fault" && event.verb === "crash") {
      for (const each of bySite.get(siteOf(event.fields) ?? "") ?? []) each.isCrashed = true;
    }
  }
  return new Set([...fresh.values()].flatMap((each) => (each.isCrashed && !each.isKept ? [each.op] : [])));
}
