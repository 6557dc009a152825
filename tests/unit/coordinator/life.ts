import { assert } from "../../../lib/kernel/assert";
import type { CoordinatorToSite, Heartbeat } from "../../../lib/protocol/coordination/message";
import { isDecidedBySites } from "../../../lib/protocol/deciders";
import type { SiteId } from "../../../lib/protocol/ids";
import type { Position } from "../../../lib/protocol/position";
import type { View } from "../../../lib/protocol/view";

/** One life of a site, which obeys the coordinator as an engine does but replicates nothing by itself. */
export type Life = {
  readonly site: SiteId;
  readonly incarnation: number;
  /** Cut from the coordinator: everything in both directions is lost. */
  cut: boolean;
  /** Frozen: handles nothing, sends nothing, and its lease runs on. */
  frozen: boolean;
  gone: boolean;
  /** True once the coordinator has been told that it connected. */
  told: boolean;
  view: View | null;
  beat: number;
  nextBeat: number;
  /** When each unanswered beat was sent, and in which epoch. */
  readonly sent: Map<number, { readonly mono: number; readonly epoch: number }>;
  leaseUntil: number;
  /** Every lease it ever held, by its own arithmetic. */
  readonly leases: { readonly from: number; until: number }[];
  /** Every view it obeyed: when, and whom it named. */
  readonly obeyed: { readonly at: number; readonly primary: SiteId | null }[];
  /** What arrived while it was frozen. */
  readonly inbox: CoordinatorToSite[];
  /** True once it has sent its release. */
  released: boolean;
  position: Position;
  seenDigest: string;
  /** Null follows the view. */
  generation: number | null;
  syncSet: readonly SiteId[];
  /** What the coordinator last echoed. */
  echoed: readonly SiteId[];
  role: Heartbeat["role"];
  hidden: boolean;
  /** Null has applied everything it holds. */
  appliedLsn: number | null;
  upstream: Heartbeat["upstream"];
  peers: Heartbeat["peers"];
  /** How often it was asked to rejoin. */
  rejoins: number;
  /** The epoch it claims where the sites decide; null follows the view. */
  claim: number | null;
};

/** The next life of a site, with the disk of the former one. */
export function createLife(site: SiteId, former: Life | undefined): Life {
  return {
    site,
    incarnation: (former?.incarnation ?? 0) + 1,
    cut: former?.cut ?? false,
    frozen: false,
    gone: false,
    told: false,
    view: null,
    beat: 0,
    nextBeat: Number.POSITIVE_INFINITY,
    sent: new Map(),
    leaseUntil: -1,
    leases: [],
    obeyed: [],
    inbox: [],
    released: false,
    position: former?.position ?? { epoch: 0, lsn: 0 },
    seenDigest: former?.seenDigest ?? "",
    generation: null,
    syncSet: [],
    echoed: [],
    role: "replica",
    hidden: false,
    appliedLsn: null,
    upstream: null,
    peers: [],
    claim: null,
    rejoins: 0,
  };
}

/** Takes a view if it is newer than the one in force; false when it is not. */
export function obey(life: Life, view: View, now: number): boolean {
  if (life.view !== null && view.number <= life.view.number) return false;
  if (life.view?.epoch !== view.epoch || life.view.primary !== view.primary) dropLease(life, now);
  const wasDecided = life.view !== null && isDecidedBySites(life.view.cluster);
  life.view = view;
  life.obeyed.push({ at: now, primary: view.primary });
  life.role = roleAfter(life, view, wasDecided);
  return true;
}

/** Where the sites decide, the view only repeats what they say, so it tells no site what to be. */
function roleAfter({ site, role }: Life, view: View, wasDecided: boolean): Heartbeat["role"] {
  if (role === "rebuilding" || (isDecidedBySites(view.cluster) && wasDecided)) return role;
  return view.primary === site && !isDecidedBySites(view.cluster) ? "primary" : "replica";
}

/** Takes the answer to a heartbeat: a lease counts from when the beat was sent, in the same reign only. */
export function takeReply(
  life: Life,
  reply: Extract<CoordinatorToSite, { type: "beat-reply" }>,
  now: number,
): void {
  const beat = life.sent.get(reply.beat);
  life.sent.delete(reply.beat);
  life.echoed = reply.syncSet;
  if (beat === undefined || !reply.granted) return;
  if (life.view?.primary !== life.site || beat.epoch !== life.view.epoch) return;
  assert(beat.mono === reply.sentMono, "the coordinator echoes what the beat said");
  life.leaseUntil = Math.max(life.leaseUntil, reply.sentMono + reply.leaseMs);
  life.leases.push({ from: now, until: life.leaseUntil });
}

export function dropLease(life: Life, now: number): void {
  life.leaseUntil = -1;
  for (const lease of life.leases) lease.until = Math.min(lease.until, now);
}

/** The heartbeat this life would send now. */
export function heartbeatOf(life: Life, view: View, now: number): Heartbeat {
  return {
    type: "heartbeat",
    incarnation: life.incarnation,
    beat: life.beat,
    sentMono: now,
    viewNumber: view.number,
    epoch: life.claim ?? view.epoch,
    generation: life.generation ?? view.generation,
    role: life.role,
    position: life.position,
    seenDigest: life.seenDigest,
    syncSet: [...life.syncSet],
    hidden: life.hidden,
    appliedLsn: life.appliedLsn ?? life.position.lsn,
    upstream: life.upstream,
    peers: life.peers,
  };
}
