import { io, type Socket } from "socket.io-client";
import type { SiteId } from "../protocol/ids";
import {
  planes,
  type RelayClientEvents,
  type RelayServerEvents,
  type SocketAuth,
  socketPath,
} from "../protocol/lab/wire";
import { limits } from "../protocol/limits";
import type { Lane, Peer } from "./link";
import type { Timing } from "./timing";

export type RelayEvents = {
  readonly onFrame: (from: Peer, frame: Uint8Array) => void;
  /** The relay came within reach, or went out of it. */
  readonly onReachable: (reachable: boolean) => void;
  /** The socket can take more. */
  readonly onDrain: () => void;
};

/** The way round for pairs without a direct path: the lab server passes their frames on, unread. */
export type Relay = {
  readonly isReachable: () => boolean;
  /** False when it cannot be taken now; `onDrain` or `onReachable` follows. */
  readonly send: (to: Peer, lane: Lane, frame: Uint8Array<ArrayBuffer>) => boolean;
  /** Everything taken has been handed to the network. */
  readonly isIdle: () => boolean;
  readonly close: () => void;
};
export type OpenRelay = (events: RelayEvents, timing: Timing) => Relay;

/** A server that refused may do so only until it has met the seat; socket.io itself does not ask again. */
const refusedPauseMs = 1_000;

/**
 * A relay over the lab's `/relay` namespace at `url` (an origin). Its connection is its own, so
 * that bulk data cannot delay heartbeats. `auth` is asked at every connecting.
 */
export function relayOverSocket(url: string, auth: () => SocketAuth): OpenRelay {
  return (events, timing) => {
    let cancelRetry: (() => void) | null = null;
    const socket: Socket<RelayServerEvents, RelayClientEvents> = io(`${url}${planes.relay}`, {
      path: socketPath,
      forceNew: true,
      transports: ["websocket", "polling"],
      auth: (give) => give(auth()),
    });
    /** Handed to the socket since it last had nothing to write. */
    let queuedBytes = 0;
    socket.on("connect", () => {
      queuedBytes = 0;
      socket.io.engine.on("drain", () => {
        queuedBytes = 0;
        events.onDrain();
      });
      events.onReachable(true);
    });
    socket.on("disconnect", () => {
      events.onReachable(false);
      retryIfRefused();
    });
    socket.on("connect_error", retryIfRefused);
    /** Nobody asks again while a retry of socket.io's own is under way (`active`). */
    function retryIfRefused(): void {
      cancelRetry?.();
      cancelRetry = socket.active ? null : timing.after(refusedPauseMs, () => socket.connect());
    }
    socket.on("frame", (site, incarnation, frame) => {
      if (!isPeerName(site, incarnation)) return;
      events.onFrame({ site, incarnation }, bytesOf(frame));
    });
    return {
      isReachable: () => socket.connected,
      send(to, lane, frame) {
        // An unconnected socket would keep frames without bound and send them long after.
        if (!socket.connected || queuedBytes > limits.linkQueueBytes) return false;
        // Datagrams give way to streams.
        if (lane === "replication" && queuedBytes > limits.linkQueueBytes / 2) return false;
        queuedBytes += frame.length;
        socket.emit("frame", to.site, to.incarnation, frame.buffer);
        return true;
      },
      isIdle: () => queuedBytes === 0,
      close() {
        socket.off("disconnect");
        cancelRetry?.();
        socket.disconnect();
      },
    };
  };
}

function isPeerName(site: unknown, incarnation: unknown): site is SiteId {
  return typeof site === "string" && typeof incarnation === "number";
}

/** Node hands over a Buffer where a browser hands over an ArrayBuffer; anything else is an empty frame. */
function bytesOf(frame: unknown): Uint8Array {
  if (frame instanceof ArrayBuffer) return new Uint8Array(frame);
  return frame instanceof Uint8Array ? frame : new Uint8Array(0);
}
