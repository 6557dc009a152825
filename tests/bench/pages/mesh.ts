import { io } from "socket.io-client";
import { createMesh, type SiteMesh } from "@/lib/net/mesh";
import type { SiteId } from "@/lib/protocol/ids";
import type { Signal } from "@/lib/protocol/lab/wire";

/**
 * The product's mesh alone in a tab, without its relay, so that "connected" means direct. Sizes
 * above a pod's twelve sites exist here only.
 */
const query = new URLSearchParams(location.search);
const stunUrl = query.get("stun");
const signalling = query.get("signalling") ?? location.origin;
const config = { iceServers: stunUrl === null ? [] : [{ urls: stunUrl }] };
let mesh: SiteMesh | null = null;

const siteName = (n: number) => `site-${String(n).padStart(2, "0")}` as SiteId;

function connectedPeers(): number {
  return (mesh?.links() ?? []).filter((link) => link.status === "up" && link.via === "direct").length;
}

const bench = {
  /** Joins as site `n` of `size`; resolves with the wall time at which every link was direct. */
  join(n: number, size: number): Promise<number> {
    const self = { site: siteName(n), incarnation: 1 };
    const socket = io(signalling, { path: "/rt", transports: ["websocket"], auth: { site: self.site } });
    mesh = createMesh({
      self,
      sendSignal: (to, signal) => socket.emit("signal", to.site, signal),
      openRelay: () => ({ isReachable: () => false, send: () => false, isIdle: () => true, close: () => {} }),
      makePeerConnection: () => new RTCPeerConnection(config),
      timing: {
        now: () => performance.now(),
        after(ms, run) {
          const timer = setTimeout(run, ms);
          return () => clearTimeout(timer);
        },
      },
      seed: n,
      events: { onMessage: () => {}, onChange: () => {} },
    });
    const present = mesh;
    socket.on("signal", (from: SiteId, signal: Signal) =>
      present.signal({ site: from, incarnation: 1 }, signal),
    );
    socket.on("connect", () => {
      const others = Array.from({ length: size }, (_, i) => ({ site: siteName(i), incarnation: 1 }));
      present.setPeers(others.filter(({ site }) => site !== self.site));
    });
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        if (connectedPeers() < size - 1) return;
        clearInterval(timer);
        resolve(Date.now());
      }, 5);
    });
  },
};
Object.assign(window, { bench });
