import type { CheckName, ReportOp } from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";
import { irregularRead } from "./regular";
import { resurrected } from "./resurrected";
import type { Run } from "./run";

/** What a run can be held against: what histories are checked for, and what the simulator sees besides. */
export type Property =
  | CheckName
  | "accounted"
  | "no-acked-loss"
  | "none-erased"
  | "none-silently-lost"
  | "none-resurrected"
  | "no-thin-air"
  | "loss-is-told"
  | "one-acknowledging-primary"
  | "election-safety"
  | "log-matching"
  | "settles"
  | "strong-convergence"
  | "no-stale-reads"
  | "regular"
  | "available";

/** One property that a run violates; `what` is one sentence. */
export type Violation = { readonly property: Property; readonly what: string };

type Judge = (run: Run) => string | null;

/** The properties that are not checks of histories. Each gives the sentence of its violation, or null. */
const judges: Readonly<Record<Exclude<Property, CheckName>, Judge>> = {
  accounted: ({ report: { ledger } }) =>
    ledger.unaccounted === 0
      ? null
      : `${ledger.unaccounted} acknowledged writes are in no column of the ledger.`,
  "no-acked-loss": ({ report: { metrics } }) =>
    metrics.lostWrites === 0 ? null : `${metrics.lostWrites} acknowledged writes are lost.`,
  "none-erased": ({ report: { ledger } }) =>
    ledger.erased === 0 ? null : `${ledger.erased} acknowledged writes were erased.`,
  "none-silently-lost": ({ report: { ledger } }) =>
    ledger.silentlyLost === 0
      ? null
      : `${ledger.silentlyLost} acknowledged writes were overwritten by somebody who had not seen them.`,
  "none-resurrected": ({ events }) => resurrected(events),
  "no-thin-air": ({ report: { ops } }) => outOfThinAir(ops),
  "loss-is-told": lossIsTold,
  "one-acknowledging-primary": oneAcknowledgingPrimary,
  "election-safety": ({ events }) => electionSafety(events),
  "log-matching": ({ events }) => logMatching(events),
  settles: ({ isSettled, report }) =>
    isSettled ? null : `What was healed had not come to rest at ${report.virtualMs} ms.`,
  "strong-convergence": ({ parted }) => parted,
  "no-stale-reads": ({ report: { metrics } }) =>
    metrics.staleReads === 0
      ? null
      : `${metrics.staleReads} reads missed a write that had been acknowledged.`,
  regular: ({ report: { ops } }) => irregularRead(ops),
  available: ({ report: { metrics } }) =>
    (metrics.availabilityWrites ?? 1) === 1
      ? null
      : `Only ${metrics.availabilityWrites} of the writes were served.`,
};

/** True for the properties that `report.checks` must hold for `violationsOf` to see them. */
export function isCheck(property: Property): property is CheckName {
  return !(property in judges);
}

/** The properties of `properties` that the run violates, in that order. Checks are read from its report. */
export function violationsOf(run: Run, properties: readonly Property[]): readonly Violation[] {
  return properties.flatMap((property) => {
    const what = isCheck(property) ? checkOf(run, property) : judges[property](run);
    return what === null ? [] : [{ property, what }];
  });
}

function checkOf({ report }: Run, check: CheckName): string | null {
  const found = report.checks.find((each) => each.check === check && each.verdict === "violated");
  return found === undefined ? null : found.text;
}

/** What a read returns somebody has written to that key, and was not refused. */
function outOfThinAir(ops: readonly ReportOp[]): string | null {
  const written = new Map(ops.flatMap((op) => (op.f === "get" ? [] : [[op.id, op] as const])));
  for (const read of ops) {
    if (read.f !== "get" || read.status !== "ok" || read.version === null) continue;
    const write = written.get(read.version);
    if (write === undefined || write.key !== read.key || write.status === "fail")
      return `${read.id} returned the version ${read.version} of ${read.key}, which nobody has written.`;
    if (write.callMs > (read.retMs ?? read.callMs))
      return `${read.id} returned ${write.id} before anybody had asked for it.`;
  }
  return null;
}

/** Whoever takes an acknowledged write out of its history says which. */
function lossIsTold({ events, report: { incidents } }: Run): string | null {
  const told: ReadonlySet<string> = new Set(
    events.flatMap((event) => (event.kind === "discard" ? [event.op] : [])),
  );
  const untold = incidents.flatMap(({ lostOps }) => lostOps.filter((op) => !told.has(op)));
  return untold.length === 0 ? null : `Nobody says what became of ${untold.join(", ")}.`;
}

/** In one epoch one site alone acknowledges writes. */
function oneAcknowledgingPrimary({ report }: Run): string | null {
  const byEpoch = new Map<number, string>();
  for (const op of report.ops) {
    if (op.status !== "ok" || op.f === "get" || op.servedBy === null) continue;
    const known = byEpoch.get(op.epoch) ?? op.servedBy;
    if (known !== op.servedBy) return `${known} and ${op.servedBy} acknowledged writes in epoch ${op.epoch}.`;
    byEpoch.set(op.epoch, known);
  }
  return null;
}

/** At most one site is ever primary of an epoch (Raft, section 5.2). */
function electionSafety(events: readonly TraceEvent[]): string | null {
  const byEpoch = new Map<number, string>();
  for (const event of events) {
    if (event.kind !== "role" || event.role !== "primary") continue;
    const known = byEpoch.get(event.epoch) ?? event.site;
    if (known !== event.site) return `${known} and ${event.site} were both primary of epoch ${event.epoch}.`;
    byEpoch.set(event.epoch, known);
  }
  return null;
}

/** Entries of one position are one and the same write everywhere (Raft, section 5.3). */
function logMatching(events: readonly TraceEvent[]): string | null {
  const byPosition = new Map<string, string>();
  for (const event of events) {
    if (event.kind !== "append" && event.kind !== "apply") continue;
    const { epoch, lsn } = event.position;
    const known = byPosition.get(`${epoch}/${lsn}`) ?? event.op;
    if (known !== event.op)
      return `Position ${epoch}/${lsn} is ${known} at one site and ${event.op} at another.`;
    byPosition.set(`${epoch}/${lsn}`, event.op);
  }
  return null;
}
