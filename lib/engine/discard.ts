import { limits } from "../protocol/limits";
import { record, type Site } from "./site";
import type { DiscardedWrite } from "./types";

/** Records writes that left this site's data and keeps them, the newest, until the student has seen them, each once. */
export function noteDiscarded(site: Site, lost: readonly DiscardedWrite[]): void {
  const known = new Set(site.discarded.map(({ opId }) => opId));
  const news = lost.filter(({ opId }) => !known.has(opId));
  for (const { opId, op, position, why } of news) {
    record(site, { kind: "discard", op: opId, key: op.key, position, why });
  }
  site.discarded = [...site.discarded, ...news].slice(-limits.discardedShown);
}
