import type { Json } from "../kernel/json";
import type { Receipt } from "../merge/receipts";
import type { MergeRule } from "../protocol/cluster";
import type { CoordinatorToSite, SiteToCoordinator } from "../protocol/coordination/message";
import type { OpId, SessionId, SiteId } from "../protocol/ids";
import type { Operation, Outcome } from "../protocol/operation";
import type { Position, Reign } from "../protocol/position";
import type { SessionToken } from "../protocol/session-token";
import type { ConsensusEntry } from "../protocol/site/consensus";
import type { LogEntry } from "../protocol/site/log-entry";
import type { Copy, SiteMessage } from "../protocol/site/message";
import type { QuorumJournal } from "../protocol/site/quorum";
import type { ReplicatedOp } from "../protocol/site/replicated-op";
import type { TraceBody } from "../protocol/trace";
import type { Vector } from "../protocol/vector";
import type { Role, View } from "../protocol/view";
import type { MonitorView } from "./deciding/decider";
import type { Decided } from "./leadership";

/** The time an input carries, in ms. `mono` never goes back and counts sleep; `wall` is skewed by injected faults. */
export type Now = { readonly mono: number; readonly wall: number };

/** One vote an epoch. It must be on disk before anybody hears of it. */
export type Ballot = { readonly epoch: number; readonly votedFor: SiteId | null };

/** What the engine asks its journal to keep, and gets back, in order, when it starts again. */
export type JournalRecord =
  | { readonly type: "meta"; readonly meta: SiteMeta }
  | { readonly type: "entry"; readonly entry: LogEntry }
  | { readonly type: "truncate"; readonly after: Position; readonly discarded: readonly DiscardedWrite[] }
  | { readonly type: "op"; readonly op: ReplicatedOp }
  /** Consensus: the highest epoch heard of, and who has this site's one vote in it. */
  | { readonly type: "ballot"; readonly ballot: Ballot }
  | { readonly type: "consensus-entry"; readonly entry: ConsensusEntry }
  /** Active-active: the incarnation in which this disk was new. It names the site's stream of writes. */
  | { readonly type: "life"; readonly incarnation: number; readonly isNew?: boolean }
  /** Active-active: deletions of these keys that may be forgotten. */
  | { readonly type: "forget"; readonly keys: readonly string[] }
  /** Active-active: no later write of this site is stamped lower. */
  | { readonly type: "stamps"; readonly wallMs: number }
  /** Leaderless: what this site holds, of its own keys and for others. */
  | { readonly type: "quorum"; readonly record: QuorumJournal }
  /** The whole state so far; everything before it may be forgotten. */
  | { readonly type: "copy"; readonly copy: Copy; readonly generation: number };

/** The durable facts about a site that are not data. */
export type SiteMeta = {
  readonly epochSeen: number;
  readonly generation: number;
  readonly history: readonly Reign[];
  /** The last view obeyed, so that a site without its coordinator still knows what it is part of. */
  readonly view: View | null;
  /** Present where the sites decide among themselves who is primary. */
  readonly decided?: Decided;
};

/** A write that this site held and the surviving history does not: kept until its student has seen it. */
export type DiscardedWrite = {
  readonly opId: OpId;
  readonly op: Operation;
  readonly position: Position;
  readonly acknowledged: boolean;
  readonly why: string;
};

/** Who the engine is. `index` is the site's place in its pod (0..11), `incarnation` is numbered by the server. */
export type EngineIdentity = {
  readonly site: SiteId;
  readonly index: number;
  readonly incarnation: number;
};

/** Ids of the engine's own timers; setting one replaces the one of the same id. */
export type TimerId =
  | "heartbeat"
  | "resend"
  | "anti-entropy"
  | "apply"
  | "election"
  | "watch"
  | `deadline:${OpId}`;

