import { covers, mergeVectors } from "../clock/vector";
import type { OpId, SiteId } from "../protocol/ids";
import { createRing } from "../protocol/ring";
import type { Copy, SiteMessage, SiteMessageOf } from "../protocol/site/message";
import type { QuorumJournal, Version } from "../protocol/site/quorum";
import { typedValueSchema } from "../protocol/site/replicated-op";
import { cityOf, listOf } from "../protocol/words";
import { notReceived, notSettled, versionsIn } from "./discard";
import type { Mode, ModeSnapshot, Portable } from "./mode";
import { type AntiEntropy, createAntiEntropy } from "./quorum/anti-entropy";
import type { Coordinator } from "./quorum/circle";
import { coordinate } from "./quorum/coordinating";
import { createHints } from "./quorum/hints";
import { createPost } from "./quorum/post";
import { quotaOf } from "./quorum/quota";
import { createReach } from "./quorum/reach";
import {
  createQuorumState,
  hold,
  isFull,
  isOwner,
  ownersIn,
  type Quorum,
  ruleOf,
  streamIn,
  take,
  versionsHere,
} from "./quorum/state";
import { createTombstones, type Tombstones } from "./quorum/tombstones";
import { contentOf, isGrave, join, none, presentIn, shownOf, type Versions, wholeOf } from "./quorum/version";
import { createWaits } from "./quorum/waits";
import { note, type Site, send, setTimer, whenDurable } from "./site";
import type { DiscardedWrite, JournalRecord } from "./types";

/** The mode's working parts. */
type Parts = Coordinator & {
  readonly site: Site;
  readonly antiEntropy: AntiEntropy;
  readonly tombstones: Tombstones;
};

/** The stamp of what was there before the cluster was leaderless: any write wins over it. */
const beginning = -(2 ** 52);

/**
 * Leaderless (SPEC.md, E160 to E189; Dynamo, Cassandra, Riak): any site coordinates its clients' requests,
 * each key lives at `n` sites, a write is acknowledged by `w` of them and a read answered by `r`.
 */
export function createQuorum(site: Site): Mode {
  const state = createQuorumState(site);
  const [post, reach] = [createPost(site), createReach(site)];
  const hints = createHints(state, post, reach);
  const parts: Parts = {
    ...{ site, state, post, reach, hints, waits: createWaits(site) },
    antiEntropy: createAntiEntropy(state),
    tombstones: createTombstones(state, post, hints, reach),
  };
  /** The life that the journal names must be known before anything else of it is read. */
  const replayed: JournalRecord[] = [];

  return {
    kind: "quorum",
    onRequest: (request) => coordinate(parts, request),
    onMessage: (from, message) => onMessage(parts, from, message),
    onLink: reach.onLink,
    onTimer: (id) => onTimer(parts, id),
    onView: () => onView(parts),
    onRecorded() {},
    replay: (record) => replayed.push(record),
    recovered: () => recover(parts, replayed.splice(0)),
    copy: () => copyOf(state),
    install: (copy) => install(state, copy),
    portable: () => ({ keys: keysOf(state), shadow: site.shadow, lost: lostBeside(state) }),
    adopt: (data) => adopt(state, data),
    journal: () => journalOf(parts),
    standing: () => ({ role: "primary", reason: "Every site coordinates requests in this mode." }),
    beatFields: () => ({ position: positionOf(site), seenDigest: state.shown.digest(), syncSet: [] }),
    position: () => positionOf(site),
    end: () => null,
    lostTo: (copy) => lostTo(state, copy),
    snapshot: () => snapshotOf(parts),
    dataDigest: () => state.shown.digest(),
  };
}

function onMessage(parts: Parts, from: SiteId, message: SiteMessage): void {
  const { site, reach, post, antiEntropy, tombstones } = parts;
  if (!("generation" in message) || message.generation !== site.generation) return;
  reach.hear(from);
  switch (message.type) {
    case "quorum-write":
      onWrite(parts, from, message);
      return;
    case "quorum-written":
      post.onWritten(from, message);
      return;
    case "quorum-read":
      onRead(parts, from, message);
      return;
    case "quorum-value":
      post.onValue(from, message);
      return;
    case "quorum-tree":
      antiEntropy.onTree(from, message);
      return;
    case "quorum-leaf":
      antiEntropy.onLeaf(from, message);
      return;
    case "quorum-want":
      antiEntropy.onWant(from, message);
      return;
    case "quorum-bury":
      tombstones.onBury(from, message);
      return;
    case "quorum-forget":
      tombstones.onForget(message);
      return;
    default:
      // A ping has been heard; messages of other modes that are still under way mean nothing here.
      return;
  }
}

