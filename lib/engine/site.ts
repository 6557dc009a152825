import { type Random, randomStream } from "../kernel/random";
import type { PeerBelief, SiteToCoordinator } from "../protocol/coordination/message";
import type { SiteId } from "../protocol/ids";
import type { Outcome } from "../protocol/operation";
import type { Reign } from "../protocol/position";
import type { SiteMessage } from "../protocol/site/message";
import type { TraceBody } from "../protocol/trace";
import type { Vector } from "../protocol/vector";
import type { Role, View } from "../protocol/view";
import { type Decided, type Leadership, nobodyLeads } from "./leadership";
import type { Parts } from "./parts";
import type { Request } from "./request";
import type { DiscardedWrite, EngineIdentity, EngineOutput, JournalRecord, Now, TimerId } from "./types";

/** What runs once everything persisted before it is on disk. */
type Gate = { readonly seq: number; readonly run: () => void };

/** What this site has told the coordinator, and what it was granted. Only `heartbeat.ts` changes it. */
export type Beats = {
  /** Number of the last heartbeat sent in this incarnation. */
  number: number;
  /** When unanswered heartbeats were sent, by number; bounded. */
  readonly sentMono: Map<number, number>;
  lastAnswered: number;
  lastAnsweredMono: number | null;
  /** Grants for lower heartbeats are void: they belong to an earlier reign, or precede a challenge. */
  grantsFrom: number;
  /** True once the coordinator has granted the present reign to this incarnation. */
  granted: boolean;
  /** Monotonic time at which the lease ends; null when there is none. */
  leaseUntil: number | null;
  /** Whether the lease was running when a timer, or a grant, last looked; all that `lease-tick` goes by. */
  heldAtTick: boolean;
  /** A newer epoch that another site claims to know; fences until the coordinator grants again. */
  challengedBy: number | null;
};

/**
 * The state that the shell and the present mode share. It is changed in place inside `step`, by the
 * functions of this folder only; outputs collect in `outputs` and leave when the input is finished.
 */
export type Site = {
  readonly identity: EngineIdentity;
  readonly parts: Parts;
  readonly random: Random;
  /** The time of the input being handled. */
  now: Now;
  /** The view in force: the one with the highest number ever heard from the coordinator. */
  view: View | null;
  /** Who is primary as far as this site may believe: by the view, or as the sites have settled it. */
  leadership: Leadership;
  /** A monitor's last vote and configuration (`failover: votes`). */
  vote: Decided["vote"];
  configuration: Leadership | null;
  /** What this site has found out about the others, for the coordinator (`swim`, `monitors`). */
  peers: readonly PeerBelief[];
  /** The kind of data held here; below `view.generation` this site is rebuilding. */
  generation: number;
  /** The epoch in which this life came to that generation: what was asked of it before was about other data. */
  generationSince: number;
  /** True until this disk has held data of any generation: a blank site has nothing to seed others with. */
  blank: boolean;
  /** The highest epoch heard from the coordinator. */
  epochSeen: number;
  /** The highest epoch in the journal at start: reigns up to it belong to an earlier life of this site. */
  epochAtStart: number;
  /** Observer-only: every write this site has seen in this generation, and has numbered itself. */
  shadow: Vector;
  /** The reigns of the log held here, oldest first; empty in many-writer modes. */
  history: readonly Reign[];
  /** The change of the cluster that this site has said, by the epoch above which it was made; null before any. */
  changeSaid: number | null;
  /** The role and epoch last recorded; null before the first. */
  role: { readonly role: Role; readonly epoch: number } | null;
  hidden: boolean;
  /** How many entries a second this site can apply, as injected; null is without a limit. */
  applyPerSec: number | null;
  /** Why this site, although named primary, must not act yet; null where nothing keeps it. */
  preparing: string | null;
  /** True once the page has gone: nothing is answered any more. */
  left: boolean;
  readonly beats: Beats;
  /** Open operations, by `requestKey`. */
  readonly requests: Map<string, Request>;
  /** Number of the last request forwarded by this incarnation, under whatever mode: no number comes twice. */
  lastRequest: number;
  /** What was answered to other sites' requests, so that a repeat is not carried out again. Bounded. */
  readonly answered: Map<string, Outcome>;
  /** Members that want a copy of a generation which this site has not come to yet. */
  readonly copyAskers: Set<SiteId>;
  /** Writes held here once that the surviving history does not have, oldest first. Bounded. */
  discarded: readonly DiscardedWrite[];
  /** What the runtime last said of each link; absent means nothing is known. */
  readonly linkUp: Map<SiteId, boolean>;
  outputs: EngineOutput[];
  persistSeq: number;
  persistedSeq: number;
  gates: Gate[];
  /** What is done once when the input has been handled. */
  readonly lastly: Set<() => void>;
  /** Records known to be on disk, counted for the trace. */
  persistedRecords: number;
  /** Records in the journal since it was last replaced; decides when to compact. */
  journalRecords: number;
};

