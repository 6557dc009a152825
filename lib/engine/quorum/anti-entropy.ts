import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import type { SiteMessageOf } from "../../protocol/site/message";
import type { Version } from "../../protocol/site/quorum";
import { batch } from "../batch";
import { peersOf, send, whenDurable } from "../site";
import { childrenOf } from "./merkle";
import type { Quorum } from "./state";
import { none } from "./version";

/** Comparing notes with the other sites, by the digests of a Merkle tree (Dynamo, section 4.7). */
export type AntiEntropy = {
  /** Tells every peer the digest of everything shared with it; one that agrees stays silent. */
  readonly askAll: () => void;
  readonly onTree: (from: SiteId, message: SiteMessageOf<"quorum-tree">) => void;
  readonly onLeaf: (from: SiteId, message: SiteMessageOf<"quorum-leaf">) => void;
  readonly onWant: (from: SiteId, message: SiteMessageOf<"quorum-want">) => void;
};

/** Anti-entropy over the keys held here. It keeps no state: a lost message is made up for by the next round. */
export function createAntiEntropy({ site, merkle, held }: Quorum): AntiEntropy {
  function tell(peer: SiteId, paths: readonly string[]): void {
    const nodes = paths.map((path): [string, string] => [path, merkle.digest(peer, path)]);
    const { generation } = site;
    send(site, peer, { type: "quorum-tree", generation, nodes }, "replication");
  }

  function tellLeaf(peer: SiteId, path: string): void {
    const entries = merkle
      .leaf(peer, path)
      .slice(0, limits.keysPerSite)
      .map(({ key, opId }): [string, Version["opId"]] => [key, opId]);
    send(site, peer, { type: "quorum-leaf", generation: site.generation, path, entries }, "stream");
  }

  function bring(peer: SiteId, versions: readonly Version[]): void {
    const { generation } = site;
    for (let rest = versions; rest.length > 0; ) {
      const part = batch(rest.slice(0, limits.entriesPerMessage)).slice();
      rest = rest.slice(part.length);
      const message = {
        type: "quorum-write",
        generation,
        request: null,
        owed: null,
        versions: part,
      } as const;
      whenDurable(site, () => send(site, peer, message, "stream"));
    }
  }

  return {
    askAll() {
      for (const peer of peersOf(site)) tell(peer, [""]);
    },
    onTree(from, { nodes }) {
      const differing = nodes.filter(([path, digest]) => merkle.digest(from, path) !== digest);
      const below = differing.flatMap(([path]) => (path.length < 2 ? childrenOf(path) : []));
      for (let i = 0; i < below.length; i += 256) tell(from, below.slice(i, i + 256));
      for (const [path] of differing) if (path.length === 2) tellLeaf(from, path);
    },
    onLeaf(from, { path, entries }) {
      const theirs = new Set<string>(entries.map(([, opId]) => opId));
      const differing = merkle.leaf(from, path).filter(({ opId }) => !theirs.has(opId));
      const isHere = (key: string, id: string) => held.get(key)?.some(({ opId }) => opId === id) === true;
      const lacking = entries.filter(([key, opId]) => !isHere(key, opId));
      const keys = [...new Set(lacking.map(([key]) => key))];
      bring(from, differing.toReversed());
      if (keys.length > 0)
        send(site, from, { type: "quorum-want", generation: site.generation, keys }, "stream");
    },
    onWant(from, { keys }) {
      bring(
        from,
        keys.flatMap((key) => (held.get(key) ?? none).toReversed()),
      );
    },
  };
}
