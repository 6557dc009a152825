import type { Json } from "../kernel/json";
import { canonicalJson } from "../kernel/json";

/** What a write changes of its key: all of it, or one slot of it, or it adds to what is there. */
type Reach =
  | { readonly type: "key" }
  | { readonly type: "slot"; readonly slot: string }
  | { readonly type: "addition" };

function reachOf(f: string, arg: Json): Reach {
  switch (f) {
    case "increment":
    case "reserve":
    case "insert":
    case "erase":
      return { type: "addition" };
    case "add":
    case "remove":
      return { type: "slot", slot: canonicalJson(arg) };
    case "patch":
      return { type: "slot", slot: fieldOf(arg) };
    default:
      return { type: "key" };
  }
}

/** True for what may leave nothing: a set or a text without anything in it is an absent key. */
export function canEmpty(f: string): boolean {
  return f === "delete" || f === "remove" || f === "erase";
}

/** The field that a patch names. */
export function fieldOf(arg: Json): string {
  return arg !== null && typeof arg === "object" && "field" in arg ? String(arg.field) : "";
}

/** A write as far as a merge rule asks: its kind, its argument and the version that it replaced. */
type Kind = { readonly f: string; readonly arg: Json; readonly over: string | null };

/** True when the merge rule keeps concurrent writes of this kind, all of them. */
export function merges(rule: string, write: Kind): boolean {
  if (rule !== "crdt" && rule !== "bounded") return false;
  return reachOf(write.f, null).type !== "key" || (rule === "bounded" && opensCount(write));
}

/** A whole number put where there was nothing opens a bounded counter, and two at once add up (M30). */
function opensCount({ f, arg, over }: Kind): boolean {
  return f === "put" && over === null && Number.isSafeInteger(arg) && Number(arg) >= 0;
}

/** True where each field of a record is a register of its own: writes to two of them never meet. */
export function isOfOneField(rule: string, f: string): boolean {
  return rule.endsWith("by field") && f === "patch";
}

/** True when the rule drops no value that some writer had not read. */
export function keepsUnread(rule: string): boolean {
  return rule === "siblings" || rule === "siblings-vv" || rule === "app" || rule === "revision-tree";
}

/** True when `later`, made on top of `earlier`, leaves the effect of `earlier` in the value. */
export function carries(
  later: { readonly f: string; readonly arg: Json },
  earlier: { readonly f: string; readonly arg: Json },
): boolean {
  const top = reachOf(later.f, later.arg);
  const below = reachOf(earlier.f, earlier.arg);
  if (top.type === "key" || below.type === "key") return false;
  return top.type === "addition" || below.type === "addition" || top.slot !== below.slot;
}
