import { tickVector } from "../../clock/vector";
import type { Json } from "../../kernel/json";
import { argOf, type Outcome, type WriteOperation } from "../../protocol/operation";
import type { LogEntry } from "../../protocol/site/log-entry";
import type { TraceBody } from "../../protocol/trace";
import { cityOf } from "../../protocol/words";
import { fail, finish, giveUp, isOpen, leaveUnknown } from "../answer";
import { hasLease, leads, mayAct } from "../heartbeat";
import { persistMeta } from "../journal";
import { evaluate, type Keys, resultOf, versionOf } from "../log/keys";
import { endOf, flushTo, positionAt, showTo } from "../log/log";
import { isAskedAgain, type Request } from "../request";
import { persist, record, whenDurable } from "../site";
import { whyNotAccepting } from "./accepting";
import { childrenOf } from "./cascade";
import { appendToReign } from "./log";
import { wakeReads } from "./reads";
import { addReign } from "./reigns";
import { freshSemi, watchSemi } from "./semi";
import { whyNotActing } from "./sentences";
import { resume, ship } from "./shipping";
import type { OneWriter } from "./state";
import { acknowledgedLsn, beginSync, chooseSync } from "./sync-set";
import { beginArchive } from "./tail";

/** The coordinator has granted this reign: from now on this site leads. `beat` is the heartbeat it answered. */
export function beginReign(writer: OneWriter, beat: number): void {
  const { site, log } = writer;
  const epoch = site.leadership.epoch;
  writer.reign = epoch;
  site.history = addReign(site.history, { epoch, by: site.identity.site, beginLsn: endOf(log).lsn + 1 });
  persistMeta(site);
  writer.replicas.clear();
  beginSync(writer, beat);
  beginArchive(writer);
  writer.semi = { ...freshSemi };
  for (const peer of childrenOf(site)) resume(writer, peer);
}

/** A reign of this site is over: what it had not acknowledged it never will. */
export function endReign(writer: OneWriter): void {
  const { site, waiting } = writer;
  writeTail(writer);
  writer.waiting = [];
  writer.reign = null;
  writer.replicas.clear();
  // A set that was right in this reign must never be proposed in another.
  beginSync(writer, site.beats.number + 1);
  const why = `${cityOf(site.identity.site)} is no longer primary, and had not yet acknowledged this.`;
  for (const { request } of waiting) giveUp(site, request, { error: "FENCED", why });
}

/** A write at the primary: refused, answered from the log if it is a repeat, or appended and shipped. */
export function write(writer: OneWriter, request: Request, op: WriteOperation): void {
  const { site, log } = writer;
  if (!mayAct(site)) {
    fail(site, request, { error: "NO_LEASE", why: whyNotActing(site) });
    return;
  }
  const logged = log.logged.get(request.opId);
  if (logged !== undefined) {
    request.mayHaveHappened = true;
    answerAt(writer, logged.lsn, request, okOf(writer, request, logged.value));
    return;
  }
  const { asked } = request;
  if (asked !== null && isAskedAgain(request) && log.base.epoch >= asked.first) {
    const why = "An earlier primary may have carried this out: the log no longer reaches back so far.";
    leaveUnknown(site, request, { error: "FENCED", why });
    return;
  }
  const refusal = whyNotAccepting(writer);
  if (refusal !== null) {
    fail(site, request, refusal);
    return;
  }
  const next = evaluate(log.tip, op);
  if (!next.ok) {
    const { error, why, value = null } = next.error;
    const served = { servedBy: site.identity.site, epoch: site.leadership.epoch, position: endOf(log) };
    const outcome = { status: "fail", error, why, value, ...served } as const;
    answerAt(writer, endOf(log).lsn, request, outcome);
    return;
  }
  appendWrite(writer, request, op);
  answerAt(writer, endOf(log).lsn, request, okOf(writer, request, resultOf(op, next.value)));
  if (site.view?.cluster.ack === "off") acknowledge(writer);
}