/** Numbers of one incarnation's requests; the next incarnation starts above them. */
const requestsPerIncarnation = 1_000_000_000;

/** A site that knows nothing yet. */
export function createSite(identity: EngineIdentity, parts: Parts): Site {
  return {
    identity,
    parts,
    random: randomStream(identity.incarnation, identity.site),
    now: { mono: 0, wall: 0 },
    view: null,
    leadership: nobodyLeads,
    vote: null,
    configuration: null,
    peers: [],
    generation: 0,
    generationSince: 0,
    blank: true,
    epochSeen: 0,
    epochAtStart: 0,
    shadow: {},
    history: [],
    changeSaid: null,
    role: null,
    hidden: false,
    applyPerSec: null,
    preparing: null,
    left: false,
    beats: {
      number: 0,
      sentMono: new Map(),
      lastAnswered: 0,
      lastAnsweredMono: null,
      grantsFrom: 1,
      granted: false,
      leaseUntil: null,
      heldAtTick: false,
      challengedBy: null,
    },
    requests: new Map(),
    lastRequest: identity.incarnation * requestsPerIncarnation,
    answered: new Map(),
    copyAskers: new Set(),
    discarded: [],
    linkUp: new Map(),
    outputs: [],
    persistSeq: 0,
    persistedSeq: 0,
    gates: [],
    lastly: new Set(),
    persistedRecords: 0,
    journalRecords: 0,
  };
}

export function send(site: Site, to: SiteId, message: SiteMessage, lane: "replication" | "stream"): void {
  site.outputs.push({ type: "send", to, lane, message });
}

export function coordinate(site: Site, message: SiteToCoordinator): void {
  site.outputs.push({ type: "coordinate", message });
}

export function record(site: Site, event: TraceBody): void {
  site.outputs.push({ type: "record", event });
}

export function note(site: Site, text: string): void {
  record(site, { kind: "note", text: text.slice(0, 500) });
}

export function setTimer(site: Site, id: TimerId, afterMs: number): void {
  site.outputs.push({ type: "set-timer", id, afterMs });
}

export function cancelTimer(site: Site, id: TimerId): void {
  site.outputs.push({ type: "cancel-timer", id });
}

/** Appends records to the journal. What depends on them goes through `whenDurable`. */
export function persist(site: Site, records: readonly JournalRecord[]): void {
  site.journalRecords += records.length;
  emitPersist(site, records, false);
}

/** Makes the journal exactly these records. */
export function replaceJournal(site: Site, records: readonly JournalRecord[]): void {
  site.journalRecords = records.length;
  emitPersist(site, records, true);
}

function emitPersist(site: Site, records: readonly JournalRecord[], replace: boolean): void {
  site.persistSeq += 1;
  site.outputs.push({ type: "persist", seq: site.persistSeq, records, replace });
  whenDurable(site, () => {
    site.persistedRecords += records.length;
  });
}

/** Runs `run` once everything persisted so far is on disk; at once when nothing is on its way there. */
export function whenDurable(site: Site, run: () => void): void {
  if (isQuiet(site)) run();
  else site.gates.push({ seq: site.persistSeq, run });
}

/** True when everything persisted so far is on disk. */
export function isQuiet(site: Site): boolean {
  return site.persistedSeq === site.persistSeq;
}

/** Runs `run` once when the present input has been handled, however often that is asked for. */
export function atEnd(site: Site, run: () => void): void {
  site.lastly.add(run);
}

/** Runs what waited for the end of the input. */
export function runLastly({ lastly }: Site): void {
  for (const run of lastly) run();
  lastly.clear();
}

/** Handles the input `persisted`: opens every gate up to `seq`, in order. */
export function openGates(site: Site, seq: number): void {
  site.persistedSeq = Math.max(site.persistedSeq, Math.min(seq, site.persistSeq));
  while (site.gates.length > 0 && (site.gates[0]?.seq ?? 0) <= site.persistedSeq) site.gates.shift()?.run();
}

/** True when the present view counts this site among those that hold data. */
export function isMember(site: Site): boolean {
  return site.view?.members.includes(site.identity.site) ?? false;
}

/** How long a copy may be on its way before it is asked for again, in ms: it may be megabytes. */
export function copyPatienceMs(site: Site): number {
  return 3 * (site.view?.cluster.detector.timeoutMs ?? 0);
}

/** The members of the present view other than this site. */
export function peersOf(site: Site): readonly SiteId[] {
  return (site.view?.members ?? []).filter((member) => member !== site.identity.site);
}
