import { coldStandby } from "../../protocol/cold-standby";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { cityOf, seconds } from "../../protocol/words";
import { isNamedPrimary } from "../heartbeat";
import { endOf, showTo } from "../log/log";
import { atEnd, record, setTimer } from "../site";
import { entryEvent } from "./leading";
import { wakeReads } from "./reads";
import type { OneWriter } from "./state";

/** How far a replica is with showing its readers what it has on disk. */
export type Applying = {
  /** When the entry that is being applied will be done; null while nothing is. */
  doneMono: number | null;
  /** When the base image of a cold standby that is being promoted will be restored; null where none is. */
  restoredMono: number | null;
  /** The last site that was primary, as far as this life knows: a cold standby is nobody's successor but its own. */
  lastPrimary: SiteId | null;
};

export const idle: Applying = { doneMono: null, restoredMono: null, lastPrimary: null };

/** Waits shorter than this are taken together. */
const leastTimerMs = 5;

/**
 * Shows readers what is on disk, one entry after the other where the pace is limited. What was received
 * goes to the disk meanwhile, and is acknowledged as far as that.
 */
export function applyFlushed(writer: OneWriter): void {
  if (isDormant(writer)) return;
  const { site, log, applying } = writer;
  const { mono } = site.now;
  const perSec = paceOf(writer);
  if (applying.restoredMono !== null && mono < applying.restoredMono) {
    setTimer(site, "apply", applying.restoredMono - mono);
  } else if (perSec === null) {
    applying.doneMono = null;
    showUpTo(writer, Math.min(log.flushed.lsn, inheritedLsn(writer)));
  } else applyAtPace(writer, 1000 / perSec);
  settlePreparing(writer);
}

/** This site has just been named primary: what it has received it applies first, and a cold standby is restored. */
export function prepareReign(writer: OneWriter): void {
  const { site, applying } = writer;
  const { primary } = site.leadership;
  const wasCold = applying.lastPrimary !== null && applying.lastPrimary !== site.identity.site;
  if (primary !== null) applying.lastPrimary = primary;
  applying.restoredMono = null;
  site.preparing = null;
  if (!isNamedPrimary(site)) return;
  if (wasCold && site.view?.cluster.standby === "cold") {
    applying.restoredMono = site.now.mono + coldStandby.restoreMs;
    applying.doneMono = null;
  }
  site.preparing = whyPreparing(writer);
}

/** The end of what this site did not write in its own reign: what it does write is shown once it is acknowledged. */
function inheritedLsn({ site, reign }: OneWriter): number {
  const own = reign === null ? undefined : site.history.at(-1);
  return own === undefined ? Number.POSITIVE_INFINITY : own.beginLsn - 1;
}

function applyAtPace(writer: OneWriter, gapMs: number): void {
  const { site, log, applying } = writer;
  const { mono } = site.now;
  let lsn = log.shownLsn;
  while (lsn < log.flushed.lsn) {
    // Where the pace has just risen, what is being applied does not wait for the old one.
    applying.doneMono = Math.min(applying.doneMono ?? Number.POSITIVE_INFINITY, mono + gapMs);
    if (applying.doneMono > mono) break;
    lsn += 1;
    applying.doneMono += gapMs;
  }
  showUpTo(writer, lsn);
  if (lsn < log.flushed.lsn && applying.doneMono !== null) {
    setTimer(site, "apply", Math.max(leastTimerMs, applying.doneMono - mono));
  } else applying.doneMono = null;
}

function showUpTo(writer: OneWriter, lsn: number): void {
  const { site, log } = writer;
  if (lsn <= log.shownLsn) return;
  showTo(log, lsn, (entry) => record(site, entryEvent("apply", log.shownKeys, entry)));
  wakeReads(writer);
  if (site.view?.cluster.ack === "remote-apply") atEnd(site, writer.acknowledgeUpstream);
}

/** How many more entries this site takes before it has shown some: what waits to be applied is bounded too. */
export function roomOf(writer: OneWriter): number {
  const { log } = writer;
  return isDormant(writer)
    ? limits.logEntries
    : Math.max(0, limits.logEntries / 2 - (endOf(log).lsn - log.shownLsn));
}

/** A cold standby whose archive has grown long gets a newer base image, so that its log stays bounded. */
export function renewBase(writer: OneWriter): void {
  const { log } = writer;
  if (isDormant(writer))
    showTo(log, Math.min(log.flushed.lsn, endOf(log).lsn - limits.logEntries / 2), () => {});
}

/** A cold standby keeps what is archived and runs nothing. */
export function isDormant({ site }: OneWriter): boolean {
  return site.view?.cluster.standby === "cold" && !isNamedPrimary(site);
}

/** Entries applied in a second; null is without a limit. Only what a site did not write itself is applied. */
function paceOf({ site, applying, reign }: OneWriter): number | null {
  if (reign !== null) return null;
  const { applyPerSec } = site;
  if (applying.restoredMono === null) return applyPerSec;
  return Math.min(coldStandby.replayPerSec, applyPerSec ?? coldStandby.replayPerSec);
}

/** Once everything is applied the coordinator is asked for the word to begin; until it comes this site does not act. */
function settlePreparing(writer: OneWriter): void {
  const { site } = writer;
  if (site.preparing === null) return;
  const why = whyPreparing(writer);
  site.preparing = why ?? `${cityOf(site.identity.site)} holds everything and waits to be confirmed.`;
  if (why === null) writer.beatNow();
}

/** Whoever grants reigns has answered: nothing keeps a site that has applied everything from beginning its own. */
export function endPreparing(writer: OneWriter): void {
  const { site, applying } = writer;
  if (site.preparing === null || whyPreparing(writer) !== null) return;
  applying.restoredMono = null;
  site.preparing = null;
}

function whyPreparing(writer: OneWriter): string | null {
  const { site, log, applying } = writer;
  const me = cityOf(site.identity.site);
  const left = endOf(log).lsn - log.shownLsn;
  const writes = left === 1 ? "1 write" : `${left} writes`;
  if (applying.restoredMono !== null && site.now.mono < applying.restoredMono) {
    const took = seconds(coldStandby.restoreMs);
    return `${me} restores its base image, which takes ${took}, and then replays ${writes} before it takes over.`;
  }
  if (left === 0 || paceOf(writer) === null) return null;
  return `${me} applies the ${writes} it has received before it takes over.`;
}
