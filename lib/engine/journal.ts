import { isDecidedBySites } from "../protocol/deciders";
import { origin } from "../protocol/position";
import type { Mode } from "./mode";
import { persist, replaceJournal, type Site } from "./site";
import type { SiteMeta } from "./types";

/** Journals the durable facts about the site as they are now. */
export function persistMeta(site: Site): void {
  persist(site, [{ type: "meta", meta: metaOf(site) }]);
}

/** Rewrites the journal as the shortest one that recovers the present state. */
export function compact(site: Site, mode: Mode): void {
  const { discarded } = site;
  const records = mode.journal();
  replaceJournal(site, [
    { type: "meta", meta: metaOf(site) },
    ...(discarded.length === 0 ? [] : [{ type: "truncate", after: origin, discarded } as const]),
    ...records,
  ]);
}

function metaOf(site: Site): SiteMeta {
  const { epochSeen, generation, history, view, leadership, vote, configuration } = site;
  const meta = { epochSeen, generation, history, view };
  if (view === null || !isDecidedBySites(view.cluster)) return meta;
  return { ...meta, decided: { leadership, vote, configuration } };
}
