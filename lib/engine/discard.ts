import { limits } from "../protocol/limits";
import { record, type Site } from "./site";
import type { DiscardedWrite } from "./types";

/** Records writes that left this site's data and keeps them, the newest, until the student has seen them. */
export function noteDiscarded(site: Site, lost: readonly DiscardedWrite[]): void {
  for (const { opId, op, position, why } of lost) {
    record(site, { kind: "discard", op: opId, key: op.key, position, why });
  }
  site.discarded = [...site.discarded, ...lost].slice(-limits.discardedShown);
}
