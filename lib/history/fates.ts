import { covers } from "../clock/vector";
import type { Json } from "../kernel/json";
import { canonicalJson } from "../kernel/json";
import { carries, fieldOf, merges } from "./write-kind";
import type { Write, Writes } from "./writes";

/** What became of a write by the end (contract, section 4, `ledger`). */
export type Fate = "surviving" | "overwrittenKnowingly" | "merged" | "silentlyLost" | "erased";

/** One key as it stands at the end: the version it shows and its value; both null when it is absent. */
export type FinalKey = { readonly version: string | null; readonly value: Json };

/**
 * Judges every write. A write's children are the writes whose authors replaced it having seen it, so
 * a register's history is a tree: what lies under the final version survived or was replaced
 * knowingly, and a leaf elsewhere was dropped by a rule that never asked anybody.
 */
export function fatesOf(
  writes: Writes,
  finalOf: (key: string) => FinalKey,
  rule: string,
): ReadonlyMap<string, Fate> {
  const { children, byKey } = index(writes);
  const fates = new Map<string, Fate>();

  function judge(write: Write): Fate {
    const final = finalOf(write.key);
    const on = byKey.get(write.key) ?? [];
    const replaced = on.some((other) => other.over === write.op && fates.get(other.op) !== "erased");
    if (isShown(write, final, on, replaced)) return "surviving";
    if (write.discarded) return "erased";
    if (write.isManyWriters && merges(rule, write.f)) return fateInMerge(write, final, on);
    const heirs = (children.get(write.op) ?? []).map((child) => inherit(write, child));
    for (const fate of ["surviving", "overwrittenKnowingly", "silentlyLost"] as const) {
      if (heirs.includes(fate)) return fate;
    }
    return write.isManyWriters && write.holders.size > 0 ? "silentlyLost" : "erased";
  }

  /** What the fate of the write that replaced this one means for it. */
  function inherit(write: Write, child: Write): Fate {
    const fate = fates.get(child.op) ?? "erased";
    if (fate === "erased" || carries(child, write)) return fate;
    return "overwrittenKnowingly";
  }

  // A child is accepted after what it replaced, so judging from the newest on needs no recursion.
  for (const write of [...writes.values()].reverse()) fates.set(write.op, judge(write));
  return fates;
}

function index(writes: Writes) {
  const children = new Map<string, Write[]>();
  const byKey = new Map<string, Write[]>();
  const add = (map: Map<string, Write[]>, name: string, write: Write) => {
    const list = map.get(name);
    if (list === undefined) map.set(name, [write]);
    else list.push(write);
  };
  for (const write of writes.values()) {
    add(byKey, write.key, write);
    if (write.over !== null) add(children, write.over, write);
  }
  // A deleted key may have forgotten its tombstone: whoever wrote it anew had seen the deletion.
  for (const on of byKey.values()) {
    const deletions = on.filter((write) => write.f === "delete");
    for (const fresh of on.filter((write) => write.over === null)) {
      const gone = deletions.findLast((deletion) => deletion !== fresh && saw(fresh, deletion));
      if (gone !== undefined) add(children, gone.op, fresh);
    }
  }
  return { children, byKey };
}

/** True when this write made what the key shows; a deletion that nobody replaced makes it show nothing. */
function isShown(write: Write, final: FinalKey, on: readonly Write[], replaced: boolean): boolean {
  if (final.version === write.op) return true;
  const isAbsent = final.version === null || on.find(({ op }) => op === final.version)?.f === "delete";
  return write.f === "delete" && isAbsent && !replaced;
}

/** Under a rule that keeps concurrent writes, only a write that knew this one can have undone it. */
function fateInMerge(write: Write, final: FinalKey, on: readonly Write[]): Fate {
  const later = on.filter((other) => other !== write && saw(other, write));
  if (write.holders.size === 0 && later.length === 0) return "erased";
  if (isVisible(write, final)) return isUnderFinal(write, final, on) ? "surviving" : "merged";
  const undone = later.some((other) => !carries(other, write) || other.f === "erase");
  return undone ? "overwrittenKnowingly" : "silentlyLost";
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

/** The final version's author had seen this write, so nothing had to be merged for it. */
function isUnderFinal(write: Write, final: FinalKey, on: readonly Write[]): boolean {
  const shown = on.find(({ op }) => op === final.version);
  return shown !== undefined && saw(shown, write);
}

function saw(later: Write, earlier: Write): boolean {
  return later !== earlier && covers(later.shadow, earlier.shadow);
}
