import { canonicalJson } from "../kernel/json";
import type { Result } from "../kernel/result";
import { type ReplicatedOp, type TypedValue, wholeRules } from "../protocol/site/replicated-op";
import type { Refusal } from "./refusal";

/** The rules under which a key holds whole values, each made by one write. */
export type WholeRule = "lww" | "lww-hlc" | (typeof wholeRules)[number];
type Plans = Readonly<Record<WholeRule, Result<TypedValue | null, Refusal>>>;
type Packed = Pick<ReplicatedOp, "lww" | "lwwHlc" | "whole">;

/** The part of a write that carries whole values: nothing where the operation says its own result. */
export function packValues(op: ReplicatedOp["op"], plans: Plans): Packed {
  if (statedBy(op) !== undefined) return {};
  const { lww, "lww-hlc": hlc } = plans;
  const differs = (plan: Plans[WholeRule]) => {
    if (!plan.ok || !lww.ok || plan.value === lww.value) return plan.ok && !lww.ok;
    return canonicalJson(lww.value) !== canonicalJson(plan.value);
  };
  const whole = wholeRules.flatMap((rule) => {
    const plan = plans[rule];
    return plan.ok && differs(plan) ? [[rule, plan.value] as const] : [];
  });
  return {
    ...(lww.ok && { lww: lww.value }),
    ...(hlc.ok && differs(hlc) && { lwwHlc: hlc.value }),
    ...(whole.length > 0 && { whole: Object.fromEntries(whole) }),
  };
}

/** The whole value a write leaves under a rule; null is a deletion. */
export function valueUnder(rule: WholeRule, op: ReplicatedOp): TypedValue | null {
  const stated = statedBy(op.op);
  if (stated !== undefined) return stated;
  const own = rule === "lww" ? undefined : rule === "lww-hlc" ? op.lwwHlc : op.whole?.[rule];
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
