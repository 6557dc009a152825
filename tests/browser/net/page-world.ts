import { inject } from "vitest";
import type { MeshEvents, Peer } from "@/lib/net/link";
import { createMesh, type SiteMesh } from "@/lib/net/mesh";
import type { OpenRelay, RelayEvents } from "@/lib/net/relay";
import type { Signal } from "@/lib/protocol/lab/wire";
import { realTiming } from "../../contract/real-timing";

/** Several meshes in one page: real peer connections, signalling and relay by events of this page. */
export type PageWorld = {
  readonly wires: { signals: boolean; relay: boolean };
  /** Every peer connection made so far. */
  readonly connections: RTCPeerConnection[];
  readonly signals: { readonly from: Peer; readonly to: Peer; readonly signal: Signal }[];
  readonly join: (self: Peer, events: MeshEvents) => SiteMesh;
};

const addressOf = (peer: Peer) => `${peer.site}/${peer.incarnation}`;

export function iceServers(): RTCIceServer[] {
  return [{ urls: `stun:127.0.0.1:${inject("stunPort")}` }];
}

/** Opens a page with the wires given; they can be cut and joined while it runs. */
export function openPageWorld(wires: { signals: boolean; relay: boolean }): PageWorld {
  const meshes = new Map<string, SiteMesh>();
  const relays = new Map<string, RelayEvents>();
  const world: PageWorld = { wires, connections: [], signals: [], join };

  function relayOf(self: Peer): OpenRelay {
    return (events) => {
      relays.set(addressOf(self), events);
      return {
        isReachable: () => wires.relay,
        send(to, _lane, frame) {
          if (!wires.relay) return false;
          setTimeout(() => relays.get(addressOf(to))?.onFrame(self, frame), 1);
          return true;
        },
        isIdle: () => true,
        close: () => relays.delete(addressOf(self)),
      };
    };
  }

  function join(self: Peer, events: MeshEvents): SiteMesh {
    const mesh = createMesh({
      self,
      sendSignal(to, signal) {
        if (!wires.signals) return;
        world.signals.push({ from: self, to, signal });
        setTimeout(() => meshes.get(addressOf(to))?.signal(self, signal), 0);
      },
      openRelay: relayOf(self),
      makePeerConnection() {
        const connection = new RTCPeerConnection({ iceServers: iceServers() });
        world.connections.push(connection);
        return connection;
      },
      timing: realTiming,
      seed: 1,
      events,
    });
    meshes.set(addressOf(self), mesh);
    return mesh;
  }
  return world;
}
