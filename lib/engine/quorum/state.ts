import { mergeVectors } from "../../clock/vector";
import { createRuleView, type RuleView } from "../../merge/rule-view";
import { actorOf, streamOf } from "../../merge/write";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { argOf } from "../../protocol/operation";
import { createRing, ownersOf, type Ring } from "../../protocol/ring";
import type { QuorumJournal, Version } from "../../protocol/site/quorum";
import { persist, record, type Site } from "../site";
import { createMerkle, type Merkle } from "./merkle";
import { compareVersions, contentOf, isTombstone, newestOf } from "./version";

/** What one site of a leaderless cluster holds. Only the functions of this folder change it. */
export type Quorum = {
  readonly site: Site;
  /** The incarnation in which this disk was new. */
  life: number;
  /** The newest version of each key that this site owns, tombstones included. */
  readonly held: Map<string, Version>;
  /** Versions kept for others: of keys that this site does not own. */
  readonly guests: Map<string, Version>;
  /** Observer-only: the newest version of a key heard of here, so that a trace can say what a write replaced. Bounded. */
  readonly known: Map<string, Version>;
  readonly shown: RuleView;
  readonly merkle: Merkle;
  ring: Ring;
  /** The last stamp given here: one coordinator never gives a later write an earlier one. */
  lastStamp: number;
};

const knownAtMost = 2000;

/** A site without data. */
export function createQuorumState(site: Site): Quorum {
  const held = new Map<string, Version>();
  const shown = createRuleView((key) => {
    const version = held.get(key) ?? null;
    return { ...(contentOf(version) ?? { value: null, type: null }), version: version?.opId ?? null };
  });
  const state: Quorum = {
    site,
    life: site.identity.incarnation,
    held,
    guests: new Map(),
    known: new Map(),
    shown,
    merkle: createMerkle(held, (key, peer) => ownersIn(state, key).includes(peer)),
    ring: createRing(site.view?.members ?? []),
    lastStamp: Number.NEGATIVE_INFINITY,
  };
  return state;
}

/** The sites that hold a key now. */
export function ownersIn({ site, ring }: Pick<Quorum, "site" | "ring">, key: string): readonly SiteId[] {
  return site.view === null ? [] : ownersOf(site.view, ring, key);
}

/** True where this site holds the key. */
export function isOwner(state: Quorum, key: string): boolean {
  return ownersIn(state, key).includes(state.site.identity.site);
}

/** The name of this life's stream of writes. */
export function streamIn({ site: { identity }, life }: Quorum): string {
  return streamOf(identity.site, actorOf(identity.index, life));
}

/** Appends to this site's journal. */
export function keep({ site }: Quorum, record: QuorumJournal): void {
  persist(site, [{ type: "quorum", record }]);
}

/** What this site has heard of a key, without holding it: whatever it writes next was written knowing it. */
export function learn(state: Quorum, version: Version): void {
  const { site, known } = state;
  site.shadow = mergeVectors(site.shadow, version.shadow);
  const newest = newestOf([known.get(version.key) ?? null, version]) ?? version;
  known.delete(version.key);
  known.set(version.key, newest);
  const [oldest] = known.keys();
  if (known.size > knownAtMost && oldest !== undefined) known.delete(oldest);
}

/**
 * How a version came: written by a client here (`append`), sent by its coordinator (`apply`), or brought by
 * a repair, where only news is worth a line in the trace.
 */
export type Way = "append" | "apply" | "repair";

/** Brings a version of an owned key in. True when it is the newest here now. */
export function take(state: Quorum, version: Version, way: Way): boolean {
  const { held, shown, merkle, known } = state;
  const { key } = version;
  const before = held.get(key) ?? null;
  const wins = before === null || compareVersions(version, before) > 0;
  const isFull = before === null && held.size >= limits.keysPerSite * limits.sitesPerPod;
  const isNews = wins && !isFull;
  const met = metBy(before, known.get(key) ?? null, version, way);
  if (isNews) {
    held.set(key, version);
    shown.touch(key);
    merkle.touch(key);
    keep(state, { kind: "version", version, guest: false, owed: [] });
  }
  learn(state, version);
  const isRepeat = version.opId === before?.opId;
  if (isNews || (way !== "repair" && !isRepeat && !isFull))
    trace(state, version, way, met, isNews ? version : before);
  return isNews;
}

/** Drops an owned key: its tombstone has been remembered for long enough. */
export function drop(state: Quorum, version: Version): void {
  const { key, opId } = version;
  if (state.held.get(key)?.opId !== opId) return;
  state.held.delete(key);
  state.shown.touch(key);
  state.merkle.touch(key);
  keep(state, { kind: "forget", key, opId });
}

/**
 * The version that a new one met here. Its author has read what is newest, so that is what it replaces, and
 * not an older copy that its own disk may have; and a key that comes back meets the deletion that was forgotten.
 */
function metBy(before: Version | null, known: Version | null, version: Version, way: Way): Version | null {
  if (way === "append") {
    const newest = newestOf([before, known]);
    return newest !== null && compareVersions(version, newest) > 0 ? newest : before;
  }
  return before ?? (known !== null && isTombstone(known) ? known : null);
}

/** A version of a key that this site does not own is kept here for others: the trace says where it is. */
export function traceGuest(state: Quorum, version: Version, before: Version | null, way: Way): void {
  const met = metBy(before, state.known.get(version.key) ?? null, version, way);
  learn(state, version);
  trace(state, version, way, met, newestOf([before, version]));
}

function trace(
  { site }: Quorum,
  { key, opId, op, stamp, stream, shadow }: Version,
  way: Way,
  over: Version | null,
  shows: Version | null,
): void {
  // What comes from before this mode was traced when it was written.
  if (op === null) return;
  const { epoch } = site.leadership;
  record(site, {
    kind: way === "append" ? "append" : "apply",
    ...{ op: opId, key, shadow, epoch, wallMs: stamp },
    position: { epoch, lsn: shadow[stream] ?? 0 },
    f: op.f,
    arg: argOf(op),
    over: over?.opId ?? null,
    shows: shows?.opId ?? null,
  });
}
