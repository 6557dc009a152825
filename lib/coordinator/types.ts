import type { Cluster } from "../protocol/cluster";
import type { CoordinatorToSite, SiteToCoordinator } from "../protocol/coordination/message";
import type { SiteId } from "../protocol/ids";
import type { Position } from "../protocol/position";
import type { TraceBody } from "../protocol/trace";
import type { Role, Status, View } from "../protocol/view";
import type { PresetNames } from "./kind";

/** What the coordinator must never forget: given back at `start`, handed out by `persist`. */
export type CoordinatorMemory = {
  readonly view: View;
  /** The only sites that may succeed the primary under `ack: sync`; recorded before the primary relies on it. */
  readonly syncSet: readonly SiteId[];
  /** Who reigns, or reigned last, over the present data; null while there is nothing to lose. */
  readonly reign: Reign | null;
  /** How long a restarted coordinator promotes nobody: no lease granted before the restart outlives it. */
  readonly quietMs: number;
};

/** One reign of one incarnation. It holds every write it acknowledged, unless its disk is lost. */
export type Reign = { readonly primary: SiteId; readonly incarnation: number; readonly diskLost: boolean };

export type CoordinatorInput =
  /** First input. `memory` is null for a new pod. After a restart nobody is promoted for one full timeout. */
  | {
      readonly type: "start";
      readonly mono: number;
      readonly members: readonly SiteId[];
      readonly cluster: Cluster;
      readonly memory: CoordinatorMemory | null;
    }
  | {
      readonly type: "message";
      readonly mono: number;
      readonly from: SiteId;
      readonly message: SiteToCoordinator;
    }
  /** The site's connection opened: it is sent the present view at once. Incarnations are numbered by the host. */
  | { readonly type: "connected"; readonly mono: number; readonly site: SiteId; readonly incarnation: number }
  /** The connection closed: a hint (suspect), never a proof. */
  | { readonly type: "disconnected"; readonly mono: number; readonly site: SiteId }
  /** Comes every `tickMs`; a late one convicts nobody. */
  | { readonly type: "tick"; readonly mono: number }
  /** `presets`: what the clusters before and after are called, for the sentences that say it. */
  | {
      readonly type: "configure";
      readonly mono: number;
      readonly cluster: Cluster;
      readonly presets: PresetNames;
    }
  /** Empties every site's data: a new generation. */
  | { readonly type: "reset"; readonly mono: number }
  /** A site whose disk was wiped, or a kicked seat: whatever it held is gone. */
  | { readonly type: "forget"; readonly mono: number; readonly site: SiteId }
  /** Operator action: switch over to this site in an orderly way if the primary lives, else promote it. */
  | { readonly type: "promote"; readonly mono: number; readonly site: SiteId }
  /** Operator action: give the reign back to this site, in an orderly way or not at all. */
  | { readonly type: "failback"; readonly mono: number; readonly site: SiteId }
  /** Operator action: the site is to take its place as a replica again. */
  | { readonly type: "rejoin"; readonly mono: number; readonly site: SiteId }
  /** Proof, after a `fence`: that incarnation of the site has been stopped and never acts again. */
  | {
      readonly type: "fenced";
      readonly mono: number;
      readonly site: SiteId;
      readonly incarnation: number;
    };

export type CoordinatorOutput =
  | { readonly type: "send"; readonly to: SiteId; readonly message: CoordinatorToSite }
  /** Must be durable before any later output of the same input is carried out. */
  | { readonly type: "persist"; readonly memory: CoordinatorMemory }
  | { readonly type: "record"; readonly event: TraceBody }
  /**
   * Stop this incarnation of the site (`stonith`) and answer `fenced` once that is certain; where it cannot
   * be done, or cannot be known, say nothing. It is asked again every second.
   */
  | { readonly type: "fence"; readonly site: SiteId; readonly incarnation: number }
  /** Answer to an operator's action: null when accepted, else why not. */
  | { readonly type: "answer"; readonly refused: string | null };

/** What the coordinator believes of one site; `role` is what the site itself last said. */
export type SiteBelief = {
  readonly site: SiteId;
  readonly status: Status;
  readonly role: Role;
  readonly epoch: number;
  readonly position: Position;
  readonly incarnation: number;
  /** Ms since its last heartbeat arrived; null before the first. */
  readonly silentMs: number | null;
  readonly hidden: boolean;
  /** Whom a replica streams from; null for a primary, and where nothing is known. */
  readonly upstream: SiteId | null;
};

export type CoordinatorSnapshot = {
  readonly view: View;
  readonly syncSet: readonly SiteId[];
  readonly sites: readonly SiteBelief[];
  /** Why nobody is primary, or why a failover waits; null when all is well. */
  readonly waitingFor: string | null;
};

/** Detector, decider, epochs and leases as one deterministic machine, driven like the engine. */
export type Coordinator = {
  readonly step: (input: CoordinatorInput) => readonly CoordinatorOutput[];
  readonly snapshot: (mono: number) => CoordinatorSnapshot;
};

/** How often the host sends `tick`, in ms; fine enough that a failover is late by less than this. */
export const tickMs = 50;
