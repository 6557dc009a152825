import { canonicalJson, type Json } from "../../kernel/json";
import { applyWrite } from "../../merge/typed-value";
import type { WriteOperation } from "../../protocol/operation";
import type { TypedValue } from "../../protocol/site/replicated-op";
import type { Model } from "./model";
import type { CheckOp } from "./record";

/** One key of the lab: the version it shows and its value. */
export type KeyValue = { readonly version: string | null; readonly typed: TypedValue | null };

/**
 * The meaning of one key under every operation of the contract, by `applyWrite`, the same function that
 * the engine uses. A read must have seen this very version and value; a compare-and-set must have found
 * what it compared with; an increment must have returned this sum. A version is made once, so it is the
 * token that readers wait for.
 */
export const keyModel: Model<CheckOp, KeyValue> = {
  initial: { version: null, typed: null },
  step(state, op) {
    if (op.isRead) return isSeen(state, op) ? state : undefined;
    const next = applyWrite(state.typed, writeOperation(op));
    if (!next.ok) return undefined;
    const isAnswered = op.f === "increment" && op.ret !== Number.POSITIVE_INFINITY;
    if (isAnswered && next.value?.value !== op.value) return undefined;
    return { version: op.id, typed: next.value };
  },
  // A version determines the value only along one order of the writes before it.
  nameOf: ({ version, typed }) => `${version} ${canonicalJson(typed?.value ?? null)}`,
  isPureRead: (op) => op.isRead,
  needs: (op) => (op.isRead ? tokenOf(op.version) : null),
  makes: (op) => (op.isRead ? null : tokenOf(op.id)),
  tokenOf: ({ version }) => tokenOf(version),
};

/** True for writes whose outcome, or whose effect, depends on the value they found. */
export function buildsOnWhatItFound(op: CheckOp): boolean {
  return !op.isRead && op.f !== "put" && op.f !== "delete";
}

function isSeen(state: KeyValue, op: CheckOp): boolean {
  if (state.version !== op.version) return false;
  return op.f !== "get" || canonicalJson(state.typed?.value ?? null) === canonicalJson(op.value);
}

function tokenOf(version: string | null): string {
  return version === null ? "initial" : `=${version}`;
}

/** The operation that a report's bare argument stands for: the inverse of `argOf`. */
function writeOperation({ f, key, arg }: CheckOp): WriteOperation {
  switch (f) {
    case "put":
    case "add":
    case "remove":
      return { f, key, value: arg };
    case "increment":
      return { f, key, by: Number(arg) };
    case "delete":
      return { f, key };
    default:
      return { f, key, ...(arg as { readonly [field: string]: Json }) } as WriteOperation;
  }
}
