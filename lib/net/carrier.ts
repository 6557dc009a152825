import { unreachable } from "../kernel/assert";
import type { Signal } from "../protocol/lab/wire";
import { decodeFrame, encodeFrame, type Frame, type FramePort } from "./frame";
import type { Lane, LinkVia, Peer } from "./link";
import type { Relay } from "./relay";
import type { DirectPath } from "./rtc";
import type { DirectEvents } from "./rtc-path";
import { createStreamReceiver } from "./stream-receiver";
import { createStreamSender } from "./stream-sender";
import type { Timing } from "./timing";

/** Nothing heard for this long: the peer is not there, or the path is dead though it looks open. */
const silenceMs = 5_000;
/** Received fragments are acknowledged after this pause at the latest, or after so many. */
const ackPauseMs = 20;
const ackEvery = 16;

/**
 * Takes messages to one peer over whatever path there is: the relay at once, the direct path while
 * it is open. Both ends choose for themselves, and may change at any moment; streams do not notice.
 */
export type Carrier = {
  /** A datagram that no path can take now is dropped, and counted. */
  readonly send: (lane: Lane, port: FramePort, payload: Uint8Array) => void;
  /** Forgets what is under way on the stream lane: the link was cut. */
  readonly reset: () => void;
  /** The same, and counts as not heard until the peer's next frame, so that users see the loss. */
  readonly abandon: () => void;
  /** Starts (true) or tears down and refuses (false) the direct path. */
  readonly setPlugged: (plugged: boolean) => void;
  readonly signal: (signal: Signal) => void;
  readonly relayFrame: (bytes: Uint8Array) => void;
  readonly relayReachable: (reachable: boolean) => void;
  readonly relayDrained: () => void;
  /** Once a second: says "I am here" and looks whether the direct path still lives. `isLate`: this page slept. */
  readonly beat: (isLate: boolean) => void;
  /** The peer has been heard lately. */
  readonly isHeard: () => boolean;
  readonly path: () => { readonly via: LinkVia; readonly relayReason: string | null };
  readonly waitingBytes: () => number;
  readonly close: () => void;
};

export type CarrierEvents = {
  readonly onMessage: (lane: Lane, port: FramePort, payload: Uint8Array) => void;
  /** The peer knows nothing of the streams so far; what was under way is lost. */
  readonly onLost: () => void;
  /** `isHeard()` or `path()` may say something else now. */
  readonly onChange: () => void;
};

export type CarrierOptions = {
  readonly peer: Peer;
  readonly timing: Timing;
  /** Rising numbers of the mesh: the carrier takes them for itself and for its streams. */
  readonly nextNumber: () => number;
  readonly relay: Relay;
  /** Makes the direct path; null where this browser has no WebRTC. */
  readonly openDirect: ((events: DirectEvents) => DirectPath) | null;
  readonly onSignal: (signal: Signal) => void;
  readonly count: (error: string) => void;
};

/**
 * Creates the carrier to one incarnation of one site. `stamp` is the version of the faults known
 * here; a message whose stamp `isDead` was killed by a cut and is neither delivered nor acknowledged.
 */
