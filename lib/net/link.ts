import type { SiteId } from "../protocol/ids";

/**
 * `replication`: datagrams that may be lost, reordered or duplicated (a message too large for one
 * frame travels on `stream` instead). `stream`: ordered whole messages of any size up to 16 MB.
 */
export type Lane = "replication" | "stream";

/** Who a message is for at the other end: the engine, or the shared page's y-webrtc. */
export type Port = "engine" | "page";

/** Which way a pair's frames go. */
export type LinkVia = "direct" | "turn" | "relay" | "memory";
export type LinkStatus = "up" | "connecting" | "cut" | "pulled";

/** What a person is told about one link. */
export type LinkInfo = {
  readonly to: SiteId;
  readonly status: LinkStatus;
  readonly via: LinkVia;
  /** Smoothed round trip in ms; null before the first measurement. */
  readonly rttMs: number | null;
  /** Why it is on the relay, in words; null when it is not. */
  readonly relayReason: string | null;
};

/** One bidirectional path between two sites. Every implementation passes `tests/contract/link`. */
export type Link = {
  readonly peer: SiteId;
  /** Never throws and never blocks; over the queue limit replication datagrams are dropped, streams wait. */
  readonly send: (lane: Lane, port: Port, payload: Uint8Array) => void;
  readonly info: () => LinkInfo;
  /** Bytes accepted by `send` and not yet handed to the network. */
  readonly bufferedBytes: () => number;
  readonly close: () => void;
};

/** A site to be linked with; a new incarnation replaces the link of the old one. */
export type Peer = { readonly site: SiteId; readonly incarnation: number };

/** All links of one site. The engine and the shared page see only this. */
export type Mesh = {
  /**
   * The pod's other seats that are present now. Links to others are closed and no longer listed,
   * without an event; one whose peer comes back is reported like a new one.
   */
  readonly setPeers: (peers: readonly Peer[]) => void;
  readonly send: (to: SiteId, lane: Lane, port: Port, payload: Uint8Array) => void;
  readonly links: () => readonly LinkInfo[];
  readonly close: () => void;
};

export type MeshEvents = {
  readonly onMessage: (from: SiteId, port: Port, lane: Lane, payload: Uint8Array) => void;
  readonly onChange: (info: LinkInfo) => void;
};
