import type { Contradiction } from "./contradiction";
import { type CheckOp, named, versionName } from "./record";

/** A write with all reads that saw it. `f` is the earliest return, `s` the latest call (Gibbons & Korach). */
type Cluster = {
  readonly version: string | null;
  write: CheckOp | null;
  hasReader: boolean;
  f: number;
  s: number;
  /** The operations that attain `f` and `s`; null where it is the initial state itself. */
  first: CheckOp | null;
  last: CheckOp | null;
};

/**
 * Exact check of one register with unique version ids, in O(n log n) (Gibbons & Korach, SIAM J. Comput.
 * 1997). Returns a contradiction of at most four operations, or null when the history is linearizable.
 * A write that only adds to the value counts like any other: it makes a version of its own.
 */
export function zoneContradiction(ops: readonly CheckOp[]): Contradiction | null {
  const clusters = clustersOf(ops);
  const kept: Cluster[] = [];
  for (const cluster of clusters.values()) {
    if (cluster.version !== null && cluster.write === null) return thinAir(cluster);
    // A write of unknown outcome that nobody saw may never have happened.
    if (cluster.write?.ret === Number.POSITIVE_INFINITY && !cluster.hasReader) continue;
    if (cluster.write !== null && cluster.f < cluster.write.call)
      return fromTheFuture(cluster, cluster.write);
    kept.push(cluster);
  }
  return overlap(kept);
}

function clustersOf(ops: readonly CheckOp[]): ReadonlyMap<string | null, Cluster> {
  const start = Number.NEGATIVE_INFINITY;
  const initial = {
    version: null,
    write: null,
    hasReader: false,
    f: start,
    s: start,
    first: null,
    last: null,
  };
  const clusters = new Map<string | null, Cluster>([[null, initial]]);
  for (const op of ops) {
    let cluster = clusters.get(op.version);
    if (cluster === undefined) {
      const { version } = op;
      const empty = { f: Number.POSITIVE_INFINITY, s: start, first: null, last: null };
      cluster = { version, write: null, hasReader: false, ...empty };
      clusters.set(version, cluster);
    }
    if (op.isRead) cluster.hasReader = true;
    else cluster.write = op;
    if (op.ret < cluster.f) {
      cluster.f = op.ret;
      cluster.first = op;
    }
    if (op.call > cluster.s) {
      cluster.s = op.call;
      cluster.last = op;
    }
  }
  return clusters;
}

/** Two forward zones that overlap, or a backward zone inside a forward one; null where there are none. */
function overlap(clusters: readonly Cluster[]): Contradiction | null {
  const forward = clusters.filter(({ f, s }) => f < s).sort((a, b) => a.f - b.f);
  for (const [i, later] of forward.entries()) {
    const earlier = forward[i - 1];
    if (earlier !== undefined && later.f < earlier.s) return bothWays(earlier, later);
  }
  for (const backward of clusters.filter(({ f, s }) => f >= s)) {
    const around = lastStartingBefore(forward, backward.s);
    if (around !== undefined && backward.f < around.s) return bothWays(around, backward);
  }
  return null;
}

/** Forward zones that do not overlap: the last one that starts earlier is the only one that can reach over `time`. */
function lastStartingBefore(sorted: readonly Cluster[], time: number): Cluster | undefined {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle]?.f ?? time) < time) low = middle + 1;
    else high = middle;
  }
  return sorted[low - 1];
}

function thinAir({ version, last }: Cluster): Contradiction {
  const reader = last === null ? "A read" : named(last);
  return { ops: ids(last), text: `${reader} returned ${version}, which nobody wrote.` };
}

function fromTheFuture({ first }: Cluster, write: CheckOp): Contradiction {
  const reader = first === null ? "A read" : named(first);
  return { ops: ids(first, write), text: `${reader} returned ${write.id} before that write had begun.` };
}

function bothWays(a: Cluster, b: Cluster): Contradiction {
  const before = `${order(a, b)}, so ${versionName(a.version)} came before ${versionName(b.version)}`;
  const after = `${order(b, a)}, so ${versionName(b.version)} came before ${versionName(a.version)}`;
  return {
    ops: ids(a.first, b.last, b.first, a.last),
    text: `${before}; however ${after}: a contradiction.`,
  };
}

function order({ first }: Cluster, { last }: Cluster): string {
  if (first === null || last === null) return "The initial state comes first";
  return `${named(first)} finished before ${named(last)} began`;
}

function ids(...ops: readonly (CheckOp | null)[]): readonly string[] {
  return [...new Set(ops.flatMap((op) => (op === null ? [] : [op.id])))];
}
