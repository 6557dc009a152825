import type { CheckName } from "../../protocol/report";
import { type Constraints, createConstraints } from "./constraints";
import type { Contradiction } from "./contradiction";
import { type Finding, holds, noEvidence, unknown, violated } from "./finding";
import { type CheckOp, type History, named, versionName } from "./record";
import { type SessionLog, type SessionLogs, sessionLogsOf } from "./session-log";
import type { VersionOrder } from "./version-order";

export type Guarantee = Extract<
  CheckName,
  "read-your-writes" | "monotonic-reads" | "monotonic-writes" | "writes-follow-reads"
>;

/**
 * A guarantee as data (Terry et al. 1994, over what others see). A session's own operations of kind
 * `own` are a floor under its later operations of kind `binds`. With `inherits`, whoever reads a write
 * takes over, as a floor under its later reads, what the write's session had done before it. `isOrder`:
 * the guarantee itself puts the operations of the floor in order, so that the last one stands for all.
 */
type Rule = {
  readonly own: "read" | "write";
  readonly binds: "read" | "write";
  readonly inherits: boolean;
  readonly isOrder: boolean;
  readonly promise: string;
};

const rules: Readonly<Record<Guarantee, Rule>> = {
  "read-your-writes": {
    ...{ own: "write", binds: "read", inherits: false, isOrder: false },
    promise: "Every session saw its own writes.",
  },
  "monotonic-reads": {
    ...{ own: "read", binds: "read", inherits: false, isOrder: true },
    promise: "No session saw an older version after a newer one.",
  },
  "monotonic-writes": {
    ...{ own: "write", binds: "write", inherits: true, isOrder: true },
    promise: "Nobody saw a session's later write without its earlier ones.",
  },
  "writes-follow-reads": {
    ...{ own: "read", binds: "write", inherits: true, isOrder: false },
    promise: "Nobody saw a write without what its author had read before it.",
  },
};

/** A version that later operations of a session must not fall below, and the operation it comes from. */
type Floor = { readonly version: string; readonly from: CheckOp };
type Floors = Map<string, readonly Floor[]>;

type Walk = {
  readonly rule: Rule;
  readonly logs: SessionLogs;
  readonly order: VersionOrder;
  readonly writes: ReadonlyMap<string, CheckOp>;
  readonly constraints: Constraints;
};

/** Open demands that are worth a search; a cluster that tells the order of its versions leaves none. */
const openDemands = 500_000;

/**
 * One session guarantee, as clients could observe it: violated exactly when no order of the versions of
 * a key that agrees with what the cluster said of it explains every read.
 */
export function checkGuarantee(guarantee: Guarantee, history: History, order: VersionOrder): Finding {
  const rule = rules[guarantee];
  const constraints = createConstraints(order);
  const writes = new Map(history.ops.filter((op) => !op.isRead).map((op) => [op.id, op]));
  const walk: Walk = { rule, order, writes, constraints, logs: sessionLogsOf(history.ops) };
  for (const [session, log] of walk.logs.sessions) {
    const found = walkSession(walk, log);
    if (found !== null) return violated(`session ${session}`, found.ops, found.text, constraints.made());
    if (constraints.open() > openDemands) {
      return unknown(
        "all",
        "The cluster did not tell the order of the versions, and too many are open.",
        constraints.made(),
      );
    }
  }
  if (constraints.made() === 0) return noEvidence("No session did anything that could have shown it.");
  const together = constraints.conclude();
  return together === null
    ? holds(rule.promise, constraints.made())
    : violated("all", together.ops, together.text, constraints.made());
}

function walkSession(walk: Walk, { events }: SessionLog): Contradiction | null {
  const { rule, constraints } = walk;
  const own: Floors = new Map();
  const inherited: Floors = new Map();
  const taken = new Map<string, number>();
  for (const { isCall, op } of events) {
    if (!isCall) {
      if (op.isRead === (rule.own === "read")) raise(walk, own, op);
      if (rule.inherits && op.isRead) inherit(walk, inherited, taken, op);
      continue;
    }
    const floors = op.isRead === (rule.binds === "read") ? (own.get(op.key) ?? []) : [];
    const others = op.isRead ? (inherited.get(op.key) ?? []) : [];
    for (const { version, from } of [...floors, ...others]) {
      const ops = [from.id, version, op.id];
      const text = sentence(op, version, from);
      const found = constraints.demand({ key: op.key, before: version, after: op.version, ops, text });
      if (found !== null) return found;
    }
  }
  return null;
}

/** Takes over what the session of the write behind `read` had done before that write, as far as is new. */
function inherit(
  { logs, writes, ...walk }: Walk,
  floors: Floors,
  taken: Map<string, number>,
  read: CheckOp,
): void {
  const write = read.version === null ? undefined : writes.get(read.version);
  if (write === undefined) return;
  const done = logs.sessions.get(write.session)?.answered ?? [];
  const upTo = logs.answersBefore.get(write) ?? 0;
  for (let i = taken.get(write.session) ?? 0; i < upTo; i += 1) {
    const op = done[i];
    if (op?.isRead === (walk.rule.own === "read")) raise({ logs, writes, ...walk }, floors, op);
  }
  taken.set(write.session, Math.max(upTo, taken.get(write.session) ?? 0));
}

/** Adds a floor, and leaves out those that others make superfluous. */
function raise({ rule, order }: Walk, floors: Floors, from: CheckOp): void {
  const { version } = from;
  if (version === null) return;
  const known = floors.get(from.key) ?? [];
  // A clock may put a write before what its author had seen: such a pair is in no order, and both stay.
  const isSurelyBefore = (a: string, b: string) => order.isBefore(a, b) && !order.isBefore(b, a);
  if (known.some((floor) => floor.version === version || isSurelyBefore(version, floor.version))) return;
  const kept = known.filter(
    (floor) =>
      !isSurelyBefore(floor.version, version) &&
      !(rule.isOrder && floor.from.session === from.session && floor.from.ret <= from.call),
  );
  floors.set(from.key, [...kept, { version, from }]);
}

function sentence(op: CheckOp, version: string, from: CheckOp): string {
  const did = op.isRead ? `returned ${versionName(op.version)}` : "was put before it";
  const had = from.isRead ? `read ${versionName(version)} in ${from.id}` : `written ${version}`;
  return from.session === op.session
    ? `${named(op)} ${did}, although session ${op.session} had ${had} before.`
    : `${named(op)} ${did}, although session ${op.session} had seen what ${from.session} did after it had ${had}.`;
}
