import { canonicalJson } from "../kernel/json";
import type { ReplicatedOp, TypedValue } from "../protocol/site/replicated-op";

type Values = { readonly lww?: TypedValue | null; readonly "lww-hlc"?: TypedValue | null };

/** The part of a write that carries whole values: nothing where the operation says its own result. */
export function packValues(op: ReplicatedOp["op"], values: Values): Pick<ReplicatedOp, "lww" | "lwwHlc"> {
  if (statedBy(op) !== undefined) return {};
  const { lww, "lww-hlc": hlc } = values;
  const isSame =
    lww === hlc || (lww !== undefined && hlc !== undefined && canonicalJson(lww) === canonicalJson(hlc));
  return { ...(lww !== undefined && { lww }), ...(!isSame && hlc !== undefined && { lwwHlc: hlc }) };
}

/** The whole value a write leaves under a last-write-wins rule; null is a deletion. */
export function valueUnder(rule: "lww" | "lww-hlc", op: ReplicatedOp): TypedValue | null {
  const stated = statedBy(op.op);
  if (stated !== undefined) return stated;
  const own = rule === "lww-hlc" ? op.lwwHlc : undefined;
  return (own === undefined ? op.lww : own) ?? null;
}

/** True for a write that works on the value it finds; the others replace it whatever it is. */
export function buildsOnValue(op: ReplicatedOp["op"]): boolean {
  return statedBy(op) === undefined;
}

function statedBy(op: ReplicatedOp["op"]): TypedValue | null | undefined {
  if (op.f === "delete") return null;
  if (op.f === "put") return { type: "register", value: op.value };
  return op.f === "cas" ? { type: "register", value: op.to } : undefined;
}
