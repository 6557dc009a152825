import { comparePositions } from "../../protocol/position";
import { checkCausalConvergence } from "./causal";
import { type Finding, holds, unknown, violated } from "./finding";
import { searchInterleaving } from "./interleaving";
import { buildsOnWhatItFound } from "./keyed-model";
import { byKey, type CheckOp, type History } from "./record";
import { sessionOrderOf } from "./session-order";
import { topologicalOrder } from "./topology";
import type { VersionOrder } from "./version-order";

/**
 * Sequential consistency (Lamport): one order of all operations, of all keys together, that keeps to the
 * order inside every session. It is not local and NP-complete even with unique versions, so it is asked
 * in layers (checking.md, 1.4), the cheap ones first: what is linearizable is sequential; what is not
 * causally convergent is not; an acyclic graph over the cluster's own order of versions is an order; at
 * last a search over the interleavings, for at most `budget` steps.
 */
export function checkSequential(
  history: History,
  order: VersionOrder,
  linearizable: Finding,
  budget: number,
): Finding {
  if (linearizable.verdict === "no-evidence") return linearizable;
  const explained = "One order of all operations keeps to the order of every session.";
  if (linearizable.verdict === "holds" && !touches(history.ops)) return holds(explained, linearizable.steps);
  const convergent = checkCausalConvergence(history);
  const steps = linearizable.steps + convergent.steps;
  if (convergent.verdict === "violated") return { ...convergent, steps };
  const read = new Set(history.ops.filter((op) => op.isRead).map((op) => op.version));
  const isBlind = !history.ops.some(buildsOnWhatItFound);
  // What may never have happened and nobody saw can be left out where nothing builds on it.
  const ops = history.ops.filter(
    (op) => !isBlind || op.ret !== Number.POSITIVE_INFINITY || read.has(op.version),
  );
  if (isBlind && isAcyclic(ops, order)) return holds(explained, steps);
  const end = searchInterleaving(ops, budget);
  const total = steps + end.steps;
  switch (end.verdict) {
    case "holds":
      return holds(explained, total);
    case "unknown":
      return unknown(
        "all",
        `The search over the interleavings ended after ${budget} steps without a result.`,
        total,
      );
    case "violated": {
      const text = `No interleaving of the sessions explains the answers of ${end.stuck.join(", ")} together.`;
      return violated("all", end.stuck, text, total);
    }
  }
}

/**
 * True when a session called at the very time of its last answer. In real time the two are concurrent,
 * in its session they are not: then a linearizable history need not be a sequential one.
 */
function touches(ops: readonly CheckOp[]): boolean {
  const { before } = sessionOrderOf(ops);
  return ops.some(({ call }, i) => before(i).some((earlier) => ops[earlier]?.ret === call));
}

/**
 * True when session order, reads-from, one order of the versions of each key and what follows from it
 * (a read comes before the write that replaced what it saw) have no cycle. A cycle proves nothing:
 * another order of the versions might have none.
 */
function isAcyclic(ops: readonly CheckOp[], order: VersionOrder): boolean {
  const sessions = sessionOrderOf(ops);
  const indexOf = new Map(ops.map((op, i) => [op, i]));
  const extra = new Map<number, number[]>();
  const link = (cause: CheckOp, effect: CheckOp) => {
    const [from, to] = [indexOf.get(cause) as number, indexOf.get(effect) as number];
    const list = extra.get(to);
    if (list === undefined) extra.set(to, [from]);
    else list.push(from);
  };
  for (const on of byKey(ops).values()) linkVersions(on, order, link);
  const before = (op: number) => [...sessions.before(op), ...(extra.get(op) ?? [])];
  return topologicalOrder(ops.length, before).order !== null;
}

function linkVersions(
  ops: readonly CheckOp[],
  order: VersionOrder,
  link: (cause: CheckOp, effect: CheckOp) => void,
): void {
  const readers = new Map<string | null, CheckOp[]>();
  for (const op of ops) {
    if (!op.isRead) continue;
    const list = readers.get(op.version);
    if (list === undefined) readers.set(op.version, [op]);
    else list.push(op);
  }
  const writes = inOrder(
    ops.filter((op) => !op.isRead),
    order,
  );
  for (const reader of readers.get(null) ?? []) if (writes[0] !== undefined) link(reader, writes[0]);
  for (const [i, write] of writes.entries()) {
    const next = writes[i + 1];
    if (next !== undefined) link(write, next);
    for (const reader of readers.get(write.id) ?? []) {
      link(write, reader);
      if (next !== undefined) link(reader, next);
    }
  }
}

/** By the log where all are in it; else by when they were called, as good a guess as any. */
function inOrder(writes: readonly CheckOp[], order: VersionOrder): readonly CheckOp[] {
  const placed = writes.flatMap((write) => {
    const place = order.placeOf(write.id);
    return place === null ? [] : [{ write, place }];
  });
  if (placed.length < writes.length) return writes;
  return placed.sort((a, b) => comparePositions(a.place, b.place)).map(({ write }) => write);
}