export function createCarrier(
  options: CarrierOptions & {
    readonly stamp: () => number;
    readonly isDead: (stamp: number) => boolean;
    readonly events: CarrierEvents;
  },
): Carrier {
  const { peer, timing, relay, count, events } = options;
  const instance = options.nextNumber();
  /** The peer's carrier that this one talks with; 0 before its first frame. */
  let peerInstance = 0;
  let heardAt = Number.NEGATIVE_INFINITY;
  let heardDirectAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;
  let unacked = 0;
  let cancelAck: (() => void) | null = null;

  const receiver = createStreamReceiver({
    deliver: (port, payload) => events.onMessage("stream", port, payload),
    count,
  });
  const sender = createStreamSender({
    timing,
    nextEpoch: options.nextNumber,
    transmit: (fragment) => put("stream", { kind: "stream", ...head(), ...fragment }),
    isIdle: () => (direct?.isOpen() ? direct.bufferedBytes() === 0 : relay.isIdle()),
  });
  const direct = options.openDirect?.({
    onSignal: options.onSignal,
    onOpen() {
      heardDirectAt = timing.now();
      sayHere(true);
      sender.pump();
      events.onChange();
    },
    onClosed() {
      // The peer may be gone with it: it is there again when it answers on the relay.
      heardAt = Number.NEGATIVE_INFINITY;
      sayHere(true);
      sender.resend();
      events.onChange();
    },
    onFrame(bytes) {
      heardDirectAt = timing.now();
      receive(bytes);
    },
    onDrain: () => sender.pump(),
    onChange: events.onChange,
  });

  function head(): { instance: number; stamp: number } {
    return { instance, stamp: options.stamp() };
  }

  function put(lane: Lane, frame: Frame): boolean {
    const bytes = encodeFrame(frame);
    return direct?.isOpen() ? direct.send(lane, bytes) : relay.send(peer, lane, bytes);
  }

  function sayHere(asks: boolean): void {
    cancelAck?.();
    cancelAck = null;
    unacked = 0;
    if (!isClosed) put("stream", { kind: "ack", ...head(), ...receiver.progress(), asks });
  }

  function oweAck(): void {
    unacked += 1;
    if (unacked >= ackEvery) sayHere(false);
    else cancelAck ??= timing.after(ackPauseMs, () => sayHere(false));
  }

  function receive(bytes: Uint8Array): void {
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) {
      count(decoded.error);
      return;
    }
    const frame = decoded.value;
    if (isClosed || frame.instance < peerInstance) return;
    if (frame.instance > peerInstance) meet(frame.instance);
    const wasHeard = isHeard();
    heardAt = timing.now();
    if (!wasHeard) events.onChange();
    handle(frame);
  }

  /** The peer made its end anew: both streams begin again. */
  function meet(theirs: number): void {
    const isFirst = peerInstance === 0;
    peerInstance = theirs;
    if (isFirst) return;
    events.onLost();
    abandon();
  }

  function abandon(): void {
    sender.reset();
    heardAt = Number.NEGATIVE_INFINITY;
    events.onChange();
  }

  function handle(frame: Frame): void {
    switch (frame.kind) {
      case "ack":
        sender.acknowledged(frame.epoch, frame.next);
        if (frame.asks) sayHere(false);
        return;
      case "datagram":
        if (!options.isDead(frame.stamp)) events.onMessage("replication", frame.port, frame.payload);
        return;
      case "stream":
        if (options.isDead(frame.stamp)) return;
        receiver.receive(frame);
        oweAck();
        return;
      default:
        unreachable(frame);
    }
  }

  function isHeard(): boolean {
    return timing.now() - heardAt < silenceMs;
  }

  return {
    send(lane, port, payload) {
      if (lane === "stream") sender.send(port, payload);
      else if (!put(lane, { kind: "datagram", ...head(), port, payload })) count("link-datagram-dropped");
    },
    reset: sender.reset,
    abandon,
    setPlugged: (plugged) => (plugged ? direct?.start() : direct?.stop()),
    signal: (signal) => direct?.signal(signal),
    relayFrame: receive,
    relayReachable(reachable) {
      if (!reachable || direct?.isOpen()) return;
      sayHere(true);
      sender.resend();
    },
    relayDrained() {
      if (!direct?.isOpen()) sender.pump();
    },
    beat(isLate) {
      sayHere(false);
      const isDirectSilent = timing.now() - heardDirectAt > silenceMs;
      if (!isLate && isDirectSilent) direct?.rebuild("the direct path fell silent");
    },
    isHeard,
    path: () =>
      direct?.isOpen()
        ? { via: direct.via(), relayReason: null }
        : { via: "relay", relayReason: direct?.reason() ?? "WebRTC is not available in this browser" },
    waitingBytes: sender.waitingBytes,
    close() {
      isClosed = true;
      cancelAck?.();
      sender.reset();
      direct?.stop();
    },
  };
}
