import type { SiteId } from "../../protocol/ids";
import type { Position } from "../../protocol/position";
import type { LogEntry } from "../../protocol/site/log-entry";
import { appendEntry, endOf, holds, type Log, truncate } from "../log/log";
import type { Site } from "../site";
import { addReign, authorAt, cutReigns, type Lineage } from "./reigns";

/** A one-writer site's log. Two primaries can reign in one epoch, so the site keeps who reigned when beside it. */
export type WriterLog = Log<LogEntry>;

/** True when the log holds exactly this position, and the same site wrote it: then all before is equal too. */
export function agrees(site: Site, log: WriterLog, position: Position, by: SiteId | null): boolean {
  return holds(log, position) && authorAt(site.history, position.lsn) === by;
}

export function lineageOf(site: Site, log: WriterLog): Lineage {
  return { history: site.history, end: endOf(log) };
}

/** Adds the entry after the end. The site's history follows. */
export function appendToReign(site: Site, log: WriterLog, entry: LogEntry): void {
  appendEntry(site, log, entry);
  site.history = addReign(site.history, { epoch: entry.epoch, by: entry.by, beginLsn: entry.lsn });
}

/** Cuts off everything after `fork`, which the log must hold. The site's history follows. */
export function rewindTo(site: Site, log: WriterLog, fork: Position): void {
  truncate(log, fork.lsn);
  site.history = cutReigns(site.history, fork.lsn);
}
