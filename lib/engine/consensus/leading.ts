import { tickVector } from "../../clock/vector";
import { err } from "../../kernel/result";
import type { Refusal } from "../../merge/refusal";
import { argOf, type Outcome, type WriteOperation } from "../../protocol/operation";
import type { ConsensusEntry } from "../../protocol/site/consensus";
import type { TraceBody } from "../../protocol/trace";
import { fail, finish, isOpen, leaveUnknown } from "../answer";
import { evaluate, type Keys, resultOf, versionOf } from "../log/keys";
import { appendEntry, endOf, flushTo, positionAt, showTo } from "../log/log";
import { isAskedAgain, type Request } from "../request";
import { atEnd, peersOf, persist, record, whenDurable } from "../site";
import { conflictOf, isCertifying } from "./certifying";
import { awaitReading, settleReadings } from "./reading";
import { type Consensus, majorityOf, newProgress, type Reign, timeoutMs } from "./state";

/** This site has won a vote: it leads, beginning with an empty entry. `enter` makes the reign known. */
export function beginReign(state: Consensus, enter: (reign: Reign) => void): void {
  const { site, log } = state;
  const now = site.now.mono;
  const begin = { epoch: state.ballot.epoch, lsn: endOf(log).lsn + 1 };
  const reign: Reign = {
    kind: "primary",
    progress: new Map(peersOf(site).map((peer) => [peer, newProgress(begin.lsn, now)])),
    beginLsn: begin.lsn,
    round: 0,
    sentMono: new Map(),
    quorum: { round: 0, sentMono: now },
    readings: [],
  };
  enter(reign);
  state.upstream = { site: null, sinceMono: now, heardMono: now };
  append(state, { ...begin, write: null });
  atEnd(site, state.calls.startRound);
}

/** A write at the primary: answered from the log if it is a repeat, refused, or appended and shipped. */
export function propose(state: Consensus, reign: Reign, request: Request, op: WriteOperation): void {
  const { site, log, ballot } = state;
  const logged = log.logged.get(request.opId);
  if (logged !== undefined) {
    request.mayHaveHappened = true;
    answerAt(state, logged.lsn, request, () => okOf(state, request, logged));
    return;
  }
  if (request.asked !== null && isAskedAgain(request) && log.base.epoch >= request.asked.first) {
    leaveUnknown(site, request, forgotten);
    return;
  }
  const conflict = conflictOf(state, request, op);
  const next = conflict === null ? evaluate(log.tip, op) : err(conflict);
  if (!next.ok) {
    // A refusal tells what it read, so it is answered as a read is.
    awaitReading(state, reign, request, endOf(log).lsn, () => fail(site, request, next.error));
    return;
  }
  const { opId, session } = request;
  const shadow = tickVector(site.shadow, site.identity.site);
  const lsn = endOf(log).lsn + 1;
  const write = { opId, session, op, wallMs: site.now.wall, shadow };
  const entry = { epoch: ballot.epoch, lsn, write };
  record(site, entryEvent("append", log.tip, entry, write));
  append(state, entry);
  request.mayHaveHappened = true;
  const value = resultOf(op, next.value);
  answerAt(state, lsn, request, () => okOf(state, request, { lsn, value }));
}

const forgotten: Refusal = {
  error: "FENCED",
  why: "Its primary died before it answered, and the log no longer reaches back to when it was asked.",
};

/**
 * Commits what is on a majority of disks, this one included once it is flushed here. Only an entry of the
 * present epoch is counted; those before it are committed with it (Raft, section 5.4.2).
 */
export function commit(state: Consensus, reign: Reign): void {
  const { log, ballot } = state;
  const acked = [log.flushed.lsn, ...[...reign.progress.values()].map(({ acked }) => acked)];
  const lsn = acked.sort((a, b) => b - a)[majorityOf(state) - 1] ?? 0;
  if (lsn <= state.committed || positionAt(log, lsn)?.epoch !== ballot.epoch) return;
  state.committed = lsn;
  show(state);
  settleReadings(state, reign);
  atEnd(state.site, state.calls.ship);
}

