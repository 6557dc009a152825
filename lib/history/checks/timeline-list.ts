import type { TimedOp } from "./model";

/**
 * The calls and returns of a history in time order, as a linked list from which operations can be
 * lifted and put back in reverse order (Wing & Gong; the layout of Porcupine's checker.go). Entry 0 is
 * the head; operation `i` calls at entry `callAt[i]` and returns at `retAt[i]`, 0 if never.
 */
export type TimelineList = {
  readonly next: Int32Array;
  /** The operation of an entry. */
  readonly opAt: Int32Array;
  readonly isCall: Uint8Array;
  readonly callAt: Int32Array;
  readonly retAt: Int32Array;
  readonly lift: (op: number) => void;
  readonly unlift: (op: number) => void;
};

/** Calls come before returns of the same time: intervals are closed. */
export function timelineOf(ops: readonly TimedOp[]): TimelineList {
  const events: { readonly time: number; readonly isCall: boolean; readonly op: number }[] = [];
  for (const [op, { call, ret }] of ops.entries()) {
    events.push({ time: call, isCall: true, op });
    if (ret !== Number.POSITIVE_INFINITY) events.push({ time: ret, isCall: false, op });
  }
  events.sort((a, b) => a.time - b.time || Number(b.isCall) - Number(a.isCall) || a.op - b.op);
  const size = events.length + 2;
  const next = new Int32Array(size).map((_, i) => (i + 1 < size ? i + 1 : 0));
  const previous = new Int32Array(size).map((_, i) => i - 1);
  const [opAt, isCall] = [new Int32Array(size).fill(-1), new Uint8Array(size)];
  const [callAt, retAt] = [new Int32Array(ops.length), new Int32Array(ops.length)];
  for (const [i, event] of events.entries()) {
    opAt[i + 1] = event.op;
    isCall[i + 1] = event.isCall ? 1 : 0;
    (event.isCall ? callAt : retAt)[event.op] = i + 1;
  }
  const at = (array: Int32Array, i: number) => array[i] as number;
  const drop = (entry: number) => {
    next[at(previous, entry)] = at(next, entry);
    previous[at(next, entry)] = at(previous, entry);
  };
  const restore = (entry: number) => {
    next[at(previous, entry)] = entry;
    previous[at(next, entry)] = entry;
  };
  return {
    ...{ next, opAt, isCall, callAt, retAt },
    lift(op) {
      drop(at(callAt, op));
      if (at(retAt, op) !== 0) drop(at(retAt, op));
    },
    unlift(op) {
      if (at(retAt, op) !== 0) restore(at(retAt, op));
      restore(at(callAt, op));
    },
  };
}
