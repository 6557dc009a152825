import type { SiteId } from "../../protocol/ids";
import { peersOf } from "../site";
import type { OneWriter } from "./state";

/**
 * The sync set under `ack: sync` (after Patroni's `/sync` key). The coordinator promotes only members of
 * the set it has recorded, so every acknowledged write must be on all of them, at any moment: while a
 * change of the set is under way this primary waits for the old and the new set both.
 */
export function isSync({ site }: OneWriter): boolean {
  const cluster = site.view?.cluster;
  return cluster?.mode === "active-passive" && cluster.ack === "sync";
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

/** Chooses the set this primary would have: those it has now while they are well, then the first that are. */
export function chooseSync(writer: OneWriter): void {
  const { site, sync } = writer;
  if (!isSync(writer)) return;
  const { count } = site.view?.cluster.sync ?? { count: 0 };
  const able = peersOf(site).filter((peer) => isAble(writer, peer));
  const kept = sync.wanted.filter((peer) => able.includes(peer));
  const chosen = [...kept, ...able.filter((peer) => !kept.includes(peer))].slice(0, count);
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

/** The end of what is on every disk that an acknowledged write must be on; null while none may be. */
export function acknowledgedLsn(writer: OneWriter): number | null {
  const { log, sync, site } = writer;
  if (!isSync(writer)) return log.flushed.lsn;
  const strict = site.view?.cluster.sync.strict ?? false;
  if (sync.recorded === null || (strict && sync.recorded.length === 0)) return null;
  return Math.min(log.flushed.lsn, ...neededSites(writer).map((peer) => ackedBy(writer, peer)));
}

/** The sites whose disks a write must be on now: recorded, perhaps recorded, and wanted. */
export function neededSites({ sync, site }: OneWriter): readonly SiteId[] {
  const proposed = [...sync.proposals.values()].flatMap(({ set }) => set);
  const needed = new Set([...(sync.recorded ?? []), ...proposed, ...sync.wanted]);
  return [...needed].filter((peer) => peer !== site.identity.site);
}

/** The end of what is known to be on a replica's disk. */
export function ackedBy({ replicas }: OneWriter, peer: SiteId): number {
  return replicas.get(peer)?.acked.lsn ?? 0;
}

/** Since when strict synchronous replication has had nobody to wait for; null while it has somebody. */
export function aloneForMs(writer: OneWriter): number | null {
  const { site, sync } = writer;
  if (!isSync(writer) || site.view?.cluster.sync.strict !== true || sync.aloneSinceMono === null) return null;
  return site.now.mono - sync.aloneSinceMono;
}

/**
 * The wanted set, once its members hold everything acknowledged so far. Strict replication never asks
 * for the empty set: a write acknowledged by nobody else is what it exists to prevent.
 */
function proposal(writer: OneWriter): readonly SiteId[] {
  const { log, sync, site } = writer;
  if (sync.wanted.length === 0 && site.view?.cluster.sync.strict === true) return sync.proposed;
  const isReady = sync.wanted.every((peer) => ackedBy(writer, peer) >= log.shownLsn);
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
