import type { Json } from "../../kernel/json";
import type { ReportOp } from "../../protocol/report";
import type { TraceEvent } from "../../protocol/trace";
import { isCompletion, isRead } from "../outcomes";

/**
 * One operation as the checks see it (checking.md, 1.1). Every write has an id of its own and every
 * read tells the id of the write it saw, which is what makes most checks cheap.
 */
export type CheckOp = {
  readonly id: string;
  readonly session: string;
  readonly key: string;
  readonly f: string;
  readonly arg: Json;
  readonly value: Json;
  readonly isRead: boolean;
  /** A write's own id; of a read, the id of the write it saw, null for the initial state. */
  readonly version: string | null;
  /** The closed interval in which it took effect, if it did. `ret` is infinite while the outcome is unknown. */
  readonly call: number;
  readonly ret: number;
};

/** A history as the checks see it: in the order of the calls. */
export type History = {
  readonly ops: readonly CheckOp[];
  /** Ids of writes that certainly did not happen. */
  readonly failed: ReadonlySet<string>;
};

/**
 * Leaves out what proves nothing: failed operations, and reads whose outcome is unknown. A write whose
 * outcome is unknown may have taken effect at any later time, or never. An acknowledged deletion that
 * found nothing is a read of that nothing.
 *
 * `errMs` widens the interval of an operation by how well its client's clock was known, so that a
 * precedence in the record is one in truth (checking.md, 1.2).
 */
export function historyOf(reported: readonly ReportOp[], errMs: (id: string) => number = () => 0): History {
  const failed = new Set<string>();
  const deleted = new Map<string, number>();
  for (const op of reported) {
    if (op.status === "fail" && !isRead(op.f)) failed.add(op.id);
    else if (op.f === "delete") deleted.set(op.key, Math.min(deleted.get(op.key) ?? op.callMs, op.callMs));
  }
  const ops = reported
    .filter((op) => op.status === "ok" || (op.status === "unknown" && !isRead(op.f)))
    .map((op) => checkOp(op, errMs(op.id)))
    .filter((op) => !isNothingKnown(op, deleted));
  return { ops: ops.sort((a, b) => a.call - b.call), failed };
}

function checkOp(op: ReportOp, errMs: number): CheckOp {
  const isOk = op.status === "ok";
  const sawOnly = isRead(op.f) || (op.f === "delete" && isOk && op.version !== op.id);
  return {
    id: op.id,
    session: op.session,
    key: op.key,
    f: op.f,
    arg: op.arg,
    value: op.value,
    isRead: sawOnly,
    version: sawOnly ? op.version : op.id,
    call: op.callMs - errMs,
    ret: isOk && op.retMs !== null ? op.retMs + errMs : Number.POSITIVE_INFINITY,
  };
}

/**
 * Tombstones are forgotten some day: a read of nothing, by no known write, of a key that was deleted
 * may have seen that deletion or the initial state. It is no evidence for either.
 */
function isNothingKnown(op: CheckOp, deleted: ReadonlyMap<string, number>): boolean {
  return op.isRead && op.version === null && (deleted.get(op.key) ?? Number.POSITIVE_INFINITY) < op.ret;
}

/** How well the clock behind each operation was known, from the events of its client. */
export function clockErrors(events: readonly TraceEvent[]): (id: string) => number {
  const errors = new Map<string, number>();
  for (const event of events) {
    if (event.errMs > 0 && (event.kind === "invoke" || isCompletion(event))) {
      errors.set(event.id, Math.max(errors.get(event.id) ?? 0, event.errMs));
    }
  }
  return (id) => errors.get(id) ?? 0;
}

/** How an operation reads in a sentence: `alice:3 (get x)`. */
export function named(op: CheckOp): string {
  return `${op.id} (${op.f} ${op.key})`;
}

/** How a version reads in a sentence. */
export function versionName(version: string | null): string {
  return version === null ? "the initial state" : `the write ${version}`;
}

/** The operations of each key, in order. */
export function byKey(ops: readonly CheckOp[]): ReadonlyMap<string, readonly CheckOp[]> {
  const keys = new Map<string, CheckOp[]>();
  for (const op of ops) {
    const list = keys.get(op.key);
    if (list === undefined) keys.set(op.key, [op]);
    else list.push(op);
  }
  return keys;
}
