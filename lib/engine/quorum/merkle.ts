import { digestOf } from "../../kernel/digest";
import type { SiteId } from "../../protocol/ids";
import type { Version } from "../../protocol/site/quorum";
import { none, type Versions } from "./version";

/**
 * A Merkle tree over the keys that this site shares with one peer: the root has 16 children, each of them
 * 16 leaves, and a key lies in the leaf named by the first two hex digits of its digest. Equal digests mean
 * equal versions, so two sites that agree exchange one digest.
 */
export type Merkle = {
  /** What is held of a key has changed. */
  readonly touch: (key: string) => void;
  /** Who shares which key has changed. */
  readonly reset: () => void;
  readonly digest: (peer: SiteId, path: string) => string;
  /** The versions under a leaf that are shared with the peer. */
  readonly leaf: (peer: SiteId, path: string) => readonly Version[];
};

const digits = [..."0123456789abcdef"];
const leafPaths = new Map(digits.map((first) => [first, digits.map((second) => first + second)]));
const empty = "";

/** The paths under one that is no leaf. */
export function childrenOf(path: string): readonly string[] {
  return leafPaths.get(path) ?? digits;
}

/** A leaf, and the paths that lead to it. */
function wayTo(leaf: string): readonly string[] {
  return ["", leaf.slice(0, 1), leaf];
}

/** The tree over `held`; what has not changed since is not digested again. */
export function createMerkle(
  held: ReadonlyMap<string, Versions>,
  isShared: (key: string, peer: SiteId) => boolean,
): Merkle {
  const leaves = new Map<string, Set<string>>();
  /** Paths under which there has been a key; the others need no looking into. */
  const taken = new Set<string>();
  const digests = new Map<SiteId, Map<string, string>>();

  function leaf(peer: SiteId, path: string): readonly Version[] {
    return [...(leaves.get(path) ?? [])]
      .sort()
      .flatMap((key) => (isShared(key, peer) ? (held.get(key) ?? none) : none));
  }

  function compute(peer: SiteId, path: string): string {
    if (path.length === 2) {
      const versions = leaf(peer, path);
      return versions.length === 0 ? empty : digestOf(versions.map(({ opId }) => opId).join(" "));
    }
    const below = childrenOf(path).map((child) => digest(peer, child));
    return below.every((each) => each === empty) ? empty : digestOf(below.join(" "));
  }

  function digest(peer: SiteId, path: string): string {
    if (!taken.has(path)) return empty;
    const known = digests.get(peer) ?? new Map<string, string>();
    digests.set(peer, known);
    const value = known.get(path) ?? compute(peer, path);
    known.set(path, value);
    return value;
  }

  return {
    touch(key) {
      const path = digestOf(key).slice(0, 2);
      const keys = leaves.get(path) ?? new Set();
      leaves.set(path, keys);
      if (held.has(key)) keys.add(key);
      else keys.delete(key);
      for (const stale of wayTo(path)) {
        taken.add(stale);
        for (const known of digests.values()) known.delete(stale);
      }
    },
    reset: () => digests.clear(),
    digest,
    leaf,
  };
}