/** Keeps versions, as an owner or for one, and says so once they are on this disk. */
function onWrite(parts: Parts, from: SiteId, message: SiteMessageOf<"quorum-write">): void {
  const { site, state, hints, tombstones } = parts;
  const { request, owed, versions, generation } = message;
  // What does not fit is not confirmed: whoever sent it still owes it.
  if (versions.some(({ key }) => isFull(state, key))) return;
  for (const version of versions) {
    if (isForged(state, version))
      note(site, `Refused ${version.opId} from ${cityOf(from)}: it is written in the name of this site.`);
    else if (owed !== null && !isOwner(state, version.key)) hints.host(version, [owed], "apply");
    else if (!isOwner(state, version.key)) hints.host(version, ownersIn(state, version.key), "repair");
    // A tombstone that everybody is about to forget is not taken in anew.
    else if (state.held.has(version.key) || !tombstones.isExpired(version))
      take(state, version, request === null ? "repair" : "apply");
  }
  if (request === null) return;
  whenDurable(site, () => send(site, from, { type: "quorum-written", generation, request }, "stream"));
}

/** Nobody else can know a write of this life of this site that it does not know itself. */
function isForged(state: Quorum, { stream, shadow }: Version): boolean {
  return stream === streamIn(state) && (shadow[stream] ?? 0) > (state.site.shadow[stream] ?? 0);
}

function onRead({ site, state }: Parts, from: SiteId, message: SiteMessageOf<"quorum-read">): void {
  const { key, request, generation } = message;
  const versions = [...versionsHere(state, key)];
  // What a crash here could still take back is not shown to anybody.
  whenDurable(site, () =>
    send(site, from, { type: "quorum-value", generation, request, versions }, "stream"),
  );
}

function onTimer(parts: Parts, id: "resend" | "anti-entropy" | "apply" | "election"): void {
  const { site, reach, post, hints, waits, antiEntropy, tombstones } = parts;
  if (id === "resend") {
    reach.tick();
    hints.tick();
    waits.tick();
    post.tick();
  }
  if (id !== "anti-entropy" || site.view === null) return;
  tombstones.sweep();
  antiEntropy.askAll();
  setTimer(site, "anti-entropy", site.view.cluster.repair.antiEntropyMs);
}

/** Members or owners may have changed: what no longer belongs here is handed over, what does is taken in. */
function onView(parts: Parts): void {
  const { site, state, hints } = parts;
  if (site.view === null) return;
  state.rule = ruleOf(site.view);
  state.ring = createRing(site.view.members);
  state.merkle.reset();
  for (const [key, versions] of [...state.held]) {
    if (isOwner(state, key)) continue;
    hold(state, key, none);
    for (const version of versions) hints.host(version, ownersIn(state, key), "repair");
  }
  for (const [key, versions] of [...state.guests]) {
    if (!isOwner(state, key)) continue;
    state.guests.delete(key);
    for (const version of versions) take(state, version, "repair");
  }
  onTimer(parts, "anti-entropy");
}

function recover({ state, hints }: Parts, records: readonly JournalRecord[]): void {
  state.rule = ruleOf(state.site.view);
  for (const record of records) {
    if (record.type === "copy") install(state, record.copy);
    if (record.type === "quorum") replay({ state, hints }, record.record);
  }
}

function replay({ state, hints }: Pick<Parts, "state" | "hints">, record: QuorumJournal): void {
  if (record.kind === "life") {
    state.life = record.incarnation;
    return;
  }
  const key = record.kind === "forget" ? record.key : record.version.key;
  if (record.kind === "forget") {
    const isOther = ({ opId }: Version) => opId !== record.opId;
    hold(state, key, (state.held.get(key) ?? none).filter(isOther));
    const guests = (state.guests.get(key) ?? none).filter(isOther);
    if (guests.length === 0) state.guests.delete(key);
    else state.guests.set(key, guests);
    return;
  }
  const { version, guest, owed } = record;
  // Also of what a newer version has replaced since: none of this site's numbers and stamps is used twice.
  state.site.shadow = mergeVectors(state.site.shadow, version.shadow);
  if (version.site === state.site.identity.site) state.lastStamp = Math.max(state.lastStamp, version.stamp);
  if (guest) {
    hold(state, key, none);
    state.guests.set(key, join(state.rule, state.guests.get(key) ?? none, [version]));
  } else {
    state.guests.delete(key);
    restore(state, version);
  }
  for (const to of owed) hints.owe(to, version, guest);
}

/** Brings a version back that was on this disk, or in a copy: nothing of it is news to a trace. */
function restore(state: Quorum, version: Version): void {
  const before = state.held.get(version.key) ?? none;
  const after = join(state.rule, before, [version]);
  if (after === before) return;
  hold(state, version.key, after);
  if (version.site === state.site.identity.site) state.lastStamp = Math.max(state.lastStamp, version.stamp);
}

function copyOf({ site, held, guests }: Quorum): Copy {
  return {
    kind: "quorum",
    versions: [...held.values(), ...guests.values()].flat(),
    shadow: site.shadow,
  };
}

