import type { Json } from "../kernel/json";
import { canonicalJson } from "../kernel/json";
import type { Fate, FinalKey } from "./fate";
import { carries, fieldOf } from "./write-kind";
import { saw, type Write } from "./writes";

/**
 * Under a rule that keeps concurrent writes, only a write that knew this one can have undone it. `on`
 * are all writes to its key.
 */
export function fateInMerge(write: Write, final: FinalKey, on: readonly Write[]): Fate {
  const isKnown = (by: (later: Write) => boolean) => on.some((other) => saw(other, write) && by(other));
  if (write.holders.size === 0 && !isKnown(() => true)) return "erased";
  if (isVisible(write, final)) {
    // Where the final version's author had seen this write, nothing had to be merged for it.
    const shown = on.find(({ op }) => op === final.version);
    return shown !== undefined && saw(shown, write) ? "surviving" : "merged";
  }
  const isUndone = isKnown((later) => !carries(later, write) || later.f === "erase");
  return isUndone ? "overwrittenKnowingly" : "silentlyLost";
}

/**
 * Where each field is a register of its own: of two writes of a field that had not seen each other one is lost,
 * and what is written to the whole key takes away every field that it has seen. `heirs` are the fates of the
 * writes of the field whose authors replaced this one.
 */
export function fateInField(
  write: Write,
  final: FinalKey,
  on: readonly Write[],
  heirs: readonly Fate[],
): Fate {
  if (isVisible(write, final)) return fateInMerge(write, final, on);
  for (const fate of ["surviving", "overwrittenKnowingly", "silentlyLost"] as const)
    if (heirs.includes(fate)) return fate;
  const isBeaten = on.some((other) => write.yieldedTo.has(other.op) && !saw(other, write));
  const isReplaced = on.some((other) => other.f !== "patch" && saw(other, write));
  if (isReplaced && !isBeaten) return "overwrittenKnowingly";
  return write.holders.size === 0 ? "erased" : "silentlyLost";
}

/** True when the final value shows what this write did, as far as the value itself can tell. */
function isVisible(write: Write, { value, version }: FinalKey): boolean {
  if (version === null) return false;
  const has = (element: Json) =>
    Array.isArray(value) && value.some((each) => canonicalJson(each) === canonicalJson(element));
  switch (write.f) {
    case "add":
      return has(write.arg);
    case "patch":
      return (
        canonicalJson(memberOf(value, fieldOf(write.arg))) === canonicalJson(memberOf(write.arg, "value"))
      );
    case "insert":
      return typeof value === "string" && isPartOf(memberOf(write.arg, "text"), value);
    default:
      // An increment is in the sum, a removal or an erasure has removed what it saw.
      return true;
  }
}

/** Concurrent edits may have split the text; the letters must still be there in their order. */
function isPartOf(text: Json, whole: string): boolean {
  let at = 0;
  for (const letter of String(text)) {
    const found = whole.indexOf(letter, at);
    if (found === -1) return false;
    at = found + 1;
  }
  return true;
}

function memberOf(value: Json, name: string): Json {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return null;
  return (value as { readonly [key: string]: Json })[name] ?? null;
}
