import type { Incident, ReportOp } from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";
import type { JudgedFailover } from "./failovers";
import { type EventOf, isRead, isServed, siteOf } from "./outcomes";

/** Verbs that may interrupt a service; the others repair it, or are the operator's orderly doing. */
const disruptive: ReadonlySet<string> = new Set([
  "crash",
  "pause",
  "partition",
  "cut",
  "pull",
  "isolate",
  "link",
  "clock",
]);

type Fault = EventOf<"fault">;
/** Writes of one session that were served and then were not: the last that was, the first that was not. */
type Break = {
  readonly session: string;
  readonly before: ReportOp;
  readonly first: ReportOp;
};

/** What an incident is made from; `lost` names the acknowledged writes that are gone in the end. */
export type Evidence = {
  readonly events: readonly TraceEvent[];
  readonly ops: readonly ReportOp[];
  readonly failovers: readonly JudgedFailover[];
  readonly lost: readonly string[];
  /** True while the run goes on. */
  readonly isProvisional: boolean;
};

/**
 * The faults after which writes that were succeeding no longer did, and the failovers that faults
 * led to while clients were writing. RTO runs from the fault to the first write served after it.
 */
export function incidentsOf(evidence: Evidence): readonly Incident[] {
  const faults = evidence.events.filter(
    (event): event is Fault => event.kind === "fault" && disruptive.has(event.verb),
  );
  const breaks = breaksOf(evidence.ops);
  const found = faults.map((fault) => ({
    fault,
    breaks: breaks.filter((each) => causeOf(each, faults) === fault),
    failover: evidence.failovers.find(({ atMs }) => lastBefore(faults, atMs) === fault) ?? null,
  }));
  const opened = found.filter(
    ({ fault, breaks: own, failover }) =>
      own.length > 0 || (failover !== null && hadServedWrites(evidence.ops, fault.atMs)),
  );
  const gone = evidence.ops.filter((op) => evidence.lost.includes(op.id));
  return opened.map((each) => {
    const own = gone.filter((op) => ownerOf(op, opened) === each);
    return incident(each, own, evidence);
  });
}

/** A lost write belongs to the failover that left its reign behind, else to the incident it fell into. */
function ownerOf(op: ReportOp, opened: readonly Found[]): Found | undefined {
  const byReign = opened.find(({ failover }) => failover !== null && failover.epoch > op.epoch);
  return byReign ?? opened.findLast(({ fault }) => fault.atMs <= (op.retMs ?? op.callMs)) ?? opened[0];
}

function breaksOf(ops: readonly ReportOp[]): readonly Break[] {
  const lastServed = new Map<string, ReportOp>();
  const breaks: Break[] = [];
  const ended = ops.filter((op) => !isRead(op.f) && op.retMs !== null);
  for (const op of [...ended].sort((a, b) => (a.retMs ?? 0) - (b.retMs ?? 0))) {
    const before = lastServed.get(op.session);
    if (isServed(op.status, op.error)) lastServed.set(op.session, op);
    else if (before !== undefined) {
      breaks.push({ session: op.session, before, first: op });
      lastServed.delete(op.session);
    }
  }
  return breaks;
}

/** The first fault since the last write that was served; failing that, the last one before the failure. */
function causeOf({ before, first }: Break, faults: readonly Fault[]): Fault | undefined {
  const between = faults.find(({ atMs }) => atMs > before.callMs && atMs <= (first.retMs ?? first.callMs));
  return between ?? lastBefore(faults, first.callMs);
}

function lastBefore(faults: readonly Fault[], atMs: number): Fault | undefined {
  return faults.findLast((fault) => fault.atMs <= atMs);
}

function hadServedWrites(ops: readonly ReportOp[], beforeMs: number): boolean {
  return ops.some((op) => !isRead(op.f) && op.status === "ok" && (op.retMs ?? beforeMs) < beforeMs);
}

type Found = {
  readonly fault: Fault;
  readonly breaks: readonly Break[];
  readonly failover: JudgedFailover | null;
};

function incident(
  { fault, breaks, failover }: Found,
  gone: readonly ReportOp[],
  { events, ops, isProvisional }: Evidence,
): Incident {
  const { atMs } = fault;
  const recovered = ops.filter((op) => isRecovery(op, breaks, failover, atMs)).map(ackedMs);
  const firstSuccessMs = recovered.length === 0 ? null : Math.min(...recovered);
  const before = gone.filter((op) => ackedMs(op) <= atMs);
  return {
    fault: fault.verb,
    site: siteOf(fault.fields),
    atMs,
    ...phases(events, fault, failover),
    firstSuccessMs,
    rtoMs: firstSuccessMs === null ? null : firstSuccessMs - atMs,
    lostOps: gone.map((op) => op.id),
    rpoOps: before.length,
    rpoMs: Math.max(0, atMs - Math.min(atMs, ...before.map(ackedMs))),
    zombieOps: gone.length - before.length,
    provisional: isProvisional,
  };
}

function ackedMs(op: ReportOp): number {
  return op.retMs ?? op.callMs;
}

/** After a failover, the first write of the new reign; else the first write of a session that had failed. */
function isRecovery(
  op: ReportOp,
  breaks: readonly Break[],
  failover: JudgedFailover | null,
  atMs: number,
): boolean {
  if (isRead(op.f) || op.status !== "ok") return false;
  if (failover !== null) return op.epoch >= failover.epoch && ackedMs(op) >= failover.atMs;
  const own = breaks.find((each) => each.session === op.session);
  return own !== undefined && op.callMs > own.first.callMs && ackedMs(op) > atMs;
}

function phases(events: readonly TraceEvent[], fault: Fault, failover: JudgedFailover | null) {
  if (failover === null)
    return {
      detectedMs: null,
      decidedMs: null,
      promotedMs: null,
      routedMs: null,
    };
  const { from, to, epoch, atMs: decidedMs } = failover;
  const after = events.filter((event) => event.atMs >= fault.atMs);
  const detected = after.find(
    (event) =>
      event.kind === "detect" && event.target === from && event.state === "dead" && event.atMs <= decidedMs,
  );
  const promoted = after.find(
    (event) =>
      event.kind === "role" && event.site === to && event.role === "primary" && event.epoch === epoch,
  );
  const routed = after.find((event) => event.atMs >= decidedMs && isRequestAt(event, to));
  return {
    detectedMs: detected?.atMs ?? null,
    decidedMs,
    promotedMs: promoted?.atMs ?? null,
    routedMs: routed?.atMs ?? null,
  };
}

/** A client's request reaches `site`: asked there, forwarded by another site, or sent by the edge. */
function isRequestAt(event: TraceEvent, site: string): boolean {
  if (event.kind === "invoke") return event.site === site;
  return event.kind === "recv" && event.to === site && /^(forward|client)( |$)/.test(event.msg);
}
