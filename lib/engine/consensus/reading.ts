import { succeed } from "../answer";
import { readKey, versionOf } from "../log/keys";
import { positionAt } from "../log/log";
import type { Request } from "../request";
import { atEnd } from "../site";
import type { Consensus, Reign } from "./state";

/** Answers from what this site shows. */
export function readHere({ site, log }: Consensus, request: Request): void {
  const { key } = request.op;
  const position = positionAt(log, log.shownLsn) ?? log.base;
  succeed(site, request, readKey(log.shownKeys, key), versionOf(log.shownKeys, key), position);
}

/** A read at the primary: of everything that was committed when it came. */
export function read(state: Consensus, reign: Reign, request: Request): void {
  awaitReading(state, reign, request, state.committed, () => readHere(state, request));
}

/**
 * Answers once this site is sure that it was still primary when the request came, and shows everything up
 * to `lsn` and to the start of its reign (before that it does not know what its predecessors committed).
 * Sure by a round of heartbeats that a majority answers (Raft's ReadIndex), or by its lease: a majority
 * answered it within T, and votes for nobody else before T is over. The timer that ends the lease is late
 * where the page sleeps or its clock runs slow, and then a lease read is stale.
 */
export function awaitReading(
  state: Consensus,
  reign: Reign,
  request: Request,
  lsn: number,
  answer: () => void,
): void {
  const { site } = state;
  const isLeased = site.view?.cluster.raft.reads === "lease";
  reign.readings.push({
    round: isLeased ? 0 : reign.round + 1,
    lsn: Math.max(lsn, reign.beginLsn),
    request,
    answer,
  });
  if (isLeased) settleReadings(state, reign);
  else atEnd(site, state.calls.startRound);
}

/** Answers the readings that are due. */
export function settleReadings({ log }: Consensus, reign: Reign): void {
  const { quorum, readings } = reign;
  const isDue = ({ round, lsn }: Reign["readings"][number]) => round <= quorum.round && lsn <= log.shownLsn;
  if (!readings.some(isDue)) return;
  reign.readings = readings.filter((reading) => !isDue(reading));
  for (const reading of readings.filter(isDue)) reading.answer();
}
