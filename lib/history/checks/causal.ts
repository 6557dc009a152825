import { abortedRead } from "./aborted";
import { type CausalGraph, causalGraphOf } from "./causal-graph";
import { type Finding, holds, noEvidence, unknown, violated } from "./finding";
import { type CheckOp, type History, named, versionName } from "./record";
import { topologicalOrder } from "./topology";

/**
 * Causal consistency by the bad patterns of Bouajjani et al. (POPL 2017): a read of what nobody wrote,
 * something that caused itself, and a read of a version, or of the initial state, that a write in the
 * reader's own past had replaced. One pass with vector clocks, O(n·k·log n) for k chains of sessions.
 */
export function checkCausal(history: History): Finding {
  const ready = prepared(history);
  if ("verdict" in ready) return ready;
  return stalePast(ready) ?? holds("Every read saw at least everything in its own past.", ready.steps);
}

/**
 * Causal convergence: causal, and all sites order concurrent writes to a key alike (pattern CyclicCF).
 * A read of w2 with w1 in its past says that w1 was ordered before w2.
 */
export function checkCausalConvergence(history: History): Finding {
  const ready = prepared(history);
  if ("verdict" in ready) return ready;
  return (
    stalePast(ready) ??
    disagreement(ready) ??
    holds("One order of the writes to each key explains what every session saw.", ready.steps)
  );
}

function prepared(history: History): CausalGraph | Finding {
  const aborted = abortedRead(history);
  if (aborted !== null) return violated(`key ${aborted.key}`, aborted.ops, aborted.text, 0);
  if (!history.ops.some((op) => op.isRead)) return noEvidence("No client read anything.");
  const graph = causalGraphOf(history.ops);
  if (graph === null) return unknown("all", "The history is too large for vector clocks.", 0);
  const thin = graph.ops.find((op) => op.isRead && op.version !== null && !graph.indexOf.has(op.version));
  if (thin !== undefined) {
    const text = `${named(thin)} returned ${thin.version}, which nobody wrote.`;
    return violated(`key ${thin.key}`, [thin.id], text, graph.steps);
  }
  if (graph.order !== null) return graph;
  const ids = graph.cycle.map((op) => (graph.ops[op] as CheckOp).id);
  const text = `Each of ${ids.join(", ")} happened before the next, and the last before the first.`;
  return violated("all", ids, text, graph.steps);
}

/** For each read, the last write to its key of every chain in its past, its own source apart. */
function* overwriters(graph: CausalGraph): Generator<readonly [read: number, write: number]> {
  const writes = writePlaces(graph);
  for (const [read, op] of graph.ops.entries()) {
    if (!op.isRead) continue;
    for (const [chain, places] of writes.get(op.key) ?? []) {
      const place = lastBelow(places, graph.past(read, chain));
      if (place === undefined) continue;
      const write = graph.sessions.chains[chain]?.[place] as number;
      if (graph.ops[write]?.id !== op.version) yield [read, write];
    }
  }
}

/** Key → chain → places of its writes in that chain, rising. */
function writePlaces({ ops, sessions }: CausalGraph): Map<string, Map<number, number[]>> {
  const found = new Map<string, Map<number, number[]>>();
  for (const [chain, members] of sessions.chains.entries()) {
    for (const [place, i] of members.entries()) {
      const op = ops[i] as CheckOp;
      if (op.isRead) continue;
      const chains = found.get(op.key) ?? new Map<number, number[]>();
      found.set(op.key, chains);
      const places = chains.get(chain);
      if (places === undefined) chains.set(chain, [place]);
      else places.push(place);
    }
  }
  return found;
}

function lastBelow(sorted: readonly number[], limit: number): number | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < limit) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}

function stalePast(graph: CausalGraph): Finding | null {
  for (const [read, write] of overwriters(graph)) {
    const [reader, writer] = [graph.ops[read] as CheckOp, graph.ops[write] as CheckOp];
    const source = reader.version === null ? undefined : graph.indexOf.get(reader.version);
    if (source !== undefined && !graph.happenedBefore(source, write)) continue;
    const text =
      `${named(reader)} returned ${versionName(reader.version)}, although ${named(writer)}, ` +
      "which came after that, was in its past.";
    return violated(
      `key ${reader.key}`,
      source === undefined ? [writer.id, reader.id] : [reader.version ?? "", writer.id, reader.id],
      text,
      graph.steps,
    );
  }
  return null;
}

function disagreement(graph: CausalGraph): Finding | null {
  const ordered = new Map<number, Set<number>>();
  for (const [read, write] of overwriters(graph)) {
    const version = graph.ops[read]?.version ?? null;
    const source = version === null ? undefined : graph.indexOf.get(version);
    if (source === undefined) continue;
    const earlier = ordered.get(source);
    if (earlier === undefined) ordered.set(source, new Set([write]));
    else earlier.add(write);
  }
  const { cycle } = topologicalOrder(graph.ops.length, (op) => [
    ...graph.before(op),
    ...(ordered.get(op) ?? []),
  ]);
  if (cycle.length === 0) return null;
  const writes = cycle.map((op) => graph.ops[op] as CheckOp).filter((op) => !op.isRead);
  const ids = writes.map((op) => op.id);
  const key = writes[0]?.key ?? "";
  const text = `Readers disagree on the order of ${ids.join(" and ")}: each was seen to come after the other.`;
  return violated(`key ${key}`, ids, text, graph.steps);
}
