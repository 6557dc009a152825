import { must } from "../kernel/assert";
import type { FaultState } from "../protocol/faults";
import type { NodeId, SiteId } from "../protocol/ids";
import { linkCondition } from "../scenario/fault-reducer";

/** What became of the connection between two nodes. */
export type ConnectionChange = { readonly a: NodeId; readonly b: NodeId; readonly up: boolean };

/** What two nodes talk over, for whoever asks often. */
export type Connection = {
  /** The number of the connection that a message of now travels on; null when there is none. */
  readonly number: () => number | null;
};

/**
 * Which connections stand, as both ends know it. A cut is silence: nobody is told, and a crash or a
 * restart behind it is noticed only once the link is mended. A pulled cable and a crash are noticed.
 */
export type Connections = {
  /** The same in both directions, and for as long as the pod runs. */
  readonly between: (a: NodeId, b: NodeId) => Connection;
  /** Compares with what is up and what is cut now; returns what changed, in a fixed order. */
  readonly refresh: (faults: FaultState) => readonly ConnectionChange[];
};

/** One established connection: the incarnations at its ends. */
type Standing = { readonly number: number; readonly lifeA: number; readonly lifeB: number };
type Pair = Connection & {
  readonly a: NodeId;
  readonly b: NodeId;
  /** A node's incarnation, null while it is down. */
  readonly lifeA: () => number | null;
  readonly lifeB: () => number | null;
  standing: Standing | null;
};

/**
 * Starts with no connection at all. `sites` come in pod order; `lifeOf` gives what tells a node's
 * incarnation, null while it is down.
 */
export function createConnections(
  sites: readonly SiteId[],
  lifeOf: (node: NodeId) => () => number | null,
): Connections {
  const nodes: readonly NodeId[] = [...sites, "coordinator", "edge"];
  const pairs = nodes.flatMap((a, i) => nodes.slice(i + 1).map((b) => pairOf(a, b)));
  const byNode = new Map(nodes.map((node) => [node, new Map<NodeId, Pair>()]));
  for (const pair of pairs) {
    byNode.get(pair.a)?.set(pair.b, pair);
    byNode.get(pair.b)?.set(pair.a, pair);
  }
  let made = 0;

  function pairOf(a: NodeId, b: NodeId): Pair {
    const pair: Pair = {
      ...{ a, b, lifeA: lifeOf(a), lifeB: lifeOf(b), standing: null },
      number: () => (pair.standing !== null && isOf(pair.standing, pair) ? pair.standing.number : null),
    };
    return pair;
  }

  function isOf(standing: Standing, { lifeA, lifeB }: Pair): boolean {
    return lifeA() === standing.lifeA && lifeB() === standing.lifeB;
  }

  function established(pair: Pair): Standing | null {
    const lifeA = pair.lifeA();
    const lifeB = pair.lifeB();
    if (lifeA === null || lifeB === null) return null;
    made += 1;
    return { number: made, lifeA, lifeB };
  }

  function refreshPair(pair: Pair, faults: FaultState): ConnectionChange[] {
    const { a, b, standing } = pair;
    const there = linkCondition(faults, a, b);
    const back = linkCondition(faults, b, a);
    const isPulled = there.pulled || back.pulled;
    if (!isPulled && (there.cut || back.cut)) return [];
    if (!isPulled && standing !== null && isOf(standing, pair)) return [];
    pair.standing = isPulled ? null : established(pair);
    return [
      ...(standing === null ? [] : [{ a, b, up: false }]),
      ...(pair.standing === null ? [] : [{ a, b, up: true }]),
    ];
  }

  return {
    between: (a, b) => must(byNode.get(a)?.get(b), "the two are of this pod"),
    refresh: (faults) => pairs.flatMap((pair) => refreshPair(pair, faults)),
  };
}
