import type { Receipt } from "../merge/receipts";
import { createMergeStore, type MergeStore } from "../merge/store";
import { actorOf, streamOf } from "../merge/write";
import type { Cluster } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { ReplicatedOp } from "../protocol/site/replicated-op";
import type { Arrival } from "./outcomes";

/** The sites of a replay: a store of every merge rule each, and the writes that were made at them. */
export type ReplaySites = {
  /** The pod has this site; its place among all decides its Yjs client id. */
  readonly enter: (site: SiteId) => void;
  /** A site's store; where a write names a stream that began after a lost disk, the one that began with it. */
  readonly at: (site: SiteId, write?: Arrival) => MergeStore;
  /** The stream in which a site writes now. */
  readonly streamOf: (site: SiteId) => string;
  readonly isMade: (name: string) => boolean;
  /** Remembers what a store has accepted under the name that the trace has for it. */
  readonly keep: (name: string, op: ReplicatedOp) => void;
  /** Gives a store a write, and what comes before it in its own stream. */
  readonly bring: (store: MergeStore, name: string | null) => void;
  /** A store has taken a write in, or made one: its receipts are kept, whatever the store forgets. */
  readonly noteReceipts: (store: MergeStore) => void;
  /** Gives a store everything: of those of a pod the first will do, since in the end all hold the same. */
  readonly gather: () => { readonly store: MergeStore | null; readonly receipts: readonly Receipt[] };
};

/** Sites without data. */
export function createReplaySites({ lww, app }: Pick<Cluster, "lww" | "app">): ReplaySites {
  const places: SiteId[] = [];
  const stores = new Map<SiteId, MergeStore>();
  const made = new Map<string, ReplicatedOp>();
  const streams = new Map<string, ReplicatedOp[]>();
  /** Of the first store, the latest of each write under each rule. */
  const receipts = new Map<string, Receipt>();

  function enter(site: SiteId): void {
    if (!places.includes(site)) places.push(site);
  }

  function open(site: SiteId, stream: string): MergeStore {
    enter(site);
    const life = Number(/#(\d+)$/.exec(stream)?.[1] ?? 1);
    const store = createMergeStore(site, actorOf(places.indexOf(site), life), lww);
    store.setAppRules(app.rules);
    stores.set(site, store);
    return store;
  }

  function bringUpTo(store: MergeStore, stream: string, n: number): void {
    const have = store.seen()[stream] ?? 0;
    for (const op of (streams.get(stream) ?? []).slice(have, n)) {
      store.apply(op, op.wallMs);
      noteReceipts(store);
    }
  }

  function firstStore(): MergeStore | null {
    const [first = null] = stores.values();
    return first;
  }

  function noteReceipts(store: MergeStore): void {
    if (store !== firstStore()) return;
    const news: Receipt[] = [];
    for (const receipt of store.receipts()) {
      if (receipts.get(nameOf(receipt)) === receipt) break;
      news.push(receipt);
    }
    for (const receipt of news.reverse()) {
      receipts.delete(nameOf(receipt));
      receipts.set(nameOf(receipt), receipt);
    }
    for (const oldest of receipts.keys()) {
      if (receipts.size <= limits.receiptsReported) return;
      receipts.delete(oldest);
    }
  }

  return {
    enter,
    at(site, write) {
      const known = stores.get(site);
      const stream = write?.stream ?? known?.stream ?? site;
      if (known?.stream === stream) return known;
      const store = open(site, stream);
      // It was filled from copies, of which a trace says nothing, before it wrote again.
      for (const [each, n] of Object.entries(write?.shadow ?? {})) bringUpTo(store, each, n);
      return store;
    },
    streamOf: (site) => stores.get(site)?.stream ?? site,
    isMade: (name) => made.has(name),
    keep(name, op) {
      const stream = streamOf(op.origin, op.actor);
      made.set(name, op);
      const before = streams.get(stream);
      if (before === undefined) streams.set(stream, [op]);
      else before.push(op);
    },
    bring(store, name) {
      const op = name === null ? undefined : made.get(name);
      if (op !== undefined) bringUpTo(store, streamOf(op.origin, op.actor), op.seq);
    },
    noteReceipts,
    gather() {
      const store = firstStore();
      if (store !== null) for (const [stream, { length }] of streams) bringUpTo(store, stream, length);
      return { store, receipts: [...receipts.values()] };
    },
  };
}

function nameOf({ merge, op }: Receipt): string {
  return `${merge} ${op}`;
}
