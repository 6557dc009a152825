import type { SiteId } from "../../protocol/ids";
import type { Outcome } from "../../protocol/operation";
import type { Position } from "../../protocol/position";
import type { Leadership } from "../leadership";
import type { Request } from "../request";
import type { Site } from "../site";
import { createLog, type Log } from "./log";

/** What the primary knows of one replica. */
export type Progress = {
  /** True once the two logs are known to agree up to `next`. */
  matched: boolean;
  /** The first entry not yet sent. */
  next: number;
  /** The end of what is on the replica's disk. */
  acked: Position;
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

/** What a replica knows of its primary. */
export type Upstream = {
  /** When the primary's log was last heard of; null before the first time under this view. */
  heardMono: number | null;
  /** The farthest end of the primary's log heard of in this reign. */
  end: Position | null;
  askedMono: number;
  copyAskedMono: number;
};

export const nothingHeard: Upstream = {
  heardMono: null,
  end: null,
  askedMono: Number.NEGATIVE_INFINITY,
  copyAskedMono: Number.NEGATIVE_INFINITY,
};

/** Everything a one-writer site holds. Both halves live side by side: a site may change its role. */
export type OneWriter = {
  readonly site: Site;
  readonly log: Log;
  /** The epoch of the reign that has begun here; null while another site, or nobody, reigns. */
  reign: number | null;
  /** The leadership that was last acted on. */
  obeyed: Leadership | null;
  readonly replicas: Map<SiteId, Progress>;
  readonly sync: SyncState;
  waiting: Waiting[];
  readonly forwarded: Map<number, Forwarded>;
  /** Number of the last request forwarded by this incarnation. */
  lastRequest: number;
  upstream: Upstream;
  /** Sends a heartbeat now instead of at its time. */
  readonly beatNow: () => void;
  /** One function for ever, so that many flushed messages in one input make one acknowledgement. */
  readonly acknowledgeUpstream: () => void;
};

/** Numbers of one incarnation's requests; the next incarnation starts above them. */
const requestsPerIncarnation = 1_000_000_000;

export function createState(
  site: Site,
  calls: Pick<OneWriter, "beatNow" | "acknowledgeUpstream">,
): OneWriter {
  return {
    site,
    log: createLog(),
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
    waiting: [],
    forwarded: new Map(),
    lastRequest: site.identity.incarnation * requestsPerIncarnation,
    upstream: { ...nothingHeard },
    ...calls,
  };
}