function install(state: Quorum, copy: Copy): void {
  if (copy.kind !== "quorum") return;
  for (const version of copy.versions) restore(state, version);
  state.site.shadow = mergeVectors(state.site.shadow, copy.shadow);
}

function keysOf({ held, guests, rule }: Quorum): Portable["keys"] {
  return [...held, ...guests].flatMap(([key, versions]) => {
    const { version } = shownOf(versions);
    const chosen = versions.find(({ opId }) => opId === version);
    if (chosen === undefined) return [];
    const { type = null, value = null } = (rule === "lww" ? wholeOf(versions) : contentOf(chosen)) ?? {};
    return [{ key, type, value, version: chosen.opId }];
  });
}

/** What there was before is older than any write. */
function adopt(state: Quorum, { keys, shadow }: Parameters<Mode["adopt"]>[0]): void {
  const { site } = state;
  for (const { key, type, value, version } of keys) {
    const typed = type === null ? null : typedValueSchema.safeParse({ type, value });
    if (typed?.success === false) continue;
    restore(state, {
      ...{ key, opId: version as OpId, op: null, value: typed?.data ?? null, stamp: beginning },
      ...{ site: site.identity.site, stream: streamIn(state), shadow: {} },
    });
  }
  site.shadow = mergeVectors(site.shadow, shadow);
}

function journalOf({ site, state, hints }: Parts): readonly JournalRecord[] {
  const { held, guests } = state;
  const debts = hints.debts();
  const records: QuorumJournal[] = [{ kind: "life", incarnation: state.life }];
  for (const [key, owed] of debts) {
    const guest = guests.has(key) && !held.has(key);
    for (const version of versionsHere(state, key))
      records.push({ kind: "version", version, guest, owed: owed.slice() });
  }
  const copy: Copy = { kind: "quorum", versions: [...held.values()].flat(), shadow: site.shadow };
  return [
    { type: "copy", copy, generation: site.generation },
    ...records.map((record) => ({ type: "quorum", record }) as const),
  ];
}

/** How much has been seen here. There is no log that this could be a place in. */
function positionOf(site: Site) {
  const lsn = Object.values(site.shadow).reduce((sum, n) => sum + n, 0);
  return { epoch: site.leadership.epoch, lsn };
}

/** This site's own writes that a copy about to replace everything does not contain. */
function lostTo(state: Quorum, copy: Copy): readonly DiscardedWrite[] {
  const { held, site } = state;
  const past = copy.kind === "merge" ? copy.past : copy.shadow;
  const isOwn = (version: Version) => version.site === site.identity.site;
  const unreceived = [...held.values()].flat().filter((each) => isOwn(each) && !covers(past, each.shadow));
  const shown = new Set<string>(versionsIn(copy));
  const beside = lostBeside(state, (version) => isOwn(version) && !shown.has(version.opId));
  const told = new Set(unreceived.map(({ opId }) => opId));
  return [...discarded(site, unreceived, notReceived), ...beside.filter(({ opId }) => !told.has(opId))];
}

/** The values held here that have no place in a mode that keeps one of each key. */
function lostBeside(
  { site, held, rule }: Quorum,
  isLost: (version: Version) => boolean = () => true,
): readonly DiscardedWrite[] {
  if (rule === "lww") return [];
  const left = [...held.values()].flatMap((versions) => presentIn(versions).slice(1));
  return discarded(site, left.filter(isLost), notSettled);
}

function discarded(site: Site, versions: Versions, why: string): readonly DiscardedWrite[] {
  const { epoch } = site.leadership;
  return versions.flatMap(({ op, opId, shadow, stream }) =>
    op === null ? [] : [{ opId, op, position: { epoch, lsn: shadow[stream] ?? 0 }, acknowledged: true, why }],
  );
}

function snapshotOf(parts: Parts): ModeSnapshot {
  const { site, state } = parts;
  return {
    lagOps: null,
    syncSet: [],
    keys: state.shown.keys(),
    merges: {},
    receipts: [],
    seen: site.shadow,
    cannotWrite: cannotWrite(parts),
    tombstones: [...state.held.values()].filter(isGrave).length,
    owed: [...parts.hints.debts().values()].reduce((sum, sites) => sum + sites.length, 0),
  };
}

/** Why a write would be refused, where that is the same for every key: everybody owns everything. */
function cannotWrite({ site, reach }: Parts): string | null {
  if (site.view === null) return null;
  const { members, cluster } = site.view;
  if (cluster.quorum.n < members.length) return null;
  const up = members.filter(reach.isUp);
  const needed = quotaOf(site.view, site.identity.site, members, cluster.quorum.w);
  if (needed.isMet(up)) return null;
  return `A write needs ${needed.words}, and from here only ${listOf(up.map(cityOf))} can be reached.`;
}
