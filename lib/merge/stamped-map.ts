import { limits } from "../protocol/limits";
import type { StampedKey, Write } from "../protocol/site/merge-copy";
import type { TypedValue } from "../protocol/site/replicated-op";
import { type Chain, extendChain } from "./chain";
import type { Mark } from "./knowledge";
import { hasSeen } from "./write";

/** What a last-write-wins rule holds for a key; a null value is a tombstone. */
export type Stamped = {
  readonly value: TypedValue | null;
  readonly write: Write;
  /** The writes whose effect is in the value. */
  readonly chain: Chain;
};

/** A value and its write; `builds` when it was made from the value that its origin showed. */
export type Candidate = {
  readonly value: TypedValue | null;
  readonly write: Write;
  readonly builds: boolean;
  /** The field of a record that it is about, where fields are stamped one by one; null is the whole key. */
  readonly field: string | null;
};

/** Two writes that met at a key, and which of them it now holds. */
export type Meeting = { readonly winner: Stamped; readonly loser: Stamped };

/** Which of two values wins: positive for the first. Total: 0 only for one and the same write. */
export type Compare = (a: Pick<Stamped, "value" | "write">, b: Pick<Stamped, "value" | "write">) => number;

/**
 * A map from keys to the greatest write ever offered for each, by one total order of writes; and of each
 * field of a record, which shows where it is greater than what was written to the whole key.
 */
export type StampedMap = {
  readonly get: (key: string) => Stamped | undefined;
  /** The write that one field shows, be it of the field or of the whole key. */
  readonly fieldTop: (key: string, field: string) => Write | null;
  /** Keeps the greater, and gives every other write of the same place that it met. */
  readonly offer: (key: string, candidate: Candidate) => readonly Meeting[];
  /**
   * The most edits behind what a write to this field, or to the whole key, replaces; where the whole key
   * was never written or is forgotten, as many as make the write more than any forgotten deletion.
   */
  readonly edits: (key: string, field: string | null) => number;
  /** The writes of a key that is deleted; null where it shows a value, or nothing is held of it. */
  readonly grave: (key: string) => readonly Mark[] | null;
  /** True where something was written to the field, or the whole key, and is remembered. */
  readonly holds: (key: string, field: string | null) => boolean;
  /** Forgets every cell that `isGone` names, and gives their keys. */
  readonly forget: (
    isGone: (key: string, field: string | null, write: Write) => boolean,
  ) => readonly string[];
  /** Forgets a key that is deleted. */
  readonly bury: (key: string) => void;
  readonly floor: () => number;
  /** Somebody else has forgotten deletions of up to so many edits. */
  readonly raiseFloor: (edits: number) => void;
  readonly copy: () => StampedKey[];
};

type Cell = { top: Stamped; recent: readonly Stamped[] };
type Row = { whole: Cell | null; readonly fields: Map<string, Cell> };

/**
 * Writes of one place remembered to find what a late one was built on; it was made a short while ago. Of all
 * places no more are remembered than the log holds: a site that is further behind gets a copy.
 */
const recentAtMost = 16;
const recentInAll = limits.logEntries;

