import type { CoordinatorToSite } from "../protocol/coordination/message";
import { isDecidedBySites } from "../protocol/deciders";
import type { Mode } from "./mode";
import { coordinate, isQuiet, type Site, setTimer } from "./site";

type BeatReply = Extract<CoordinatorToSite, { type: "beat-reply" }>;

/** Heartbeats that may be unanswered at once; older ones can no longer be granted anything. */
const openBeats = 64;

/** Sends a heartbeat now and sets the timer of the next. Needs a view and never waits for a disk. */
export function beat(site: Site, mode: Mode): void {
  const { view, beats, identity } = site;
  if (view === null) return;
  beats.number += 1;
  beats.sentMono.set(beats.number, site.now.mono);
  beats.sentMono.delete(beats.number - openBeats);
  coordinate(site, {
    type: "heartbeat",
    incarnation: identity.incarnation,
    beat: beats.number,
    sentMono: site.now.mono,
    // A draining view counts as obeyed once everything accepted before it is on disk.
    viewNumber: view.phase === "draining" && !isQuiet(site) ? view.number - 1 : view.number,
    epoch: site.leadership.epoch,
    generation: site.generation,
    role: site.role?.role ?? "replica",
    hidden: site.hidden,
    ...{ appliedLsn: 0, upstream: null, peers: [] },
    ...mode.beatFields(beats.number),
    ...(site.peers.length > 0 ? { peers: [...site.peers] } : {}),
  });
  setTimer(site, "heartbeat", view.cluster.detector.heartbeatMs);
}

/** Takes the coordinator's answer: the lease, counted from when the heartbeat was sent, and the sync set. */
export function onBeatReply(site: Site, mode: Mode, reply: BeatReply): void {
  const { beats } = site;
  const sentMono = beats.sentMono.get(reply.beat);
  // The echoed time tells an answer to this life's heartbeat from one to an earlier life's.
  if (sentMono !== reply.sentMono || reply.beat <= beats.lastAnswered) return;
  beats.lastAnswered = reply.beat;
  beats.lastAnsweredMono = site.now.mono;
  for (const n of beats.sentMono.keys()) if (n <= reply.beat) beats.sentMono.delete(n);
  if (reply.beat < beats.grantsFrom) return;
  // Where the sites decide, nothing is granted from outside.
  if (reply.granted && !(site.view !== null && isDecidedBySites(site.view.cluster))) {
    beats.granted = true;
    beats.challengedBy = null;
    beats.leaseUntil = sentMono + reply.leaseMs;
    noteTick(site);
  }
  mode.onRecorded(reply.beat, reply.syncSet);
}

/** A new reign, or doubt about the present one: nothing granted so far counts any more. */
export function voidGrants(site: Site, challengedBy: number | null): void {
  const { beats } = site;
  beats.grantsFrom = beats.number + 1;
  beats.granted = false;
  beats.leaseUntil = null;
  beats.heldAtTick = false;
  beats.challengedBy = challengedBy;
}

/** True when this site is named primary. It acts as one once that is granted to this life of it. */
export function isNamedPrimary({ leadership, identity }: Site): boolean {
  return leadership.primary === identity.site;
}

/** True while this site is primary by the coordinator's word and nobody has claimed a newer epoch. */
export function leads(site: Site): boolean {
  return isNamedPrimary(site) && site.beats.granted && site.preparing === null;
}

/** True while this site leads and its lease lasts. */
export function mayAct(site: Site): boolean {
  return leads(site) && hasLease(site);
}

/** The lease check of every request and of every acknowledgement; true where leases are not used. */
export function hasLease(site: Site): boolean {
  const fencing = site.view?.cluster.fencing ?? [];
  if (fencing.includes("lease-request")) return isLeaseRunning(site);
  return !fencing.includes("lease-tick") || site.beats.heldAtTick;
}

/**
 * A timer runs. With `lease-tick` this alone looks at the lease, so a site that stood still acts on what
 * was true before: the messages that waited for it are handled before its timers.
 */
export function noteTick(site: Site): void {
  site.beats.heldAtTick = isLeaseRunning(site);
}

function isLeaseRunning({ beats, now }: Site): boolean {
  return beats.leaseUntil !== null && now.mono < beats.leaseUntil;
}
