import { unreachable } from "../../kernel/assert";
import type { Refusal } from "../../merge/refusal";
import type { Cluster } from "../../protocol/cluster";
import type { Position } from "../../protocol/position";
import { cityOf, placeOf, seconds } from "../../protocol/words";
import { fail, isOpen, succeed } from "../answer";
import { isNamedPrimary, mayAct } from "../heartbeat";
import { readKey, versionOf } from "../log/keys";
import { shownOf } from "../log/log";
import type { Request } from "../request";
import { isMember } from "../site";
import { passOn } from "./forwarding";
import { reignAt } from "./reigns";
import { whyNotActing, whyOut } from "./sentences";
import type { OneWriter } from "./state";

/** Who serves a read now: this site, this site once it shows more, the primary, or nobody. */
type Verdict =
  | { readonly by: "here" | "later" }
  /** `else` is the answer where the primary cannot be asked; null leaves that to the way there. */
  | { readonly by: "primary"; readonly else: Refusal | null }
  | { readonly by: "nobody"; readonly why: Refusal };

const here: Verdict = { by: "here" };
const later: Verdict = { by: "later" };
const primary: Verdict = { by: "primary", else: null };

/**
 * Decides a read by the axis `readFrom`; nothing else in the engine does. `sinceMono` is when this site
 * began to wait with it.
 */
export function routeRead(writer: OneWriter, request: Request, sinceMono = writer.site.now.mono): void {
  const verdict = verdictOf(writer, request, writer.site.now.mono - sinceMono);
  switch (verdict.by) {
    case "here":
      read(writer, request);
      return;
    case "later":
      writer.reading.push({ request, sinceMono });
      return;
    case "primary":
      passOn(writer, request, verdict.else);
      return;
    case "nobody":
      fail(writer.site, request, verdict.why);
      return;
    default:
      unreachable(verdict);
  }
}

/** Looks again at the reads that wait: this site shows more, or follows somebody else, or time has passed. */
export function wakeReads(writer: OneWriter): void {
  const { reading } = writer;
  if (reading.length === 0) return;
  writer.reading = [];
  for (const { request, sinceMono } of reading) {
    if (isOpen(writer.site, request)) routeRead(writer, request, sinceMono);
  }
}

/** The number of entries that readers here lack, as far as this replica knows; null where it knows nothing. */
function knownLag({ log, upstream }: OneWriter): number | null {
  return upstream.end === null ? null : Math.max(0, upstream.end.lsn - log.shownLsn);
}

function read({ site, log }: OneWriter, request: Request): void {
  const { key } = request.op;
  const version = versionOf(log.shownKeys, key);
  succeed(site, request, readKey(log.shownKeys, key), version, shownOf(log));
}

function verdictOf(writer: OneWriter, request: Request, waitedMs: number): Verdict {
  const { site } = writer;
  const cluster = site.view?.cluster;
  // A site outside the view's members holds nothing, so it serves nothing.
  if (cluster === undefined || !isMember(site)) return primary;
  if (isNamedPrimary(site)) {
    // What a base image will hold once it is restored nobody can read yet.
    if (site.preparing !== null && cluster.standby === "cold") {
      return { by: "nobody", why: { error: "REBUILDING", why: site.preparing } };
    }
    return atPrimary(writer, request, cluster);
  }
  // What another site sent here was meant for the primary.
  if (request.asker.kind === "site") return primary;
  const why = whyOut(writer) ?? whyUnread(writer, cluster);
  if (why === null) return atReplica(writer, request, cluster, waitedMs);
  return cluster.readFrom === "local" ? { by: "nobody", why } : primary;
}

function atReplica(writer: OneWriter, { token }: Request, cluster: Cluster, waitedMs: number): Verdict {
  const { readFrom, detector } = cluster;
  if (readFrom === "local") return here;
  if (readFrom === "primary") return primary;
  if (readFrom === "token") {
    if (isShown(writer, token.position)) return here;
    if (waitedMs < detector.heartbeatMs) return later;
    return { by: "primary", else: whyBehindToken(writer, token.position) };
  }
  if ("pinMs" in readFrom) return isPinned(readFrom.pinMs, token.sinceWriteMs) ? primary : here;
  const lag = knownLag(writer);
  if (lag !== null && lag <= readFrom.maxLagOps) return here;
  return { by: "primary", else: whyBehind(writer, lag, readFrom.maxLagOps) };
}

function atPrimary(writer: OneWriter, { token, asker }: Request, { readFrom }: Cluster): Verdict {
  const { site } = writer;
  if (readFrom === "local") return here;
  if (readFrom === "token") {
    if (isShown(writer, token.position)) return here;
    if (isInHistory(writer, token.position)) return later;
    if (mayAct(site)) return { by: "nobody", why: whyLost(writer, token.position) };
  } else if (typeof readFrom === "object" && "pinMs" in readFrom && asker.kind === "client") {
    if (!isPinned(readFrom.pinMs, token.sinceWriteMs)) return here;
  }
  return mayAct(site) ? here : { by: "nobody", why: { error: "NO_LEASE", why: whyNotActing(site) } };
}

function isPinned(pinMs: number, sinceWriteMs: number | null): boolean {
  return sinceWriteMs !== null && sinceWriteMs < pinMs;
}

/** True when readers here see everything up to this place of this history. */
function isShown(writer: OneWriter, position: Position | null): boolean {
  return position === null || (position.lsn <= writer.log.shownLsn && isInHistory(writer, position));
}

/**
 * True where the log held here passes, or will pass, through this place. Two logs that hold the same
 * `(epoch, lsn)` are equal up to it; what is older than all remembered reigns is taken to be shared.
 */
function isInHistory({ site }: OneWriter, position: Position | null): boolean {
  if (position === null || position.lsn === 0) return true;
  const reign = reignAt(site.history, position.lsn);
  if (reign === null) return site.history.length > 0;
  return reign.epoch === position.epoch;
}

/** Only a hot standby serves reads. */
function whyUnread({ site }: OneWriter, { standby }: Cluster): Refusal | null {
  if (standby === "hot") return null;
  const does = standby === "warm" ? "applies the log" : "keeps shipped segments";
  const why = `${cityOf(site.identity.site)} is a ${standby} standby: it ${does} and serves no reads.`;
  return { error: "NOT_PRIMARY", why };
}

function whyBehindToken({ site }: OneWriter, position: Position | null): Refusal {
  const place = position === null ? "what this session has seen" : placeOf(position);
  const waited = seconds(site.view?.cluster.detector.heartbeatMs ?? 0);
  const why = `This session has seen ${place}, and ${cityOf(site.identity.site)} does not show that after ${waited}.`;
  return { error: "STALE", why };
}

function whyBehind({ site }: OneWriter, lag: number | null, most: number): Refusal {
  const me = cityOf(site.identity.site);
  const behind = lag === null ? `${me} does not know how far it is behind` : `${me} is ${lag} writes behind`;
  return { error: "STALE", why: `${behind}, and at most ${most} are allowed for a read here.` };
}

function whyLost({ site, log }: OneWriter, position: Position | null): Refusal {
  const place = position === null ? "it" : placeOf(position);
  const now = `${cityOf(site.identity.site)} reigns in epoch ${site.leadership.epoch} over ${placeOf(shownOf(log))}`;
  return { error: "SESSION_LOST", why: `This session has seen ${place}, which did not survive: ${now}.` };
}