/** One thing that happens to a site. The engine handles one at a time, to the end. */
export type EngineInput =
  /** Always the first input: the records of the journal, oldest first (empty = a new or lost disk). */
  | { readonly type: "start"; readonly now: Now; readonly journal: readonly JournalRecord[] }
  | { readonly type: "message"; readonly now: Now; readonly from: SiteId; readonly message: SiteMessage }
  | { readonly type: "coordination"; readonly now: Now; readonly message: CoordinatorToSite }
  /** A client's operation at this site. `deadlineMs` from now its outcome becomes unknown. */
  | {
      readonly type: "client";
      readonly now: Now;
      readonly opId: OpId;
      readonly session: SessionId;
      readonly op: Operation;
      readonly deadlineMs: number;
      /** What the client's session brings along; absent is a session that has done nothing yet. */
      readonly token?: SessionToken;
    }
  | { readonly type: "timer"; readonly now: Now; readonly id: TimerId }
  /** Everything up to persist number `seq` is on disk. Releases the sends and replies that waited for it. */
  | { readonly type: "persisted"; readonly now: Now; readonly seq: number }
  /** A link came up or went down; a hint that speeds recovery, never a proof of anything. */
  | { readonly type: "link"; readonly now: Now; readonly peer: SiteId; readonly up: boolean }
  /** The page is going away cleanly: give the lease back. */
  | { readonly type: "leave"; readonly now: Now }
  /** The page became hidden or visible; travels with heartbeats so that a sleeping phone is told apart. */
  | { readonly type: "visibility"; readonly now: Now; readonly hidden: boolean }
  /** What is injected into this site: how many entries a second it can apply; null is without a limit. */
  | { readonly type: "condition"; readonly now: Now; readonly applyPerSec: number | null }
  /** The student has seen the list of discarded writes. */
  | { readonly type: "dismiss-discarded"; readonly now: Now };

/** One thing the runtime must do, in the order given. Nothing here waits: durability is an input. */
export type EngineOutput =
  | {
      readonly type: "send";
      readonly to: SiteId;
      readonly lane: "replication" | "stream";
      readonly message: SiteMessage;
    }
  | { readonly type: "coordinate"; readonly message: SiteToCoordinator }
  | { readonly type: "reply"; readonly opId: OpId; readonly outcome: Outcome }
  /** Append `records` to the journal; when `replace` is true the journal becomes exactly these records. */
  | {
      readonly type: "persist";
      readonly seq: number;
      readonly records: readonly JournalRecord[];
      readonly replace: boolean;
    }
  | { readonly type: "set-timer"; readonly id: TimerId; readonly afterMs: number }
  | { readonly type: "cancel-timer"; readonly id: TimerId }
  | { readonly type: "record"; readonly event: TraceBody };

/** A site's replication state machine. Deterministic: equal inputs give equal outputs and snapshots. */
export type Engine = {
  readonly identity: EngineIdentity;
  readonly step: (input: EngineInput) => readonly EngineOutput[];
  /** Plain frozen data for people, tests and time travel; never fed back into the engine. */
  readonly snapshot: () => EngineSnapshot;
};

/**
 * One key as its site shows it. `version` names the write that the value comes from; `beside` all of
 * them, where several values stand side by side.
 */
export type KeyState = {
  readonly value: Json;
  readonly type: string;
  readonly version: string | null;
  readonly beside?: readonly string[];
  /** Revision tree: the values of branches that lost, until somebody settles them. */
  readonly conflicts?: readonly Json[];
};

export type EngineSnapshot = {
  readonly site: SiteId;
  readonly role: Role;
  readonly epoch: number;
  readonly view: View | null;
  /** Whom this site takes for the primary; where the sites decide, the view may know less or more. */
  readonly primary: SiteId | null;
  readonly position: Position;
  /** Known distance to the primary's end of log, in entries; null where nothing is known or it means nothing. */
  readonly lagOps: number | null;
  /** Milliseconds of lease left (primary of a leased mode), else null. */
  readonly leaseUntilMono: number | null;
  readonly syncSet: readonly SiteId[];
  readonly keys: Readonly<Record<string, KeyState>>;
  /** Active-active: the same operations under each rule. Empty in one-writer modes. */
  readonly merges: Readonly<Partial<Record<MergeRule, Readonly<Record<string, Json>>>>>;
  /** Active-active: what each rule made of each key's concurrent writes, newest first, bounded. */
  readonly receipts: readonly Receipt[];
  readonly seen: Vector;
  /** Why a primary with `ack: semi` acknowledges writes that no other site has; null where it does not. */
  readonly degraded: string | null;
  /** Why this site stays out of replication until an operator lets it rejoin; null when it takes part. */
  readonly diverged: string | null;
  readonly discarded: readonly DiscardedWrite[];
  /** Leaderless: versions kept here for sites that have not confirmed them yet; 0 in other modes. */
  readonly owed: number;
  /** Many writers and leaderless: deletions that are remembered here still; 0 in other modes. */
  readonly tombstones: number;
  readonly pendingOps: number;
  /** Why a write here would not be acknowledged now, in one sentence; null when it would. */
  readonly cannotWrite: string | null;
  /** What this site believes of the others, where it watches them itself; null elsewhere. */
  readonly monitor: MonitorView | null;
  /** Digest of the data alone; equal at two sites exactly when they hold the same data. */
  readonly dataDigest: string;
};
