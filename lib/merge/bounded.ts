import type { AccountKey, Write } from "../protocol/site/merge-copy";
import type { ReplicatedOp } from "../protocol/site/replicated-op";
import type { Vector } from "../protocol/vector";
import { compareLwwHlc } from "./lww-hlc";
import { writeOf } from "./write";

/**
 * Bounded counters (Balegas et al., 2015; Antidote's `counter_b`): a count that never falls below zero,
 * although every site counts down alone. Each stream may use up only the rights that it holds; an
 * increment makes new ones, a transfer moves some. All parts only grow, and each is written by one
 * stream, so merging is the greater of each.
 */
export type Accounts = {
  readonly has: (key: string) => boolean;
  readonly value: (key: string) => number;
  /** The latest write that changed the count. */
  readonly latest: (key: string) => Write | null;
  /** What a stream may still use up by itself. */
  readonly rights: (key: string, stream: string) => number;
  /** Every stream that holds rights, and how many. */
  readonly holders: (key: string) => Vector;
  /** Takes in a write of a counter, or a transfer. */
  readonly take: (op: ReplicatedOp) => void;
  /** A count from before there were many writers: all its rights are the stream's. */
  readonly open: (key: string, value: number, write: Write) => void;
  readonly copy: () => AccountKey[];
  readonly install: (theirs: AccountKey) => void;
};

type Grid = Record<string, Record<string, number>>;
type Account = { made: Grid; moved: Grid; used: Record<string, number>; latest: Write | null };

/** No counters. */
export function createAccounts(): Accounts {
  const accounts = new Map<string, Account>();

  function accountOf(key: string): Account {
    const account = accounts.get(key) ?? { made: {}, moved: {}, used: {}, latest: null };
    accounts.set(key, account);
    return account;
  }

  function rights(key: string, stream: string): number {
    const account = accounts.get(key);
    if (account === undefined) return 0;
    const { made, moved, used } = account;
    return column(made, stream) + column(moved, stream) - row(moved, stream) - (used[stream] ?? 0);
  }

  function note(account: Account, write: Write): void {
    const { latest } = account;
    if (latest === null || compareLwwHlc(write, latest) > 0) account.latest = write;
  }

  return {
    has: (key) => accounts.has(key),
    value(key) {
      const { made = {}, used = {} } = accounts.get(key) ?? {};
      const total = Object.keys(made).reduce((sum, stream) => sum + row(made, stream), 0);
      return total - Object.values(used).reduce((sum, n) => sum + n, 0);
    },
    latest: (key) => accounts.get(key)?.latest ?? null,
    rights,
    holders(key) {
      const { made = {}, moved = {} } = accounts.get(key) ?? {};
      const streams = new Set([...Object.values(made), ...Object.values(moved)].flatMap(Object.keys));
      return Object.fromEntries([...streams].map((stream) => [stream, rights(key, stream)]));
    },
    take(op) {
      const account = accountOf(op.op.key);
      const write = writeOf(op);
      const { stream } = write;
      if (isTransfer(op)) addTo(account.moved, stream, op.rights ?? {});
      else {
        if (op.rights !== undefined) addTo(account.made, stream, op.rights);
        account.used[stream] = (account.used[stream] ?? 0) + usedBy(op.op);
        note(account, write);
      }
    },
    open(key, value, write) {
      const account = accountOf(key);
      addTo(account.made, write.stream, { [write.stream]: value });
      note(account, write);
    },
    copy: () =>
      [...accounts].map(([key, { made, moved, used, latest }]) => {
        return { key, made: copyOf(made), moved: copyOf(moved), used: { ...used }, latest };
      }),
    install({ key, made, moved, used, latest }) {
      const account = accountOf(key);
      for (const [stream, to] of Object.entries(made))
        account.made[stream] = greater(account.made[stream], to);
      for (const [stream, to] of Object.entries(moved))
        account.moved[stream] = greater(account.moved[stream], to);
      account.used = greater(account.used, used);
      if (latest !== null) note(account, latest);
    },
  };
}

/** True for a write that only moves rights from its own stream to others: no client asked for it. */
export function isTransfer({ op, rights }: Pick<ReplicatedOp, "op" | "rights">): boolean {
  return op.f === "increment" && op.by === 0 && rights !== undefined;
}

/** How much a write takes from a counter. */
export function usedBy(op: ReplicatedOp["op"]): number {
  if (op.f === "reserve") return op.amount;
  return op.f === "increment" && op.by < 0 ? -op.by : 0;
}

/** How much a write adds to a counter; null where it is no such write. */
export function addedBy(op: ReplicatedOp["op"]): number | null {
  if (op.f === "increment" && op.by >= 0) return op.by;
  const isCount = op.f === "put" && Number.isSafeInteger(op.value) && (op.value as number) >= 0;
  return isCount ? (op.value as number) : null;
}

/** An amount in equal whole shares; what is left over goes to the first of the holders by name. */
export function sharesOf(amount: number, holders: readonly string[]): Record<string, number> {
  const each = Math.floor(amount / holders.length);
  const left = amount - each * holders.length;
  const shares = [...holders].sort().map((holder, i) => [holder, each + (i < left ? 1 : 0)] as const);
  return Object.fromEntries(shares.filter(([, share]) => share > 0));
}

function column(grid: Grid, stream: string): number {
  return Object.values(grid).reduce((sum, to) => sum + (to[stream] ?? 0), 0);
}

function row(grid: Grid, stream: string): number {
  return Object.values(grid[stream] ?? {}).reduce((sum, n) => sum + n, 0);
}

function addTo(grid: Grid, stream: string, more: Vector): void {
  const held = grid[stream] ?? {};
  for (const [to, n] of Object.entries(more)) held[to] = (held[to] ?? 0) + n;
  grid[stream] = held;
}

function greater(ours: Vector = {}, theirs: Vector): Record<string, number> {
  const merged: Record<string, number> = { ...ours };
  for (const [to, n] of Object.entries(theirs)) merged[to] = Math.max(merged[to] ?? 0, n);
  return merged;
}

function copyOf(grid: Grid): Grid {
  return Object.fromEntries(Object.entries(grid).map(([stream, to]) => [stream, { ...to }]));
}
