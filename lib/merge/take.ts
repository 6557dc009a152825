import type { MergeRule } from "../protocol/cluster";
import type { WriteOperation } from "../protocol/operation";
import type { ReplicatedOp } from "../protocol/site/replicated-op";
import { type Agreed, succeed } from "./agreed";
import { fieldOf, isCounted, setApart, takeApart } from "./apart";
import { rulesAbout } from "./app-rule";
import { isTransfer } from "./bounded";
import { raise, type State } from "./store-state";
import { writeOf } from "./write";

/**
 * Takes a write in, unless a rule refused it there. Its Yjs update, if it has one, is in the document
 * already. Called once for each write, in the order of its stream, at its origin and everywhere else.
 */
export function takeWrite(state: State, op: ReplicatedOp, refusedBy: readonly MergeRule[]): void {
  const write = writeOf(op);
  if (isTransfer(op)) takeTransfer(state, op);
  else {
    const { key } = op.op;
    if (canEmpty(op.op)) state.graves.add(key);
    const held = state.known.get(key);
    const isPlain = held !== null && refusedBy.length === 0 && isSimple(state, op);
    const next = isPlain ? succeed(held, op, write, state.byWall) : null;
    if (next !== null) agree(state, key, next);
    else {
      setApart(state, key);
      takeApart(state, op, write, refusedBy);
    }
  }
  raise(state.past, op.shadow);
  state.seen = { ...state.seen, [write.stream]: op.seq };
}

/** True for what may leave nothing of its key. */
function canEmpty({ f }: WriteOperation): boolean {
  return f === "delete" || f === "remove" || f === "erase";
}

/** No client asked for it: it changes who may use a counter up, and nothing that any rule shows. */
function takeTransfer(state: State, op: ReplicatedOp): void {
  if (state.known.has(op.op.key)) setApart(state, op.op.key);
  state.accounts.take(op);
}

/** Every rule holds this of the key, and nothing else. */
export function agree(state: State, key: string, agreed: Agreed): void {
  state.known.set(key, agreed);
  state.agreed.touch(key);
}

/** False where a rule looks at parts of the value, or at what it is besides one. */
function isSimple(state: State, op: ReplicatedOp): boolean {
  const isPart = isCounted(op) || op.deltas !== undefined || fieldOf(state.lwwAxis, op.op) !== null;
  return !isPart && !state.crdt.isWaiting() && mayAgree(state, op.op.key);
}

/** True for a key that no rule of the application is about, and that is no bounded counter. */
export function mayAgree({ accounts, app }: State, key: string): boolean {
  return !accounts.has(key) && rulesAbout(app.rules, key).length === 0;
}
