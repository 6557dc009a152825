import type { SiteId } from "../../protocol/ids";
import type { Outcome } from "../../protocol/operation";
import type { ConsensusEntry } from "../../protocol/site/consensus";
import { createLog } from "../log/log";
import type { Forwarded, Forwarder } from "../one-writer/state";
import type { Request } from "../request";
import type { Site } from "../site";
import type { Ballot } from "../types";
import type { ConsensusLog } from "./log";

/** What the primary knows of one replica. */
export type Progress = {
  /** True once the two logs are known to agree up to `next`; until then one message at a time feels the way. */
  matched: boolean;
  /** The first entry not yet sent. */
  next: number;
  /** The end of what is on the replica's disk and equal to the primary's. */
  acked: number;
  /** The latest round it has answered. */
  round: number;
  sentMono: number;
  /** How long what is unanswered may wait before it is sent again. */
  waitMs: number;
  copySentMono: number | null;
};

/** How long entries stay unanswered before they are sent again, in ms; then twice that, at most T. */
export const firstWaitMs = 500;

/** A replica of which nothing is known: the end of the log shows how far its own agrees. */
export function newProgress(next: number, now: number): Progress {
  return {
    matched: false,
    next,
    acked: 0,
    round: 0,
    sentMono: now,
    waitMs: firstWaitMs,
    copySentMono: null,
  };
}

/** A read, or a refusal that rests on what it read: due once round `round` is answered and `lsn` is shown. */
export type Reading = {
  readonly round: number;
  readonly lsn: number;
  readonly request: Request;
  readonly answer: () => void;
};

/** What a site is doing about who leads. */
export type Stage =
  | {
      readonly kind: "replica";
      readonly primary: SiteId | null;
      /** The end of what is known to be equal to the primary's log. */
      agreed: number;
      /** The farthest end of the primary's log heard of. */
      end: number | null;
      /** The latest round answered. */
      round: number;
    }
  /** Asks who would vote for it (`trial`), or for their votes (`campaign`), in `epoch`. */
  | { readonly kind: "trial" | "campaign"; readonly epoch: number; readonly granted: Set<SiteId> }
  | {
      readonly kind: "primary";
      readonly progress: Map<SiteId, Progress>;
      /** The lsn of the empty entry with which this reign began. */
      readonly beginLsn: number;
      round: number;
      /** When the rounds not yet answered by a majority were sent; bounded. */
      readonly sentMono: Map<number, number>;
      /** The latest round that a majority has answered, and when it was sent. */
      quorum: { readonly round: number; readonly sentMono: number };
      readings: Reading[];
    };
export type Reign = Extract<Stage, { kind: "primary" }>;

/** An answer that is due once the entry at `lsn` is committed, whoever is primary then. */
export type Waiting = {
  readonly lsn: number;
  readonly request: Request;
  readonly sinceMono: number;
  readonly outcome: () => Outcome;
};

/** Everything a site of a consensus cluster holds. */
export type Consensus = Forwarder & {
  readonly log: ConsensusLog;
  /** The entries that this life proposed as primary: its trace has them from then on. */
  readonly proposed: WeakSet<ConsensusEntry>;
  ballot: Ballot;
  /** False while the ballot is on its way to the disk: nothing that rests on it leaves the site. */
  ballotDurable: boolean;
  stage: Stage;
  /** The last lsn known to be on a majority of disks. */
  committed: number;
  /** Whom this site follows. After a restart it counts as having just heard a primary, whoever that is. */
  upstream: Forwarder["upstream"];
  /** When this site will ask for votes unless it hears a primary before. */
  electionMono: number;
  /** How long that is from when a primary was heard: drawn anew for every election, of [T, 2T). */
  electionWaitMs: number;
  /** When each other site was last heard, for people. */
  readonly heardFrom: Map<SiteId, number>;
  waiting: Waiting[];
  /** `certify`: the last write of each key that this site has executed. */
  readonly executing: Map<string, Request>;
  readonly forwarded: Map<number, Forwarded>;
  /** True once the present generation has begun here. */
  begun: boolean;
  readonly calls: Calls;
};

/** Functions that exist once, so that what many inputs ask for happens once at the end of one. */
type Calls = {
  /** Makes the journal exactly the present state. */
  readonly compact: () => void;
  readonly answerPrimary: () => void;
  readonly startRound: () => void;
  readonly ship: () => void;
  readonly serveUnanswered: () => void;
};

export const nobody: Extract<Stage, { kind: "replica" }> = {
  kind: "replica",
  primary: null,
  agreed: 0,
  end: null,
  round: 0,
};

export function createState(site: Site, calls: (state: () => Consensus) => Calls): Consensus {
  const state: Consensus = {
    site,
    log: createLog(({ write }) => write),
    proposed: new WeakSet(),
    ballot: { epoch: 0, votedFor: null },
    ballotDurable: true,
    stage: { ...nobody },
    committed: 0,
    upstream: { site: null, sinceMono: 0, heardMono: null },
    electionMono: 0,
    electionWaitMs: 0,
    heardFrom: new Map(),
    waiting: [],
    executing: new Map(),
    forwarded: new Map(),
    begun: false,
    calls: calls(() => state),
  };
  return state;
}

/** How many sites are more than half of the cluster; sites never seen count. */
export function majorityOf({ site }: Consensus): number {
  return Math.floor((site.view?.members.length ?? 0) / 2) + 1;
}

/** The election timeout T: a primary must have been heard within it, in ms. */
export function timeoutMs({ site }: Consensus): number {
  return site.view?.cluster.detector.timeoutMs ?? 0;
}
