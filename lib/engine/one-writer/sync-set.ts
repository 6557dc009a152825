import type { Cluster } from "../../protocol/cluster";
import { hasSyncSet } from "../../protocol/deciders";
import type { SiteId } from "../../protocol/ids";
import { confirmationsNeeded, confirmedByAtLeast } from "../../protocol/quorum";
import { endOf } from "../log/log";
import { peersOf } from "../site";
import { semiConfirmedLsn } from "./semi";
import { reached, stageOf } from "./stage";
import type { OneWriter } from "./state";

/**
 * The sync set (after Patroni's `/sync` key): the standbys that acknowledged writes wait for. The
 * coordinator promotes only from the set it has recorded, so at any moment every acknowledged write must
 * be on enough of its members (`lib/protocol/quorum`): while a change of the set is under way this
 * primary waits for the old and the new set both.
 */
export function isSync({ site }: OneWriter): boolean {
  return site.view !== null && hasSyncSet(site.view.cluster);
}

/** A reign, or a time of synchronous acknowledgement, begins: what is recorded must be heard anew. */
export function beginSync({ site, sync }: OneWriter, fromBeat: number): void {
  sync.recorded = null;
  sync.recordsFrom = fromBeat;
  sync.proposals.clear();
  sync.proposed = [];
  sync.wanted = [];
  sync.aloneSinceMono = site.now.mono;
}

/**
 * Chooses the set this primary would have. `first`: those it has now while they are well, then the first
 * that are; `any`: all that are well, whichever of them answer.
 */
export function chooseSync(writer: OneWriter): void {
  const { site, sync } = writer;
  if (!isSync(writer)) return;
  const { rule, count } = rulesOf(writer);
  const able = peersOf(site).filter((peer) => isAble(writer, peer));
  const kept = sync.wanted.filter((peer) => able.includes(peer));
  const first = [...kept, ...able.filter((peer) => !kept.includes(peer))].slice(0, count);
  const chosen = rule === "any" ? able : first;
  sync.aloneSinceMono = able.length > 0 ? null : (sync.aloneSinceMono ?? site.now.mono);
  const hasChanged = !sameSet(chosen, sync.wanted);
  sync.wanted = chosen;
  if (sync.recorded !== null && (hasChanged || !sameSet(proposal(writer), sync.proposed))) writer.beatNow();
}

/** The set that heartbeat `beat` asks the coordinator to record. */
export function propose(writer: OneWriter, beat: number): readonly SiteId[] {
  const { sync } = writer;
  if (!isSync(writer) || sync.recorded === null) return [];
  const set = proposal(writer);
  sync.proposed = set;
  sync.proposals.set(nameOf(set), { set, lastBeat: beat });
  return set;
}

/** The coordinator has answered heartbeat `beat`: `set` is what it had recorded then. */
export function onRecorded({ sync }: OneWriter, beat: number, set: readonly SiteId[]): void {
  if (beat < sync.recordsFrom) return;
  if (sync.recorded === null) sync.proposed = set;
  sync.recorded = set;
  for (const [name, { lastBeat }] of sync.proposals) if (lastBeat <= beat) sync.proposals.delete(name);
}

/** The end of what has come as far as an acknowledged write must; null while nothing may be acknowledged. */
export function acknowledgedLsn(writer: OneWriter): number | null {
  const { log, sync, site } = writer;
  const here = log.flushed.lsn;
  if (isSync(writer)) {
    if (sync.recorded === null || (rulesOf(writer).strict && sync.recorded.length === 0)) return null;
    return Math.min(here, ...setsOf(writer).map((set) => confirmedLsn(writer, set)));
  }
  switch (site.view?.cluster.ack) {
    case "off":
      return endOf(log).lsn;
    case "semi":
      return Math.min(here, semiConfirmedLsn(writer));
    default:
      return here;
  }
}

/** The sites that a write up to `lsn` still waits for, and how many of them must confirm it. */
export function awaited(
  writer: OneWriter,
  lsn: number,
): { readonly sites: readonly SiteId[]; readonly needed: number } {
  const late = setsOf(writer).filter((set) => confirmedLsn(writer, set) < lsn);
  const missing = late.map((set) => {
    const sites = set.filter((peer) => ackedBy(writer, peer) < lsn);
    return { sites, needed: sites.length - (set.length - confirmationsNeeded(rulesOf(writer), set.length)) };
  });
  const most = Math.max(0, ...missing.map(({ needed }) => needed));
  return { sites: [...new Set(missing.flatMap(({ sites }) => sites))], needed: most };
}

/** The last entry with which a replica is known to have come as far as the axis `ack` asks. */
function ackedBy({ site, replicas }: OneWriter, peer: SiteId): number {
  const progress = replicas.get(peer);
  return progress === undefined ? 0 : reached(progress, stageOf(site));
}

/** The sets of which enough must hold a write now: the recorded one, those perhaps recorded, and the wanted one. */
function setsOf({ sync, site }: OneWriter): readonly (readonly SiteId[])[] {
  const me = site.identity.site;
  const sets = [sync.recorded ?? [], ...[...sync.proposals.values()].map(({ set }) => set), sync.wanted];
  return sets.map((set) => set.filter((peer) => peer !== me));
}

function confirmedLsn(writer: OneWriter, set: readonly SiteId[]): number {
  const needed = confirmationsNeeded(rulesOf(writer), set.length);
  return confirmedByAtLeast(
    needed,
    set.map((peer) => ackedBy(writer, peer)),
  );
}

function rulesOf({ site }: OneWriter): Cluster["sync"] {
  return site.view?.cluster.sync ?? { rule: "first", count: 0, strict: false };
}

/** Since when strict synchronous replication has had nobody to wait for; null while it has somebody. */
export function aloneForMs(writer: OneWriter): number | null {
  const { site, sync } = writer;
  if (!isSync(writer) || !rulesOf(writer).strict || sync.aloneSinceMono === null) return null;
  return site.now.mono - sync.aloneSinceMono;
}

/**
 * The wanted set, once enough of its members hold everything acknowledged so far. Strict replication never asks
 * for the empty set: a write acknowledged by nobody else is what it exists to prevent.
 */
function proposal(writer: OneWriter): readonly SiteId[] {
  const { log, sync } = writer;
  if (sync.wanted.length === 0 && rulesOf(writer).strict) return sync.proposed;
  const isReady = confirmedLsn(writer, sync.wanted) >= log.shownLsn;
  return isReady ? sync.wanted : sync.proposed;
}

function isAble({ site, replicas }: OneWriter, peer: SiteId): boolean {
  const progress = replicas.get(peer);
  const timeoutMs = site.view?.cluster.detector.timeoutMs ?? 0;
  return progress?.streaming === true && site.now.mono - progress.heardMono < timeoutMs;
}

function sameSet(a: readonly SiteId[], b: readonly SiteId[]): boolean {
  return nameOf(a) === nameOf(b);
}

function nameOf(set: readonly SiteId[]): string {
  return [...set].sort().join();
}
