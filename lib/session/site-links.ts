import type { LinkStatus, Port } from "../net/link";
import { createMesh, type SiteMesh } from "../net/mesh";
import { relayOverSocket } from "../net/relay";
import type { Timing } from "../net/timing";
import type { SiteId } from "../protocol/ids";
import type { ClaimReply, SocketAuth } from "../protocol/lab/wire";
import type { Connection, Peers } from "./connection";

/** The links of one incarnation of a site, and which of them are up. */
export type SiteLinks = Pick<SiteMesh, "send" | "setFaults" | "signal" | "links" | "dropped" | "close"> & {
  /** The peers whose links are up. */
  readonly up: () => readonly SiteId[];
  readonly setPeers: (peers: Peers) => void;
};

export function createSiteLinks(options: {
  readonly claim: ClaimReply;
  readonly incarnation: number;
  readonly connection: Connection;
  readonly auth: () => SocketAuth;
  readonly timing: Timing;
  readonly onMessage: (from: SiteId, port: Port, payload: Uint8Array) => void;
  /** A link came up, or went down; `status` says how. */
  readonly onTurned: (peer: SiteId, isUp: boolean, status: LinkStatus) => void;
  readonly onChange: () => void;
}): SiteLinks {
  const { claim, incarnation, connection } = options;
  const up = new Set<SiteId>();
  let present: Peers = [];
  const hasWebRtc = typeof RTCPeerConnection !== "undefined";
  const mesh = createMesh({
    self: { site: claim.site, incarnation },
    sendSignal: (to, signal) => connection.signal({ to: to.site, toIncarnation: to.incarnation, signal }),
    openRelay: relayOverSocket(window.location.origin, options.auth),
    makePeerConnection: hasWebRtc ? () => new RTCPeerConnection({ iceServers: iceServersOf(claim) }) : null,
    timing: options.timing,
    seed: claim.index,
    events: {
      onMessage: (from, port, _lane, payload) => options.onMessage(from, port, payload),
      onChange(info) {
        if (up.has(info.to) !== (info.status === "up")) turned(info.to, info.status);
        options.onChange();
      },
    },
  });

  function turned(peer: SiteId, status: LinkStatus): void {
    const isUp = status === "up";
    if (isUp) up.add(peer);
    else up.delete(peer);
    options.onTurned(peer, isUp, status);
  }

  return {
    ...mesh,
    up: () => [...up],
    /** A new incarnation of a peer has a new link, and no link to it is up yet. */
    setPeers(peers) {
      const stays = (peer: SiteId) => incarnationOf(peers, peer) === incarnationOf(present, peer);
      for (const peer of [...up]) if (!stays(peer)) turned(peer, "connecting");
      present = peers;
      mesh.setPeers(peers);
    },
  };
}

function incarnationOf(peers: Peers, site: SiteId): number | null {
  return peers.find((peer) => peer.site === site)?.incarnation ?? null;
}

/** A server without a host stands for the page's own: the lab's STUN responder is where the lab is. */
function iceServersOf(claim: ClaimReply): RTCIceServer[] {
  return claim.iceServers.map(({ urls, username, credential }) => ({
    urls: urls.replace(/^(stuns?|turns?):(?=:)/, `$1:${window.location.hostname}`),
    ...(username === undefined ? {} : { username }),
    ...(credential === undefined ? {} : { credential }),
  }));
}
