import { valuesIn } from "../protocol/siblings";
import type { Fate, FinalKey } from "./fate";
import { fateInField, fateInMerge } from "./merge-fate";
import { canEmpty, carries, isOfOneField, keepsUnread, merges } from "./write-kind";
import { saw, type Write, type Writes } from "./writes";

/**
 * Judges every write. A write's children are the writes whose authors replaced it having seen it, so
 * a register's history is a tree: what lies under the final version survived or was replaced
 * knowingly, and a leaf elsewhere was dropped by a rule that never asked anybody. The rule is the one
 * under which its data was last kept.
 */
export function fatesOf(writes: Writes, finalOf: (key: string) => FinalKey): ReadonlyMap<string, Fate> {
  const { children, byKey } = index(writes);
  const fates = new Map<string, Fate>();

  function judge(write: Write): Fate {
    const final = finalOf(write.key);
    const rule = write.era?.rule ?? null;
    if (isShown(write, final)) {
      // The application's rules have made one value of several.
      const isMerged = rule === "app" && valuesIn(final.value) === null && final.beside.includes(write.op);
      return isMerged && final.version !== write.op ? "merged" : "surviving";
    }
    if (write.discarded) return "erased";
    const on = byKey.get(write.key) ?? [];
    if (rule !== null && merges(rule, write)) return fateInMerge(write, final, on);
    const heirs = (children.get(write.op) ?? []).map((child) => inherit(write, child));
    if (rule !== null && isOfOneField(rule, write.f)) return fateInField(write, final, on, heirs);
    for (const fate of ["surviving", "overwrittenKnowingly", "silentlyLost"] as const) {
      if (heirs.includes(fate)) return fate;
    }
    // Where only a writer who has read a value takes it away, what is gone was replaced knowingly.
    const isReplaced = rule !== null && keepsUnread(rule);
    if (isReplaced && on.some((other) => saw(other, write))) return "overwrittenKnowingly";
    // Who leaves nothing takes away what he had read and no more: another value may stand there all the same.
    if (isReplaced && write.holders.size > 0 && canEmpty(write.f)) return "surviving";
    if (write.holders.size === 0) return "erased";
    // What the application's rules had made of it went on as one value; what they had not was discarded.
    if (rule === "app" && write.era?.isOver) return "merged";
    return rule === null ? "erased" : "silentlyLost";
  }

  /**
   * True when this write made what the key shows: its version, or nothing where it is a deletion (or took
   * the last of what was there) that nobody replaced and that no write beat.
   */
  function isShown(write: Write, { version, beside }: FinalKey): boolean {
    if (version === write.op || beside.includes(write.op)) return true;
    const isAbsent = version === null || isDeletion(version);
    if (!canEmpty(write.f) || !isAbsent || !yieldedToDeletionsOnly(write)) return false;
    return (children.get(write.op) ?? []).every((child) => fates.get(child.op) === "erased");
  }

  function yieldedToDeletionsOnly({ op, yieldedTo }: Write): boolean {
    const beaters = [...yieldedTo].filter((other) => writes.get(other)?.over !== op);
    return beaters.every(isDeletion);
  }

  function isDeletion(op: string): boolean {
    return writes.get(op)?.f === "delete";
  }

  /** What the fate of the write that replaced this one means for it. */
  function inherit(write: Write, child: Write): Fate {
    const fate = fates.get(child.op) ?? "erased";
    if (fate === "erased" || carries(child, write)) return fate;
    return "overwrittenKnowingly";
  }

  // A child is accepted after what it replaced, so judging from the newest on needs no recursion.
  for (const write of [...writes.values()].reverse()) fates.set(write.op, judge(write));
  for (const write of writes.values()) {
    // A deletion that yielded to deletions alone got what it wanted, and shares what came after.
    const to = [...write.yieldedTo].find(isDeletion);
    const isAlike = write.f === "delete" && to !== undefined && yieldedToDeletionsOnly(write);
    if (isAlike && fates.get(write.op) === "silentlyLost") fates.set(write.op, fates.get(to) ?? "erased");
  }
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
  // A full copy leaves tombstones out, and sites forget them; whoever wrote the key anew had still seen the deletion.
  for (const on of byKey.values()) {
    const deletions = on.filter((write) => write.f === "delete");
    for (const fresh of on.filter((write) => write.over === null)) {
      const gone = deletions.findLast(
        (deletion) =>
          deletion !== fresh && (deletion.era === null || fresh.onNothing) && saw(fresh, deletion),
      );
      if (gone !== undefined) add(children, gone.op, fresh);
    }
  }
  return { children, byKey };
}
