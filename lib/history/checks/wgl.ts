import { type Interned, intern } from "./interned";
import type { Model, TimedOp } from "./model";
import { createOrphans, type Orphans } from "./orphans";
import { type TimelineList, timelineOf } from "./timeline-list";

/** How a search ended. `stuck` are the operation that no order admits, last, and those that left it no place. */
export type SearchEnd = {
  readonly verdict: "holds" | "violated" | "unknown";
  readonly steps: number;
  readonly stuck: readonly string[];
};

/** One operation put into the order, and what undoes it. An eager one had no alternative. */
type Move = { readonly op: number; readonly stateBefore: number; readonly isEager: boolean };

type Search = {
  readonly list: TimelineList;
  readonly model: Interned;
  readonly orphans: Orphans;
  readonly isPureRead: Uint8Array;
  readonly isPending: Uint8Array;
  readonly done: Uint32Array;
  readonly seen: Map<number, Set<string>>;
  readonly moves: Move[];
  state: number;
  /** Completed operations that are not in the order yet. */
  left: number;
  /** The longest order found, and the operation whose return it could not pass. */
  longest: number;
  last: readonly number[];
  wall: number;
  /** Who would be left without what it needs if the state there were given up; -1 where nobody would. */
  orphan: number;
};

/**
 * Searches for an order of the operations that respects real time and the model: Wing & Gong with
 * Lowe's memo (Porcupine's checker.go), and with interned states, eager pure reads and orphan pruning
 * (checking.md, 1.3). It is done once every completed operation has its place: an operation of unknown
 * outcome never needs one. Exact when it ends; after `budget` steps the verdict is `unknown`.
 */
export function searchOrder<Op extends TimedOp, State>(
  given: readonly Op[],
  model: Model<Op, State>,
  budget: number,
): SearchEnd {
  const ops = [...given].sort((a, b) => a.call - b.call);
  const interned = intern(ops, model);
  const isPending = Uint8Array.from(ops, (op) => (op.ret === Number.POSITIVE_INFINITY ? 1 : 0));
  const search: Search = {
    list: timelineOf(ops),
    model: interned,
    orphans: createOrphans(interned, isPending),
    isPureRead: Uint8Array.from(ops, (op) => (model.isPureRead(op) ? 1 : 0)),
    isPending,
    done: new Uint32Array((ops.length >> 5) + 1),
    seen: new Map(),
    moves: [],
    state: interned.initial,
    left: ops.length - isPending.reduce((sum, pending) => sum + pending, 0),
    longest: -1,
    last: [],
    wall: -1,
    orphan: -1,
  };
  const { verdict, steps } = run(search, budget);
  const shown = verdict === "violated" ? [...search.last, search.orphan, search.wall] : [];
  return { verdict, steps, stuck: [...new Set(shown)].flatMap((op) => ops[op]?.id ?? []) };
}

/** What `stuck` says in a sentence. */
export function stuckText(stuck: readonly string[]): string {
  const before = stuck.slice(0, -1).join(", ");
  const beside = before === "" ? "" : ` beside ${before}`;
  return `No order in real time has a place for ${stuck.at(-1)}${beside}.`;
}

function run(search: Search, budget: number): Pick<SearchEnd, "verdict" | "steps"> {
  const { list, moves } = search;
  let steps = readAll(search);
  let entry = list.next[0] as number;
  while (search.left > 0) {
    if (steps > budget) return { verdict: "unknown", steps };
    steps += 1;
    const op = list.opAt[entry] as number;
    if (op >= 0 && list.isCall[entry] === 1) {
      if (tryMove(search, op)) {
        steps += readAll(search);
        entry = list.next[0] as number;
      } else entry = list.next[entry] as number;
      continue;
    }
    noteWall(search, op);
    const undone = undoToAChoice(search);
    if (undone === null) return { verdict: "violated", steps };
    entry = list.next[list.callAt[undone] as number] as number;
  }
  if (moves.length > search.longest) search.longest = moves.length;
  return { verdict: "holds", steps };
}

/** Puts `op` next into the order if its outcome fits, nobody is orphaned and the place is new. */
function tryMove(search: Search, op: number): boolean {
  const { model, orphans } = search;
  const next = model.step(search.state, op);
  if (next < 0) return false;
  const before = search.state;
  make(search, { op, stateBefore: before, isEager: false }, next);
  if (!orphans.leaves(before, next) && isNew(search)) return true;
  undo(search);
  return false;
}

/** Lets every enabled read see the present state: nothing is gained by letting it wait. */
function readAll(search: Search): number {
  const { list, model, isPureRead } = search;
  let steps = 0;
  for (let entry = list.next[0] as number; list.isCall[entry] === 1; entry = list.next[entry] as number) {
    const op = list.opAt[entry] as number;
    steps += 1;
    if (isPureRead[op] !== 1 || model.step(search.state, op) !== search.state) continue;
    make(search, { op, stateBefore: search.state, isEager: true }, search.state);
    // Its return may have been the wall: what lies behind is enabled now.
    entry = 0;
  }
  return steps;
}

function make(search: Search, move: Move, next: number): void {
  const { op } = move;
  search.list.lift(op);
  search.orphans.take(op);
  flip(search.done, op);
  if (search.isPending[op] === 0) search.left -= 1;
  search.state = next;
  search.moves.push(move);
}

function undo(search: Search): Move | undefined {
  const move = search.moves.pop();
  if (move === undefined) return undefined;
  const { op } = move;
  search.list.unlift(op);
  search.orphans.giveBack(op);
  flip(search.done, op);
  if (search.isPending[op] === 0) search.left += 1;
  search.state = move.stateBefore;
  return move;
}

/** Goes back to the last move that had alternatives; null when there is none. */
function undoToAChoice(search: Search): number | null {
  for (let move = undo(search); move !== undefined; move = undo(search)) {
    if (!move.isEager) return move.op;
  }
  return null;
}

/** True when no earlier part of the search stood here: the same operations done, the same state. */
function isNew({ seen, done, state }: Search): boolean {
  let from = 0;
  while (done[from] === 0xffffffff) from += 1;
  let to = done.length;
  while (to > from && done[to - 1] === 0) to -= 1;
  const name = `${from}:${done.subarray(from, to).join()}`;
  const known = seen.get(state);
  if (known === undefined) seen.set(state, new Set([name]));
  else if (known.has(name)) return false;
  else known.add(name);
  return true;
}

function noteWall(search: Search, op: number): void {
  const { moves } = search;
  if (moves.length <= search.longest) return;
  search.longest = moves.length;
  search.last = moves.slice(-2).map((move) => move.op);
  search.wall = op;
  search.orphan = waitingFor(search, search.model.tokenOf(search.state));
}

/** The next completed operation that needs this token. The wall was not passed because of it, or of itself. */
function waitingFor({ list, model, isPending }: Search, token: number): number {
  if (token < 0) return -1;
  for (let entry = list.next[0] as number, left = 1000; left > 0; left -= 1) {
    const op = list.opAt[entry] as number;
    if (op < 0) return -1;
    if (list.isCall[entry] === 1 && isPending[op] === 0 && model.needs[op] === token) return op;
    entry = list.next[entry] as number;
  }
  return -1;
}

function flip(bits: Uint32Array, i: number): void {
  bits[i >> 5] = (bits[i >> 5] as number) ^ (1 << (i & 31));
}
