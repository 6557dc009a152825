import { WebrtcProvider } from "y-webrtc";
import * as Y from "yjs";

/**
 * y-webrtc exactly as published, as anyone would use it. `filterBcConns: false`, or two tabs of one
 * browser would get no peer connection at all; BroadcastChannel stays on, as it does for its users.
 */
const stunUrl = new URLSearchParams(location.search).get("stun");
const config = { iceServers: stunUrl === null ? [] : [{ urls: stunUrl }] };
const doc = new Y.Doc();
let provider: WebrtcProvider | null = null;

function connectedPeers(): number {
  const conns = [...(provider?.room?.webrtcConns.values() ?? [])];
  return conns.filter((conn) => conn.peer.connected).length;
}

const stock = {
  /** Joins the room; resolves with the wall time at which `peers` connections were open. */
  join(room: string, signalling: string, peers: number): Promise<number> {
    provider = new WebrtcProvider(room, doc, {
      signaling: [signalling],
      maxConns: 100,
      filterBcConns: false,
      peerOpts: { config },
    });
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (connectedPeers() < peers) return;
        clearInterval(timer);
        resolve(Date.now());
      }, 5);
    });
  },
  connectedPeers,
  /** Writes `count` entries, one transaction each, yielding as a page must; resolves when all are made. */
  async write(count: number, value: string): Promise<void> {
    const map = doc.getMap("bench");
    for (let n = 0; n < count; n += 1) {
      map.set(`k${n % 100}`, `${n}:${value}`);
      if (n % 64 === 63) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    doc.getMap("done").set("count", count);
  },
  /** Resolves with the wall time at which the other tab's last write had arrived here. */
  received(count: number): Promise<number> {
    const done = doc.getMap("done");
    return new Promise((resolve) => {
      const check = () => done.get("count") === count && resolve(Date.now());
      done.observe(check);
      check();
    });
  },
};
Object.assign(window, { stock });
