import { isDecidedBySites } from "../protocol/deciders";
import { limits } from "../protocol/limits";
import { cityOf } from "../protocol/words";
import { leadershipAfter } from "./leadership";
import { modeKindOfRecord } from "./parts";
import { createMode, type Shell } from "./shell";
import type { Site } from "./site";
import type { JournalRecord, SiteMeta } from "./types";

/** Rebuilds the site from its journal. Whatever it was before, it is primary of nothing now. */
export function recover(shell: Shell, journal: readonly JournalRecord[]): void {
  const { site } = shell;
  for (const record of journal) {
    const kind = modeKindOfRecord(record);
    if (kind !== null && kind !== shell.mode.kind) shell.mode = createMode(kind, site);
    if (record.type === "meta") {
      site.epochSeen = record.meta.epochSeen;
      site.generation = record.meta.generation;
      site.history = record.meta.history;
      site.view = record.meta.view;
      recoverLeadership(site, record.meta);
      continue;
    }
    if (record.type === "truncate") {
      site.discarded = [...site.discarded, ...record.discarded].slice(-limits.discardedShown);
    }
    shell.mode.replay(record);
  }
  site.blank = journal.length === 0;
  site.epochAtStart = site.epochSeen;
  // An earlier life that came to an epoch after the change, with its data, has said it.
  const above = site.view?.change?.above ?? null;
  const hadCome = site.generation === site.view?.generation && site.epochSeen > (above ?? 0);
  site.changeSaid = hadCome ? above : null;
  site.journalRecords = journal.length;
  shell.mode.recovered();
}

/** Where the sites decide, what was decided is remembered, except that this site is primary of anything. */
function recoverLeadership(site: Site, { view, decided }: SiteMeta): void {
  if (view === null) return;
  if (decided === undefined || !isDecidedBySites(view.cluster)) {
    site.leadership = leadershipAfter(view, site.leadership, view);
    return;
  }
  const { epoch, primary } = decided.leadership;
  const me = site.identity.site;
  const reason = `${cityOf(me)} led epoch ${epoch} before it restarted: it is not primary by memory.`;
  site.leadership = primary === me ? { epoch, primary: null, reason } : decided.leadership;
  site.vote = decided.vote;
  site.configuration = decided.configuration;
}
