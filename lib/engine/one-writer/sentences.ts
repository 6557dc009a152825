import type { Refusal } from "../../merge/refusal";
import type { SiteId } from "../../protocol/ids";
import type { Position } from "../../protocol/position";
import { cityOf, listOf, placeOf, seconds } from "../../protocol/words";
import { isNamedPrimary, mayAct } from "../heartbeat";
import { endOf } from "../log/log";
import type { Standing } from "../mode";
import type { Site } from "../site";
import { whyGuarded } from "./accepting";
import type { OneWriter } from "./state";
import { acknowledgedLsn, aloneForMs, awaited } from "./sync-set";

/** Why the site that is named primary may not act as one now. */
export function whyNotActing(site: Site): string {
  const me = cityOf(site.identity.site);
  const { beats, leadership, now } = site;
  if (beats.challengedBy !== null) {
    return `Another site knows epoch ${beats.challengedBy}, so ${me} stops until the coordinator has confirmed epoch ${leadership.epoch}.`;
  }
  if (isOfEarlierLife(site)) return `${me} was primary before it restarted and waits for a new epoch.`;
  if (site.preparing !== null) return site.preparing;
  if (!beats.granted) return `${me} has just been made primary and waits for the coordinator to confirm it.`;
  const since = beats.leaseUntil === null ? "" : ` ${seconds(now.mono - beats.leaseUntil)} ago`;
  return `The lease of ${me} ran out${since} because the coordinator does not answer.`;
}

/** What PostgreSQL writes into a standby's log when its timeline left the primary's. */
export function divergedSentence({ site, log }: OneWriter, from: SiteId, fork: Position): string {
  const [me, upstream] = [cityOf(site.identity.site), cityOf(from)];
  const start = `REFUSE DIVERGED: the requested starting point, ${placeOf(endOf(log))}, is not in this server's history`;
  return `${start}: ${me} left the history of ${upstream} after ${placeOf(fork)}.`;
}

/** Why this replica takes no part and serves no reads of its own; null when it does. */
export function whyOut(writer: OneWriter): Refusal | null {
  const { out } = writer;
  if (out === null) return null;
  if (out.kind === "diverged") {
    return { error: "STALE", why: divergedSentence(writer, out.from, out.message.fork) };
  }
  return { error: "REBUILDING", why: `This site is copying its data from ${cityOf(out.from)}.` };
}

/** True where the reign that names this site began before it started. */
function isOfEarlierLife({ leadership, beats, epochAtStart }: Site): boolean {
  return leadership.epoch <= epochAtStart && !beats.granted;
}

/** The role of a one-writer site, and why. */
export function standing(writer: OneWriter): Standing {
  const { site, out } = writer;
  const { leadership, beats } = site;
  if (!isNamedPrimary(site)) {
    const role = out?.kind === "copying" ? "rebuilding" : "replica";
    return { role, reason: whyOut(writer)?.why ?? leadership.reason };
  }
  if (mayAct(site)) return { role: "primary", reason: leadership.reason };
  const isNew =
    (!beats.granted || site.preparing !== null) && beats.challengedBy === null && !isOfEarlierLife(site);
  return { role: isNew ? "candidate" : "fenced", reason: whyNotActing(site) };
}

/** Why a write here would not be acknowledged now; null when it would. */
export function cannotWrite(writer: OneWriter): string | null {
  const { site } = writer;
  const { primary, reason } = site.leadership;
  if (site.view === null) return null;
  if (primary === null) return `No site is primary at the moment. ${reason}`;
  return isNamedPrimary(site) ? whyPrimaryCannot(writer) : whyReplicaCannot(writer, primary);
}

function whyPrimaryCannot(writer: OneWriter): string | null {
  const { site } = writer;
  if (!mayAct(site)) return whyNotActing(site);
  const alone = aloneForMs(writer);
  if (alone !== null) {
    return `${cityOf(site.identity.site)} acknowledges nothing without a standby, and has had none for ${seconds(alone)}.`;
  }
  const guarded = whyGuarded(writer);
  if (guarded !== null) return guarded.why;
  if (acknowledgedLsn(writer) === null)
    return "The coordinator has not yet recorded which standby holds a copy.";
  const oldest = writer.waiting.at(0);
  if (oldest === undefined || oldest.lsn > writer.log.flushed.lsn) return null;
  return whyWaiting(writer, oldest.lsn);
}

/** Whom the oldest unacknowledged write waits for, and for what. */
function whyWaiting(writer: OneWriter, lsn: number): string | null {
  const ack = writer.site.view?.cluster.ack;
  if (ack === "semi" && acknowledgedLsn(writer) !== null && writer.semi.degradedLsn === null) {
    return "Writes wait until one replica has received them.";
  }
  const { sites, needed } = awaited(writer, lsn);
  if (sites.length === 0) return null;
  const some = listOf(sites.map(cityOf));
  const whom = needed < sites.length ? `${needed} of ${some}` : some;
  if (ack === "remote-write") return `Writes wait until ${whom} received them.`;
  if (ack === "remote-apply") return `Writes wait until readers at ${whom} see them.`;
  return `Writes wait until they are on the disk of ${whom}.`;
}

function whyReplicaCannot({ site, upstream }: OneWriter, primary: SiteId): string | null {
  const me = `${cityOf(site.identity.site)} is a replica`;
  const writeAt = site.view?.cluster.writeAt;
  if (writeAt !== "forward") return `${me} and takes no writes: send them to the primary ${cityOf(primary)}.`;
  if (site.linkUp.get(primary) === false)
    return `${me} and has no connection to the primary ${cityOf(primary)}.`;
  const timeoutMs = site.view?.cluster.detector.timeoutMs ?? 0;
  const silentMs = upstream.heardMono === null ? null : site.now.mono - upstream.heardMono;
  if (silentMs === null) return `${me} and has not yet heard from the primary ${cityOf(primary)}.`;
  if (silentMs < timeoutMs) return null;
  return `${me} and the primary ${cityOf(primary)} has not been heard for ${seconds(silentMs)}.`;
}
