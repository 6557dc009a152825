import { canonicalJson, type Json } from "../../kernel/json";
import { type Finding, holds, unknown, violated } from "./finding";
import type { Model, TimedOp } from "./model";
import { byKey, type CheckOp } from "./record";
import { searchOrder, stuckText } from "./wgl";
import { zoneContradiction } from "./zones";

/** Objects of histories that others recorded: no version ids, only values. */
export const foreignModels = ["cas-register", "kv-append", "mutex", "register-unique"] as const;
export type ForeignModel = (typeof foreignModels)[number];

/** One operation of such a history. `in` is what it was given (`[from, to]` for a cas), `out` what it answered. */
export type ForeignOp = TimedOp & {
  readonly key: string;
  readonly f: string;
  readonly in: Json;
  readonly out: Json;
  readonly status: "ok" | "fail" | "info";
};

export type ForeignHistory = {
  readonly model: ForeignModel;
  readonly initial: Json;
  /** A read of nothing: the initial value, or legal at any time (Knossos). */
  readonly nilRead: "initial" | "wildcard";
  /** A compare-and-set that failed: it saw another value (Porcupine), or it did not happen (Knossos). */
  readonly casFail: "observed-mismatch" | "did-not-happen";
  readonly ops: readonly ForeignOp[];
};

/** Linearizability of a foreign history, key by key, for at most `budget` steps over all keys. */
export function checkForeign(history: ForeignHistory, budget: number): Finding {
  const keys = new Map<string, ForeignOp[]>();
  for (const op of history.ops.filter((each) => isEvidence(history, each))) {
    const list = keys.get(op.key);
    if (list === undefined) keys.set(op.key, [op]);
    else list.push(op);
  }
  if (history.model === "register-unique") return byZones(history, [...keys.values()].flat());
  let steps = 0;
  let open: Finding | null = null;
  for (const [key, ops] of [...keys].sort(([, a], [, b]) => a.length - b.length)) {
    const end = search(history, ops, budget - steps);
    steps += end.steps;
    const scope = key === "" ? "all" : `key ${key}`;
    if (end.verdict === "violated") {
      const text = stuckText(end.stuck);
      return violated(scope, end.stuck, text, steps);
    }
    if (end.verdict === "unknown") {
      open ??= unknown(scope, `The search for an order ended after ${budget} steps without a result.`, steps);
    }
  }
  return open === null
    ? holds("One order explains every answer and keeps to real time.", steps)
    : { ...open, steps };
}

/** What did not happen, or answered nothing, constrains nothing. */
function isEvidence({ casFail, nilRead, model }: ForeignHistory, op: ForeignOp): boolean {
  const isRead = op.f === "read" || op.f === "get";
  switch (op.status) {
    case "fail":
      return op.f === "cas" && casFail === "observed-mismatch";
    case "info":
      return !isRead;
    case "ok":
      return !(isRead && model === "cas-register" && nilRead === "wildcard" && op.out === null);
  }
}

function search(history: ForeignHistory, ops: readonly ForeignOp[], budget: number) {
  switch (history.model) {
    case "cas-register":
    case "register-unique":
      return searchOrder(ops, casRegister(history.initial), budget);
    case "kv-append":
      return searchOrder(ops, appendedText(history.initial), budget);
    case "mutex":
      return searchOrder(ops, mutex, budget);
  }
}

function casRegister(initial: Json): Model<ForeignOp, Json> {
  const pair = (op: ForeignOp) => op.in as readonly [Json, Json];
  const isMismatch = (op: ForeignOp) => op.status === "fail";
  return {
    initial,
    step(state, op) {
      if (op.f === "write") return op.in;
      if (op.f === "read") return isSame(state, op.out) ? state : undefined;
      const [from, to] = pair(op);
      if (isMismatch(op)) return isSame(state, from) ? undefined : state;
      return isSame(state, from) ? to : undefined;
    },
    nameOf: canonicalJson,
    isPureRead: (op) => op.f === "read" || isMismatch(op),
    needs(op) {
      if (op.f === "read") return canonicalJson(op.out);
      return op.f === "cas" && !isMismatch(op) ? canonicalJson(pair(op)[0]) : null;
    },
    makes(op) {
      if (op.f === "write") return canonicalJson(op.in);
      return op.f === "cas" && !isMismatch(op) ? canonicalJson(pair(op)[1]) : null;
    },
    tokenOf: canonicalJson,
  };
}

function appendedText(initial: Json): Model<ForeignOp, string> {
  return {
    initial: String(initial ?? ""),
    step(state, op) {
      if (op.f === "put") return String(op.in);
      if (op.f === "append") return state + String(op.in);
      return state === op.out ? state : undefined;
    },
    nameOf: (state) => state,
    isPureRead: (op) => op.f === "get",
    needs: () => null,
    makes: () => null,
    tokenOf: () => null,
  };
}

const mutex: Model<ForeignOp, boolean> = {
  initial: false,
  step: (isHeld, op) => (isHeld === (op.f === "release") ? op.f === "acquire" : undefined),
  nameOf: String,
  isPureRead: () => false,
  needs: () => null,
  makes: () => null,
  tokenOf: () => null,
};

/** Every value is written once, so that values serve as version ids. */
function byZones({ initial }: ForeignHistory, ops: readonly ForeignOp[]): Finding {
  const versioned = ops.map(({ id, key, f, in: arg, out, call, ret }): CheckOp => {
    const isRead = f === "read";
    const value = isRead ? out : arg;
    const version = isSame(value, initial) ? null : canonicalJson(value);
    return { id, session: "", key, f, arg, value, isRead, version, call, ret };
  });
  for (const [key, on] of byKey(versioned)) {
    const found = zoneContradiction(on);
    if (found !== null) return violated(`key ${key}`, found.ops, found.text, ops.length);
  }
  return holds("One order explains every answer and keeps to real time.", ops.length);
}

function isSame(a: Json, b: Json): boolean {
  return a === b || (typeof a === "object" && canonicalJson(a) === canonicalJson(b));
}
