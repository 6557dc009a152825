import { type KeyValue, keyModel } from "./keyed-model";
import type { CheckOp } from "./record";
import { type SessionOrder, sessionOrderOf } from "./session-order";
import type { SearchEnd } from "./wgl";

/** One operation put into the order; `next` is the first chain to try once it is undone. */
type Move = {
  readonly op: number;
  readonly chain: number;
  readonly held: KeyValue;
  readonly isEager: boolean;
};

type Search = {
  readonly ops: readonly CheckOp[];
  readonly sessions: SessionOrder;
  /** Operations of each chain that are in the order. */
  readonly done: number[];
  readonly keys: Map<string, KeyValue>;
  /** Reads of each version that are still to come. */
  readonly readers: Map<string, number>;
  readonly seen: Set<string>;
  readonly moves: Move[];
  left: number;
  longest: number;
  stuck: readonly string[];
};

/**
 * Searches for one order of all operations that keeps to the session order: depth first over how far
 * each chain has come, with a memo, eager reads, and no write over a version that is still to be read.
 * Exact when it ends within `budget` steps.
 */
export function searchInterleaving(ops: readonly CheckOp[], budget: number): SearchEnd {
  const search = start(ops);
  let steps = readAll(search);
  let chain = 0;
  while (search.left > 0) {
    if (steps > budget) return { verdict: "unknown", steps, stuck: [] };
    steps += 1;
    if (chain === search.done.length) {
      noteStuck(search);
      const undone = undoToAChoice(search);
      if (undone === null) return { verdict: "violated", steps, stuck: search.stuck };
      chain = undone + 1;
    } else if (tryWrite(search, chain)) {
      steps += readAll(search);
      chain = 0;
    } else chain += 1;
  }
  return { verdict: "holds", steps, stuck: [] };
}

function start(ops: readonly CheckOp[]): Search {
  const sessions = sessionOrderOf(ops);
  const readers = new Map<string, number>();
  for (const op of ops) if (op.isRead) readers.set(seenBy(op), (readers.get(seenBy(op)) ?? 0) + 1);
  return {
    ...{ ops, sessions, readers },
    done: sessions.chains.map(() => 0),
    keys: new Map(),
    seen: new Set(),
    moves: [],
    left: ops.filter((op) => op.ret !== Number.POSITIVE_INFINITY).length,
    longest: -1,
    stuck: [],
  };
}

/** The next operation of a chain, if everything before it in its session is in the order. */
function enabled({ sessions, done, ops }: Search, chain: number): number | null {
  const op = sessions.chains[chain]?.[done[chain] as number];
  if (op === undefined || ops[op] === undefined) return null;
  const isReady = sessions
    .before(op)
    .every(
      (other) => (sessions.placeOf[other] as number) < (done[sessions.chainOf[other] as number] as number),
    );
  return isReady ? op : null;
}

function readAll(search: Search): number {
  let steps = 0;
  for (let chain = 0; chain < search.done.length; chain += 1) {
    steps += 1;
    const op = enabled(search, chain);
    if (op === null || search.ops[op]?.isRead !== true || !take(search, chain, op, true)) continue;
    // Within a session one answer may let operations of several chains go on.
    chain = -1;
  }
  return steps;
}

function tryWrite(search: Search, chain: number): boolean {
  const op = enabled(search, chain);
  if (op === null || search.ops[op]?.isRead !== false || !take(search, chain, op, false)) return false;
  if (isNew(search)) return true;
  undo(search);
  return false;
}

function take(search: Search, chain: number, number: number, isEager: boolean): boolean {
  const op = search.ops[number] as CheckOp;
  const held = search.keys.get(op.key) ?? keyModel.initial;
  const next = keyModel.step(held, op);
  if (next === undefined) return false;
  if (!op.isRead && (search.readers.get(versionAt(op.key, held.version)) ?? 0) > 0) return false;
  search.keys.set(op.key, next);
  search.moves.push({ op: number, chain, held, isEager });
  count(search, op, chain, 1);
  return true;
}

function undo(search: Search): Move | undefined {
  const move = search.moves.pop();
  if (move === undefined) return undefined;
  const op = search.ops[move.op] as CheckOp;
  search.keys.set(op.key, move.held);
  count(search, op, move.chain, -1);
  return move;
}

function count(search: Search, op: CheckOp, chain: number, n: 1 | -1): void {
  search.done[chain] = (search.done[chain] as number) + n;
  if (op.ret !== Number.POSITIVE_INFINITY) search.left -= n;
  if (op.isRead) search.readers.set(seenBy(op), (search.readers.get(seenBy(op)) ?? 0) - n);
}

function undoToAChoice(search: Search): number | null {
  for (let move = undo(search); move !== undefined; move = undo(search)) {
    if (!move.isEager) return move.chain;
  }
  return null;
}

function isNew({ seen, done, keys }: Search): boolean {
  const states = [...keys].map(([key, held]) => `${key} ${keyModel.nameOf(held)}`).sort();
  const name = JSON.stringify([done, states]);
  if (seen.has(name)) return false;
  seen.add(name);
  return true;
}

/** Remembers who waited where the search came furthest. */
function noteStuck(search: Search): void {
  if (search.moves.length <= search.longest) return;
  search.longest = search.moves.length;
  const waiting = search.done.flatMap((_, chain) => enabled(search, chain) ?? []);
  search.stuck = waiting.map((op) => (search.ops[op] as CheckOp).id).slice(0, 6);
}

function seenBy({ key, version }: CheckOp): string {
  return versionAt(key, version);
}

function versionAt(key: string, version: string | null): string {
  return JSON.stringify([key, version]);
}