/** Lets readers see what is committed, and answers whoever waited for it. */
export function show(state: Consensus): void {
  const { site, log } = state;
  showTo(log, Math.min(state.committed, endOf(log).lsn), (entry) => {
    const { write } = entry;
    if (write === null || state.proposed.has(entry)) return;
    record(site, entryEvent("apply", log.shownKeys, entry, write));
  });
  const due = state.waiting.filter(({ lsn }) => lsn <= log.shownLsn);
  if (due.length === 0) return;
  state.waiting = state.waiting.filter(({ lsn }) => lsn > log.shownLsn);
  for (const { request, outcome } of due) confirm(state, request, outcome());
}

/** Forgets answers and readings that nobody waits for any more, and gives up on other sites' requests after 2T. */
export function tickWaiting(state: Consensus): void {
  const { site } = state;
  const why = "No majority of the sites had it in time.";
  for (const { request, sinceMono } of state.waiting) {
    const isOver = request.asker.kind === "site" && site.now.mono - sinceMono > 2 * timeoutMs(state);
    if (isOver) leaveUnknown(site, request, { error: "TIMEOUT", why });
  }
  state.waiting = state.waiting.filter(({ request }) => isOpen(site, request));
  const { stage } = state;
  if (stage.kind === "primary")
    stage.readings = stage.readings.filter(({ request }) => isOpen(site, request));
}

/** When a majority's last answer is so old that the others may elect somebody else. */
export function quorumDeadline(state: Consensus, { quorum }: Reign): number {
  return quorum.sentMono + timeoutMs(state);
}

function append(state: Consensus, entry: ConsensusEntry): void {
  const { site, log } = state;
  const { epoch, lsn } = entry;
  appendEntry(site, log, entry);
  state.proposed.add(entry);
  persist(site, [{ type: "consensus-entry", entry }]);
  whenDurable(site, () => {
    if (flushTo(log, { epoch, lsn }) && state.stage.kind === "primary") commit(state, state.stage);
  });
  atEnd(site, state.calls.ship);
}

function answerAt(state: Consensus, lsn: number, request: Request, outcome: () => Outcome): void {
  const { log, site } = state;
  if (lsn <= log.shownLsn) confirm(state, request, outcome());
  else state.waiting.push({ lsn, request, sinceMono: site.now.mono, outcome });
}

function confirm({ site, log }: Consensus, request: Request, outcome: Outcome): void {
  const logged = log.logged.get(request.opId);
  if (logged !== undefined) logged.acknowledged = true;
  finish(site, request, outcome);
}

type Logged = { readonly lsn: number; readonly value: Outcome["value"] };

/** Where this site has been deposed meanwhile, it is its successor's word that the write is committed. */
function okOf(state: Consensus, { opId }: Request, { lsn, value }: Logged): Outcome {
  const { site } = state;
  const { epoch, primary } = site.leadership;
  // Its own site waits until it shows the write.
  const at = isCertifying(state) ? { position: { epoch, lsn } } : {};
  return { status: "ok", value, version: opId, servedBy: primary ?? site.identity.site, epoch, ...at };
}

/** The trace of a write as it enters this site's log or becomes visible here. */
function entryEvent(
  kind: "append" | "apply",
  keys: Keys,
  { epoch, lsn }: ConsensusEntry,
  { opId, op, shadow, wallMs }: NonNullable<ConsensusEntry["write"]>,
): TraceBody {
  return {
    kind,
    op: opId,
    key: op.key,
    shadow,
    f: op.f,
    arg: argOf(op),
    wallMs,
    epoch,
    position: { epoch, lsn },
    over: versionOf(keys, op.key),
    shows: opId,
  };
}
