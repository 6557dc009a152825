import { unreachable } from "../kernel/assert";
import type { Signal } from "../protocol/lab/wire";
import { decodeFrame, encodeFrame, type Frame, type FramePort } from "./frame";
import type { Lane, LinkVia, Peer } from "./link";
import { createOwedAck } from "./owed-ack";
import { createPresence, silenceMs } from "./presence";
import type { Relay } from "./relay";
import type { DirectPath } from "./rtc";
import type { DirectEvents } from "./rtc-path";
import { createStreamReceiver } from "./stream-receiver";
import { createStreamSender } from "./stream-sender";
import type { Timing } from "./timing";

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
  const presence = createPresence(timing);
  const ack = createOwedAck(timing, () => sayHere(false));
  let heardDirectAt = Number.NEGATIVE_INFINITY;
  let isClosed = false;

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
      presence.forget();
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
    ack.settled();
    if (!isClosed) put("stream", { kind: "ack", ...head(), ...receiver.progress(), asks });
  }

  function receive(bytes: Uint8Array): void {
    const decoded = decodeFrame(bytes);
    if (!decoded.ok) {
      count(decoded.error);
      return;
    }
    if (isClosed) return;
    const met = presence.meet(decoded.value.instance);
    if (met === "old") return;
    if (met === "anew") {
      events.onLost();
      abandon();
    }
    const wasHeard = presence.isHeard();
    presence.heard();
    if (!wasHeard) events.onChange();
    handle(decoded.value);
  }

  function abandon(): void {
    sender.reset();
    presence.forget();
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
        ack.owe();
        return;
      default:
        unreachable(frame);
    }
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
    isHeard: presence.isHeard,
    path: () =>
      direct?.isOpen()
        ? { via: direct.via(), relayReason: null }
        : { via: "relay", relayReason: direct?.reason() ?? "WebRTC is not available in this browser" },
    waitingBytes: sender.waitingBytes,
    close() {
      isClosed = true;
      ack.settled();
      sender.reset();
      direct?.stop();
    },
  };
}
