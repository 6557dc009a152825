import { isDecidedBySites } from "../protocol/deciders";
import { limits } from "../protocol/limits";
import type { Copy } from "../protocol/site/message";
import { cityOf } from "../protocol/words";
import { leadershipAfter } from "./leadership";
import { createMode, type Shell } from "./shell";
import type { Site } from "./site";
import type { JournalRecord, SiteMeta } from "./types";

/** Which kind of data a record belongs to; null for those that fit any. */
function kindOfRecord(record: JournalRecord): Copy["kind"] | null {
  if (record.type === "copy") return record.copy.kind;
  if (record.type === "ballot" || record.type === "consensus-entry") return "consensus";
  if (record.type === "quorum") return "quorum";
  if (record.type === "op" || record.type === "life") return "merge";
  return record.type === "entry" ? "log" : null;
}

/** Rebuilds the site from its journal. Whatever it was before, it is primary of nothing now. */
export function recover(shell: Shell, journal: readonly JournalRecord[]): void {
  const { site } = shell;
  for (const record of journal) {
    const kind = kindOfRecord(record);
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
