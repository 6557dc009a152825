import type { SiteId } from "../../protocol/ids";
import type { SiteMessageOf } from "../../protocol/site/message";
import type { Version } from "../../protocol/site/quorum";
import { send, whenDurable } from "../site";
import type { Hints } from "./hints";
import type { Post } from "./post";
import type { Reach } from "./reach";
import { drop, isOwner, ownersIn, type Quorum, take } from "./state";
import { isGrave, isTombstone } from "./version";

/** How long deletions are remembered. */
export type Tombstones = {
  /** True for one that is past its time, so that it is taken in no more where it would change nothing. */
  readonly isExpired: (version: Version) => boolean;
  /** Forgets what is past its time (`tombstoneMs`), or takes it to whoever lacks it (`stable`). */
  readonly sweep: () => void;
  readonly onBury: (from: SiteId, message: SiteMessageOf<"quorum-bury">) => void;
  readonly onForget: (message: SiteMessageOf<"quorum-forget">) => void;
};

/** Tombstones that one sweep takes round; the next goes on. */
const atOnce = 64;

/** The tombstones of what is held here. */
export function createTombstones(state: Quorum, post: Post, hints: Hints, reach: Reach): Tombstones {
  const { site, held } = state;
  /** By tombstone: who has confirmed it, where this site is the first of its owners. */
  const confirmed = new Map<string, Set<SiteId>>();
  const graceMs = () => site.view?.cluster.repair.tombstoneMs ?? "stable";

  /** As in Cassandra the age is reckoned from the deletion's own stamp, so a clock that is ahead forgets early. */
  function isExpired(version: Version): boolean {
    const grace = graceMs();
    return typeof grace === "number" && isTombstone(version) && site.now.wall - version.stamp >= grace;
  }

  /** Takes a tombstone to everybody; once all members have it, nobody can bring the key back. */
  function takeRound(version: Version): void {
    const has = confirmed.get(version.opId) ?? new Set([site.identity.site]);
    confirmed.set(version.opId, has);
    const members = site.view?.members ?? [];
    const lacking = members.filter((member) => !has.has(member));
    for (const member of lacking) if (reach.isUp(member)) post.bury(member, version, (by) => has.add(by));
    if (lacking.length > 0) return;
    confirmed.delete(version.opId);
    const { generation } = site;
    const { key, opId } = version;
    for (const member of members) {
      if (member !== site.identity.site)
        send(site, member, { type: "quorum-forget", generation, key, opId }, "stream");
    }
    drop(state, version);
  }

  return {
    isExpired,
    sweep() {
      const graves = [...held.values()].filter(isGrave).flat();
      if (graceMs() === "keep") return;
      if (graceMs() !== "stable") {
        for (const version of graves) if (isExpired(version)) drop(state, version);
        return;
      }
      const present = new Set<string>(graves.map(({ opId }) => opId));
      for (const opId of confirmed.keys()) if (!present.has(opId)) confirmed.delete(opId);
      const mine = graves.filter(({ key }) => ownersIn(state, key)[0] === site.identity.site);
      for (const version of mine.slice(0, atOnce)) takeRound(version);
    },
    onBury(from, { request, version }) {
      if (isOwner(state, version.key)) take(state, version, "repair");
      hints.bury(version);
      const { generation } = site;
      whenDurable(site, () => send(site, from, { type: "quorum-written", generation, request }, "stream"));
    },
    onForget({ key, opId }) {
      const version = held.get(key)?.find((each) => each.opId === opId);
      if (version !== undefined && isTombstone(version)) drop(state, version);
    },
  };
}