/** Acknowledges what has reached its acknowledgement point. The lease is checked again here. */
export function acknowledge(writer: OneWriter): void {
  const { site, log } = writer;
  if (!leads(site)) return;
  const lsn = acknowledgedLsn(writer);
  if (lsn === null) return;
  showTo(log, lsn, () => {});
  wakeReads(writer);
  const due = writer.waiting.filter((waiting) => waiting.lsn <= log.shownLsn);
  if (due.length === 0) return;
  writer.waiting = writer.waiting.filter((waiting) => waiting.lsn > log.shownLsn);
  for (const { request, outcome } of due) {
    if (hasLease(site)) confirm(writer, request, outcome);
    else giveUp(site, request, { error: "NO_LEASE", why: whyNotActing(site) });
  }
  // Whoever drains the cluster waits to hear that nothing is under way any more.
  if (site.view?.phase === "draining" && writer.waiting.length === 0) writer.beatNow();
}

/** The periodic part: the sync set, and acknowledgements that only waited for the coordinator. */
export function tickLeading(writer: OneWriter): void {
  chooseSync(writer);
  watchSemi(writer);
  acknowledge(writer);
  writer.waiting = writer.waiting.filter(({ request }) => isOpen(writer.site, request));
}

/** The trace of a write as it enters this site's log or becomes visible here. */
export function entryEvent(kind: "append" | "apply", keys: Keys, entry: LogEntry): TraceBody {
  const { opId, op, epoch, lsn, shadow, wallMs } = entry;
  return {
    kind,
    op: opId,
    key: op.key,
    position: { epoch, lsn },
    shadow,
    f: op.f,
    arg: argOf(op),
    wallMs,
    epoch,
    over: versionOf(keys, op.key),
    shows: opId,
  };
}

function appendWrite(writer: OneWriter, request: Request, op: WriteOperation): void {
  const { site, log } = writer;
  const { opId, session } = request;
  const epoch = site.leadership.epoch;
  const lsn = endOf(log).lsn + 1;
  const shadow = tickVector(site.shadow, site.identity.site);
  const by = site.identity.site;
  const entry: LogEntry = { epoch, by, lsn, opId, session, op, wallMs: site.now.wall, shadow };
  record(site, entryEvent("append", log.tip, entry));
  appendToReign(site, log, entry);
  request.mayHaveHappened = true;
  writer.tail.unwritten.push(entry);
  if (site.view?.cluster.ack !== "off") writeTail(writer);
}

/**
 * Hands everything appended so far to the disk: at once or, with `ack: off`, in rounds (as PostgreSQL's
 * WAL writer does), so that a crash of this site alone loses what it has acknowledged since the last.
 */
export function writeTail(writer: OneWriter): void {
  const { site, log, tail } = writer;
  if (tail.unwritten.length === 0) return;
  const records = tail.unwritten.map((entry) => ({ type: "entry", entry }) as const);
  tail.unwritten = [];
  persist(site, records);
  const position = endOf(log);
  whenDurable(site, () => {
    if (flushTo(log, position)) acknowledge(writer);
  });
  ship(writer);
}

/** Gives `outcome` once the log is acknowledged up to `lsn`: what it says must not be lost again. */
function answerAt(writer: OneWriter, lsn: number, request: Request, outcome: Outcome): void {
  if (lsn <= writer.log.shownLsn) confirm(writer, request, outcome);
  else writer.waiting.push({ lsn, request, outcome });
}

function confirm({ site, log }: OneWriter, request: Request, outcome: Outcome): void {
  const logged = log.logged.get(request.opId);
  if (logged !== undefined && outcome.status === "ok") logged.acknowledged = true;
  finish(site, request, outcome);
}

function okOf({ site, log }: OneWriter, { opId }: Request, value: Json): Outcome {
  const { epoch } = site.leadership;
  const position = positionAt(log, log.logged.get(opId)?.lsn ?? 0) ?? endOf(log);
  return { status: "ok", value, version: opId, servedBy: site.identity.site, epoch, position };
}
