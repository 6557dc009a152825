import { coldStandby } from "../../protocol/cold-standby";
import type { LogEntry } from "../../protocol/site/log-entry";
import { isNamedPrimary } from "../heartbeat";
import { endOf } from "../log/log";
import { note } from "../site";
import type { OneWriter } from "./state";

/** The end of a primary's log as far as it has not yet left its memory. */
export type Tail = {
  /** `ack: off`: appended and acknowledged, and not yet handed to the disk. */
  unwritten: LogEntry[];
  /** `standby: cold`: the end of what has been archived, and when that was. */
  archivedLsn: number;
  archivedMono: number;
};

/** A tail of its own for every site: what is unwritten is appended to in place. */
export function emptyTail(): Tail {
  return { unwritten: [], archivedLsn: 0, archivedMono: 0 };
}

/** The last entry that may leave this site: what is not yet written stays, and cold standbys get what is archived. */
export function shippableLsn({ site, log, tail }: OneWriter): number {
  const end = endOf(log).lsn;
  if (!isNamedPrimary(site)) return end;
  if (site.view?.cluster.standby === "cold") return Math.min(end, tail.archivedLsn);
  return end - tail.unwritten.length;
}

/** A reign begins: what the log holds is the base image. */
export function beginArchive({ site, log, tail }: OneWriter): void {
  tail.archivedLsn = endOf(log).lsn;
  tail.archivedMono = site.now.mono;
}

/** Archives what is on disk, once its time has come. True when there is a new segment to ship. */
export function archive({ site, log, tail }: OneWriter): boolean {
  if (site.view?.cluster.standby !== "cold") return false;
  if (site.now.mono - tail.archivedMono < coldStandby.archiveMs) return false;
  const size = log.flushed.lsn - tail.archivedLsn;
  tail.archivedMono = site.now.mono;
  if (size <= 0) return false;
  tail.archivedLsn = log.flushed.lsn;
  note(site, `A segment of ${size} writes is archived for the cold standbys.`);
  return true;
}