/** An empty map ordered by `compare`. */
export function createStampedMap(compare: Compare): StampedMap {
  const rows = new Map<string, Row>();
  let floor = 0;
  const remembered: { readonly cell: Cell; readonly stamped: Stamped }[] = [];

  function remember(cell: Cell, stamped: Stamped): void {
    cell.recent = [...cell.recent.slice(1 - recentAtMost), stamped];
    remembered.push({ cell, stamped });
    const oldest = remembered.length > recentInAll ? remembered.shift() : undefined;
    if (oldest !== undefined)
      oldest.cell.recent = oldest.cell.recent.filter((each) => each !== oldest.stamped);
  }

  function rowOf(key: string): Row {
    const row = rows.get(key) ?? { whole: null, fields: new Map<string, Cell>() };
    rows.set(key, row);
    return row;
  }

  /** What the rule showed at a write's origin: the greatest of what had been seen there. */
  function baseOf(cell: Cell, { shadow }: Write): Stamped | null {
    if (hasSeen(shadow, cell.top.write)) return cell.top;
    const seen = cell.recent.filter(({ write }) => hasSeen(shadow, write));
    return seen.reduce<Stamped | null>((a, b) => (a !== null && compare(a, b) > 0 ? a : b), null);
  }

  function meet(held: Stamped, offered: Stamped): Meeting {
    return compare(offered, held) > 0 ? { winner: offered, loser: held } : { winner: held, loser: offered };
  }

  /** What a whole write meets besides the key's last one: every field; and a field, the whole key. */
  function acrossOf({ whole, fields }: Row, field: string | null): readonly Stamped[] {
    if (field !== null) return whole === null ? [] : [whole.top];
    return [...fields.values()].map(({ top }) => top);
  }

  return {
    get(key) {
      const row = rows.get(key);
      return row === undefined ? undefined : shownOf(row, compare);
    },
    fieldTop(key, field) {
      const { whole = null, fields = null } = rows.get(key) ?? {};
      const tops = [fields?.get(field), whole].flatMap((cell) => (cell ? [cell.top] : []));
      const [first, second] = tops;
      if (first === undefined) return null;
      return second !== undefined && compare(second, first) > 0 ? second.write : first.write;
    },
    offer(key, { value, write, builds, field }) {
      const row = rowOf(key);
      const cell = field === null ? row.whole : (row.fields.get(field) ?? null);
      const base = cell !== null && builds ? baseOf(cell, write) : null;
      const chain = extendChain(write, base === null || base.value === null ? null : base.chain);
      const offered = { value, write, chain };
      const meetings = acrossOf(row, field).map((other) => meet(other, offered));
      if (cell !== null) {
        remember(cell, offered);
        const meeting = meet(cell.top, offered);
        cell.top = meeting.winner;
        return [meeting, ...meetings];
      }
      const fresh: Cell = { top: offered, recent: [] };
      remember(fresh, offered);
      if (field === null) row.whole = fresh;
      else row.fields.set(field, fresh);
      return meetings;
    },
    edits(key, field) {
      const { whole = null, fields = null } = rows.get(key) ?? {};
      const own = field === null ? [...(fields?.values() ?? [])] : [fields?.get(field)];
      const counts = [whole, ...own].map((cell) => cell?.top.write.edits ?? 0);
      return Math.max(whole === null ? floor : 0, ...counts);
    },
    grave(key) {
      const row = rows.get(key);
      if (row === undefined || shownOf(row, compare)?.value !== null) return null;
      return cellsOf(row).map(([, { top }]) => top.write);
    },
    holds(key, field) {
      const row = rows.get(key);
      return (field === null ? row?.whole : row?.fields.get(field)) != null;
    },
    forget(isGone) {
      const touched = new Set<string>();
      for (const [key, row] of rows) {
        for (const [field, { top }] of cellsOf(row)) {
          if (!isGone(key, field, top.write)) continue;
          touched.add(key);
          if (field === null) row.whole = null;
          else row.fields.delete(field);
        }
        if (row.whole === null && row.fields.size === 0) rows.delete(key);
      }
      return [...touched];
    },
    bury(key) {
      const row = rows.get(key);
      for (const [, { top }] of row === undefined ? [] : cellsOf(row))
        floor = Math.max(floor, (top.write.edits ?? 0) + 1);
      rows.delete(key);
    },
    floor: () => floor,
    raiseFloor(edits) {
      floor = Math.max(floor, edits);
    },
    copy: () =>
      [...rows].flatMap(([key, { whole, fields }]) => [
        ...(whole === null ? [] : [{ key, value: whole.top.value, write: whole.top.write }]),
        ...[...fields].map(([field, { top }]) => ({ key, field, value: top.value, write: top.write })),
      ]),
  };
}

function cellsOf({ whole, fields }: Row): readonly (readonly [string | null, Cell])[] {
  return [...(whole === null ? [] : [[null, whole] as const]), ...fields];
}

/** The whole key's value, or the record that its newer fields make of it, by the greatest write in it. */
function shownOf({ whole, fields }: Row, compare: Compare): Stamped | undefined {
  const newer = [...fields].filter(([, { top }]) => whole === null || compare(top, whole.top) > 0);
  if (newer.length === 0) return whole?.top;
  const base = whole?.top.value?.type === "record" ? whole.top.value.value : {};
  const parts = newer.map(([field, { top }]) => [field, top.value?.value ?? null] as const).sort(byName);
  const latest = newer.map(([, { top }]) => top).reduce((a, b) => (compare(a, b) > 0 ? a : b));
  return { ...latest, value: { type: "record", value: { ...base, ...Object.fromEntries(parts) } } };
}

function byName([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}
