import { mergeVectors } from "../../clock/vector";
import { createRuleView, type RuleView } from "../../merge/rule-view";
import { actorOf, streamOf } from "../../merge/write";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import { argOf } from "../../protocol/operation";
import { createRing, ownersOf, type Ring } from "../../protocol/ring";
import type { QuorumJournal, Version } from "../../protocol/site/quorum";
import type { View } from "../../protocol/view";
import { note, persist, record, type Site } from "../site";
import { createMerkle, type Merkle } from "./merkle";
import { isGrave, join, metIn, none, presentIn, type QuorumRule, shownOf, type Versions } from "./version";

/** What one site of a leaderless cluster holds. Only the functions of this folder change it. */
export type Quorum = {
  readonly site: Site;
  /** The incarnation in which this disk was new. */
  life: number;
  /** Which versions of a key are held; the same for as long as the data is. */
  rule: QuorumRule;
  /** What this site holds of each key that it owns, tombstones included. */
  readonly held: Map<string, Versions>;
  /** Versions kept for others: of keys that this site does not own. */
  readonly guests: Map<string, Versions>;
  /** Observer-only: the versions of a key heard of here, so that a trace can say what a write replaced. Bounded. */
  readonly known: Map<string, Versions>;
  readonly shown: RuleView;
  readonly merkle: Merkle;
  ring: Ring;
  /** The last stamp given here: one coordinator never gives a later write an earlier one. */
  lastStamp: number;
};

const knownAtMost = 2000;

/** A site without data. */
export function createQuorumState(site: Site): Quorum {
  const held = new Map<string, Versions>();
  const shown = createRuleView((key) => shownOf(held.get(key) ?? none));
  const state: Quorum = {
    site,
    life: site.identity.incarnation,
    rule: ruleOf(site.view),
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

/** The rule of a view: `lww` where it names none that quorums know. */
export function ruleOf(view: View | null): QuorumRule {
  return view?.cluster.merge === "siblings" ? "siblings" : "lww";
}

/** The sites that hold a key now. */
export function ownersIn({ site, ring }: Pick<Quorum, "site" | "ring">, key: string): readonly SiteId[] {
  return site.view === null ? [] : ownersOf(site.view, ring, key);
}

/** What is here of a key, as an owner or for one. */
export function versionsHere({ held, guests }: Quorum, key: string): Versions {
  return held.get(key) ?? guests.get(key) ?? none;
}

/** True where this site holds the key. */
export function isOwner(state: Quorum, key: string): boolean {
  return ownersIn(state, key).includes(state.site.identity.site);
}

/** True where a key is new to this site, and it holds, or keeps for others, as many as it may. */
export function isFull(state: Quorum, key: string): boolean {
  const { held, guests } = state;
  const most = limits.keysPerSite * limits.sitesPerPod;
  if (held.size < most && guests.size < most) return false;
  return !held.has(key) && !guests.has(key) && (isOwner(state, key) ? held : guests).size >= most;
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
  const heard = join(state.rule, known.get(version.key) ?? none, [version]);
  known.delete(version.key);
  known.set(version.key, heard);
  const [oldest] = known.keys();
  if (known.size > knownAtMost && oldest !== undefined) known.delete(oldest);
}

/**
 * How a version came: written by a client here (`append`), sent by its coordinator (`apply`), or brought by
 * a repair, where only news is worth a line in the trace.
 */
export type Way = "append" | "apply" | "repair";

/** Brings a version of an owned key in. True when it is news here. */
export function take(state: Quorum, version: Version, way: Way): boolean {
  const { held, known, rule } = state;
  const { key } = version;
  const before = held.get(key) ?? none;
  const isNoRoom = before === none && isFull(state, key);
  const after = isNoRoom ? before : join(rule, before, [version]);
  const isNews = after !== before;
  const met = metBy(state, before, known.get(key) ?? none, version, way);
  if (isNews) {
    hold(state, key, after);
    keep(state, { kind: "version", version, guest: false, owed: [] });
    warnOfSiblings(state, key, before, after);
  }
  learn(state, version);
  const isRepeat = before.some(({ opId }) => opId === version.opId);
  if (isNews || (way !== "repair" && !isRepeat && !isNoRoom)) trace(state, version, way, met, before, after);
  return isNews;
}

/** Replaces what is held of an owned key. */
export function hold(state: Quorum, key: string, versions: Versions): void {
  if (versions.length === 0) state.held.delete(key);
  else state.held.set(key, versions);
  state.shown.touch(key);
  state.merkle.touch(key);
}

/** Drops a version of an owned key: it is a tombstone that has been remembered for long enough. */
export function drop(state: Quorum, { key, opId }: Version): void {
  const before = state.held.get(key) ?? none;
  const after = before.filter((version) => version.opId !== opId);
  if (after.length === before.length) return;
  hold(state, key, after);
  keep(state, { kind: "forget", key, opId });
}

/** True where this version would leave more values unread beside it than a key may hold. */
export function hasTooMany(state: Quorum, version: Version): boolean {
  const { rule } = state;
  const after = rule === "lww" ? none : join(rule, versionsHere(state, version.key), [version]);
  return presentIn(after).length > limits.siblingsMost;
}

function warnOfSiblings({ site, rule }: Quorum, key: string, before: Versions, after: Versions): void {
  if (rule === "siblings" && before.length < limits.siblingsWarn && after.length >= limits.siblingsWarn)
    note(
      site,
      `The key "${key}" now holds ${after.length} values side by side, and nobody has settled them.`,
    );
}

/**
 * The version that a new one met here. Its author has read what is newest, so that is what it replaces, and
 * not an older copy that its own disk may have; and a key that comes back meets the deletion that was forgotten.
 */
function metBy(
  { rule }: Quorum,
  before: Versions,
  known: Versions,
  version: Version,
  way: Way,
): string | null {
  const shown = metIn(before, version);
  if (way !== "append") return shown ?? (isGrave(known) ? shownOf(known).version : null);
  const heard = join(rule, before, known);
  const after = heard.length > 0 ? join(rule, heard, [version]) : none;
  // Among siblings the newest is at the top; a field has a top of its own.
  const top = version.field === undefined ? after[0]?.opId : metIn(after, version);
  return top === version.opId ? metIn(heard, version) : shown;
}

/** A version of a key that this site does not own is kept here for others: the trace says where it is. */
export function traceGuest(state: Quorum, version: Version, before: Versions, way: Way): void {
  const met = metBy(state, before, state.known.get(version.key) ?? none, version, way);
  learn(state, version);
  trace(state, version, way, met, before, join(state.rule, before, [version]));
}

function trace(
  { site, rule }: Quorum,
  version: Version,
  way: Way,
  over: string | null,
  before: Versions,
  after: Versions,
): void {
  const { key, opId, op, stamp, stream, shadow, context } = version;
  // What comes from before this mode was traced when it was written.
  if (op === null) return;
  const { epoch } = site.leadership;
  const shows = metIn(after, version);
  const [{ beside: were }, { beside }] = [shownOf(before), shownOf(after)];
  record(site, {
    kind: way === "append" ? "append" : "apply",
    ...{ op: opId, key, shadow, epoch, wallMs: stamp },
    position: { epoch, lsn: shadow[stream] ?? 0 },
    ...(rule === "siblings" && { stream, read: context ?? {} }),
    f: op.f,
    arg: argOf(op),
    ...{ over, shows },
    ...(beside !== undefined && { beside: [...beside] }),
    ...(way === "append" && were !== undefined && beside === undefined && { settled: [...were] }),
  });
}
