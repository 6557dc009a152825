import { covers } from "../../clock/vector";
import type { MergeStore } from "../../merge/store";
import type { SiteId } from "../../protocol/ids";
import type { SiteMessage, SiteMessageOf } from "../../protocol/site/message";
import { peersOf, type Site, send, whenDurable } from "../site";
import { batchesOf, opsOf } from "./batch";
import { dataDigestOf, type Forgetting } from "./forgetting";
import type { Held } from "./held";
import type { Offset } from "./offset";

/** Anti-entropy: sites tell each other what they have seen and send each other what is missing. */
export type Repair = {
  /** Tells a peer what has been seen here; it answers with what is missing. Not more often than `askEveryMs`. */
  readonly ask: (peer: SiteId) => void;
  /** The same, however recently it was told. */
  readonly tell: (peer: SiteId) => void;
  /** Tells every peer, however recently each was told. */
  readonly askAll: () => void;
  readonly onDigest: (from: SiteId, message: SiteMessageOf<"digest">) => void;
};

/** A burst of reordered datagrams asks once; an answer is on its way for at least this long. */
const askEveryMs = 100;
/** A copy is large: a peer gets one at most this often, and the next digest asks for what it still lacks. */
const copyEveryMs = 2_000;

/** Anti-entropy of `held`. Other sites' writes are sent on too, so a cut with a way round it heals by gossip. */
export function createRepair(site: Site, held: Held, offset: Offset, forgetting: Forgetting): Repair {
  const askedMono = new Map<SiteId, number>();
  const copiedMono = new Map<SiteId, number>();

  /** True at most once per `everyMs` for each peer. */
  function isDue(last: Map<SiteId, number>, peer: SiteId, everyMs: number): boolean {
    if (site.now.mono - (last.get(peer) ?? Number.NEGATIVE_INFINITY) < everyMs) return false;
    last.set(peer, site.now.mono);
    return true;
  }

  /** What a crash could still take back nobody hears of: its number would name another write afterwards. */
  function sendDurable(peer: SiteId, message: SiteMessage, lane: "replication" | "stream"): void {
    whenDurable(site, () => send(site, peer, message, lane));
  }

  function tell(peer: SiteId): void {
    askedMono.set(peer, site.now.mono);
    const { generation } = site;
    sendDurable(
      peer,
      {
        type: "digest",
        generation,
        seen: held.store.seen(),
        hlc: held.store.hlc(),
        wallMs: site.now.wall,
        stream: held.store.stream,
        ...forgetting.tells(),
      },
      "replication",
    );
  }

  function giveCopy(peer: SiteId): void {
    if (!isDue(copiedMono, peer, copyEveryMs)) return;
    const { generation, leadership } = site;
    const copy = held.store.copy();
    sendDurable(peer, { type: "copy", epoch: leadership.epoch, generation, copy }, "stream");
  }

  function answer(peer: SiteId, missing: ReturnType<MergeStore["missingFor"]>): void {
    const { generation } = site;
    if (missing === "copy") {
      giveCopy(peer);
      return;
    }
    for (const batch of batchesOf(missing)) {
      sendDurable(peer, { type: "ops", generation, ops: opsOf(batch) }, "stream");
    }
  }

  function ask(peer: SiteId): void {
    if (isDue(askedMono, peer, askEveryMs)) tell(peer);
  }

  return {
    ask,
    tell,
    askAll() {
      for (const peer of peersOf(site)) tell(peer);
    },
    onDigest(from, message) {
      const { seen, wallMs, stream, stampsFrom, isNew, data } = message;
      held.told.set(from, {
        stream: stream ?? from,
        seen,
        stampsFrom: stampsFrom ?? null,
        isNew: isNew === true,
      });
      if (wallMs !== undefined) offset.compare(from, wallMs);
      forgetting.onDigest(message);
      answer(from, held.store.missingFor(seen));
      const ours = held.store.seen();
      if (isNew === true || !covers(ours, seen)) ask(from);
      // The same writes, and yet not the same data: one has forgotten a deletion that the other never saw.
      else if (data !== undefined && covers(seen, ours) && data !== dataDigestOf(held)) giveCopy(from);
    },
  };
}
