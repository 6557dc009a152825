import type { FaultState } from "../protocol/faults";
import type { NodeId, SiteId } from "../protocol/ids";
import { linkCondition } from "../scenario/fault-reducer";

/** What became of the connection between two nodes. */
export type ConnectionChange = { readonly a: NodeId; readonly b: NodeId; readonly up: boolean };

/**
 * Which connections stand, as both ends know it. A cut is silence: nobody is told, and a crash or a
 * restart behind it is noticed only once the link is mended. A pulled cable and a crash are noticed.
 */
export type Connections = {
  /** Names the connection that a message of now travels on; null when there is none. */
  readonly between: (a: NodeId, b: NodeId) => string | null;
  /** Compares with what is up and what is cut now; returns what changed, in a fixed order. */
  readonly refresh: (faults: FaultState) => readonly ConnectionChange[];
};

/**
 * Starts with no connection at all. `sites` come in pod order; `lifeOf` gives a node's incarnation,
 * null while it is down.
 */
export function createConnections(
  sites: readonly SiteId[],
  lifeOf: (node: NodeId) => number | null,
): Connections {
  const nodes: readonly NodeId[] = [...sites, "coordinator", "edge"];
  const pairs = nodes.flatMap((a, i) => nodes.slice(i + 1).map((b) => [a, b] as const));
  const known = new Map<string, string>();

  function livesOf(a: NodeId, b: NodeId): string | null {
    const lives = [lifeOf(a), lifeOf(b)];
    return lives.includes(null) ? null : lives.join("/");
  }

  function refreshPair(a: NodeId, b: NodeId, faults: FaultState): ConnectionChange[] {
    const there = linkCondition(faults, a, b);
    const back = linkCondition(faults, b, a);
    const isPulled = there.pulled || back.pulled;
    if (!isPulled && (there.cut || back.cut)) return [];
    const name = `${a}>${b}`;
    const before = known.get(name) ?? null;
    const now = isPulled ? null : livesOf(a, b);
    if (now === before) return [];
    if (now === null) known.delete(name);
    else known.set(name, now);
    return [...(before === null ? [] : [{ a, b, up: false }]), ...(now === null ? [] : [{ a, b, up: true }])];
  }

  return {
    between(from, to) {
      const [a, b] = nodes.indexOf(from) < nodes.indexOf(to) ? [from, to] : [to, from];
      const lives = livesOf(a, b);
      return known.get(`${a}>${b}`) === lives ? lives : null;
    },
    refresh: (faults) => pairs.flatMap(([a, b]) => refreshPair(a, b, faults)),
  };
}
