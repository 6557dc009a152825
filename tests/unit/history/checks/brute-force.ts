import type { CheckOp } from "../../../../lib/history/checks/record";
import type { Json } from "../../../../lib/kernel/json";

/** One key as the definition has it: the version and the value, and nothing clever. */
type Held = { readonly version: string | null; readonly value: Json };

/**
 * True when some order of the operations explains every answer and keeps to `mustPrecede`: by trying all
 * of them. Operations of unknown outcome may be left out.
 */
export function someOrderExplains(
  ops: readonly CheckOp[],
  mustPrecede: (a: CheckOp, b: CheckOp) => boolean,
): boolean {
  function extend(left: readonly CheckOp[], held: ReadonlyMap<string, Held>): boolean {
    if (left.every((op) => op.ret === Number.POSITIVE_INFINITY)) return true;
    return left.some((op) => {
      if (left.some((other) => other !== op && mustPrecede(other, op))) return false;
      const next = after(held.get(op.key) ?? { version: null, value: null }, op);
      const rest = left.filter((other) => other !== op);
      return next !== null && extend(rest, new Map(held).set(op.key, next));
    });
  }
  return extend(ops, new Map());
}

function after(held: Held, op: CheckOp): Held | null {
  const isAnswered = op.ret !== Number.POSITIVE_INFINITY;
  switch (op.f) {
    case "get":
      return held.version === op.version && held.value === op.value ? held : null;
    case "put":
      return { version: op.id, value: op.arg };
    case "cas": {
      const { from, to } = op.arg as { readonly from: Json; readonly to: Json };
      return held.value === from ? { version: op.id, value: to } : null;
    }
    case "increment": {
      const value = Number(held.value ?? 0) + Number(op.arg);
      return isAnswered && value !== op.value ? null : { version: op.id, value };
    }
    default:
      return null;
  }
}

/** Real time, intervals closed. */
export function inRealTime(a: CheckOp, b: CheckOp): boolean {
  return a.ret < b.call;
}

/** The order inside a session whose operations never overlap. */
export function inSession(a: CheckOp, b: CheckOp): boolean {
  return a.session === b.session && a.ret <= b.call;
}
