import type { SiteId } from "../../protocol/ids";
import type { Outcome } from "../../protocol/operation";
import type { Position } from "../../protocol/position";
import type { SiteMessageOf } from "../../protocol/site/message";
import type { Leadership } from "../leadership";
import { createLog } from "../log/log";
import type { Request } from "../request";
import type { Site } from "../site";
import { type Applying, idle } from "./applying";
import type { WriterLog } from "./log";
import { freshSemi, type Semi } from "./semi";
import { emptyTail, type Tail } from "./tail";

/** What the primary knows of one replica. */
export type Progress = {
  /** True once the two logs are known to agree up to `next`. */
  matched: boolean;
  /** The first entry not yet sent. */
  next: number;
  /** The end of what is on the replica's disk. */
  acked: Position;
  /** The end of its own log when it asked to follow: nothing up to there is on its way, flushed or not. */
  heldLsn: number;
  /** The end of what the replica has received, and the last entry that its readers see. */
  received: Position;
  appliedLsn: number;
  /** True from when it had caught up; only then may it join the sync set. */
  streaming: boolean;
  heardMono: number;
  /** When anything, and when entries, were last sent to it. */
  sentMono: number;
  shippedMono: number;
  /** The entry whose round trip is being measured. */
  probe: { readonly lsn: number; readonly mono: number } | null;
  rttMs: number | null;
  /** How long the oldest unanswered entries may wait before they are sent again. */
  waitMs: number;
  copySentMono: number | null;
};

/** An answer that is due once the log is acknowledged up to `lsn`. */
export type Waiting = { readonly lsn: number; readonly request: Request; readonly outcome: Outcome };

/** Which sites may succeed this primary under `ack: sync`, as far as this primary knows (SPEC: S rules). */
export type SyncState = {
  /** What the coordinator has recorded; null until it has answered a heartbeat of this reign. */
  recorded: readonly SiteId[] | null;
  /** Answers to heartbeats before this one say nothing about this reign. */
  recordsFrom: number;
  /** Sets asked for and not yet answered, each with the last heartbeat that carried it. */
  readonly proposals: Map<string, { readonly set: readonly SiteId[]; lastBeat: number }>;
  proposed: readonly SiteId[];
  /** The set this primary would have: its writes wait for these already. */
  wanted: readonly SiteId[];
  /** Since when no replica could have been in the set; null while one can. */
  aloneSinceMono: number | null;
};

/** A request on its way to the primary of `epoch`, until the answer or the client's deadline. */
export type Forwarded = {
  readonly request: Request;
  readonly to: SiteId;
  readonly epoch: number;
  readonly firstMono: number;
  lastMono: number;
  waitMs: number;
};

/** A read that waits here until this site shows what its session has seen. */
export type Reading = { readonly request: Request; readonly sinceMono: number };

/** What a replica knows of the site whose log it follows, and of the primary behind it. */
export type Upstream = {
  /** Whom it follows, since when; null while there is nobody. */
  readonly site: SiteId | null;
  readonly sinceMono: number;
  /** When the upstream's log was last heard of; null before the first time. */
  heardMono: number | null;
  /** The farthest end of the primary's log heard of in this reign. */
  end: Position | null;
  /** The farthest end of the upstream's own log. */
  reach: Position | null;
  /** True once this log is known to be a part of the upstream's. */
  joined: boolean;
  askedMono: number;
  copyAskedMono: number;
};

export const nothingHeard: Upstream = {
  site: null,
  sinceMono: 0,
  heardMono: null,
  end: null,
  reach: null,
  joined: false,
  askedMono: Number.NEGATIVE_INFINITY,
  copyAskedMono: Number.NEGATIVE_INFINITY,
};

/** Why a replica takes no part: its log has left the upstream's and it may not rewind, or it awaits a copy. */
export type Out =
  | { readonly kind: "diverged"; readonly from: SiteId; readonly message: SiteMessageOf<"diverged"> }
  | { readonly kind: "copying"; readonly from: SiteId };

/** What passing operations on to the primary needs to know, here and under consensus. */
export type Forwarder = {
  readonly site: Site;
  readonly forwarded: Map<number, Forwarded>;
  readonly upstream: Pick<Upstream, "site" | "sinceMono" | "heardMono">;
};

/** Everything a one-writer site holds. Both halves live side by side: a site may change its role. */
export type OneWriter = {
  readonly site: Site;
  readonly log: WriterLog;
  /** The epoch of the reign that has begun here; null while another site, or nobody, reigns. */
  reign: number | null;
  /** The leadership that was last acted on. */
  obeyed: Leadership | null;
  readonly replicas: Map<SiteId, Progress>;
  readonly sync: SyncState;
  semi: Semi;
  readonly tail: Tail;
  readonly applying: Applying;
  waiting: Waiting[];
  reading: Reading[];
  readonly forwarded: Map<number, Forwarded>;
  upstream: Upstream;
  /** Null while this site takes its part. */
  out: Out | null;
  /** Sends a heartbeat now instead of at its time. */
  readonly beatNow: () => void;
  /** One function for ever, so that many flushed messages in one input make one acknowledgement. */
  readonly acknowledgeUpstream: () => void;
};

export function createState(
  site: Site,
  calls: Pick<OneWriter, "beatNow" | "acknowledgeUpstream">,
): OneWriter {
  return {
    site,
    log: createLog((entry) => entry),
    reign: null,
    obeyed: null,
    replicas: new Map(),
    sync: {
      recorded: null,
      recordsFrom: 1,
      proposals: new Map(),
      proposed: [],
      wanted: [],
      aloneSinceMono: null,
    },
    semi: { ...freshSemi },
    tail: emptyTail(),
    applying: { ...idle },
    waiting: [],
    reading: [],
    forwarded: new Map(),
    upstream: { ...nothingHeard },
    out: null,
    ...calls,
  };
}
