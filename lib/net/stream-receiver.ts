import { limits } from "../protocol/limits";
import type { FramePort } from "./frame";
import type { Fragment } from "./stream-sender";

/** Why a fragment or a whole message was given up. */
export type StreamError = "stream-window" | "stream-message-too-large" | "stream-port-changed";

/** Fragments may arrive early by this many, or this many bytes, while a slower path brings the missing ones. */
const earlyFragments = 16_384;
const earlyBytes = 2 * 1024 * 1024;

/**
 * The receiving half of a `stream` lane: puts fragments in order and messages together. A stream of
 * a higher number ends the one before it, with what was half received.
 */
export type StreamReceiver = {
  readonly receive: (fragment: Fragment) => void;
  /** What to acknowledge: of stream `epoch`, everything before `next`. */
  readonly progress: () => { readonly epoch: number; readonly next: number };
};

type Assembly = { readonly port: FramePort; readonly parts: Uint8Array[]; bytes: number; spoilt: boolean };

/** Creates a receiver that has heard nothing. Its memory is bounded whatever arrives. */
export function createStreamReceiver(options: {
  readonly deliver: (port: FramePort, payload: Uint8Array) => void;
  readonly count: (error: StreamError) => void;
}): StreamReceiver {
  let epoch = 0;
  let next = 0;
  let early = new Map<number, Fragment>();
  let earlyHeld = 0;
  let assembly: Assembly | null = null;

  function startOver(newEpoch: number): void {
    epoch = newEpoch;
    next = 0;
    early = new Map();
    earlyHeld = 0;
    assembly = null;
  }

  function keep(fragment: Fragment): void {
    if (early.has(fragment.seq)) return;
    const tooFar = fragment.seq - next > earlyFragments;
    if (tooFar || earlyHeld + fragment.payload.length > earlyBytes) {
      options.count("stream-window");
      return;
    }
    // A copy: the frame it came in may be a view into something larger.
    early.set(fragment.seq, { ...fragment, payload: fragment.payload.slice() });
    earlyHeld += fragment.payload.length;
  }

  function take(fragment: Fragment): void {
    next += 1;
    const held = assembly ?? { port: fragment.port, parts: [], bytes: 0, spoilt: false };
    assembly = held;
    add(held, fragment);
    if (!fragment.last) return;
    assembly = null;
    if (!held.spoilt) options.deliver(held.port, joined(held));
  }

  /** A spoilt message keeps no bytes and is passed over to its last fragment, so that the stream goes on. */
  function add(held: Assembly, fragment: Fragment): void {
    if (held.spoilt) return;
    held.bytes += fragment.payload.length;
    const tooLarge = held.bytes > limits.streamMessageBytes;
    const wrongPort = held.port !== fragment.port;
    if (!tooLarge && !wrongPort) {
      held.parts.push(fragment.last && held.parts.length === 0 ? fragment.payload : fragment.payload.slice());
      return;
    }
    held.spoilt = true;
    held.parts.length = 0;
    options.count(tooLarge ? "stream-message-too-large" : "stream-port-changed");
  }

  return {
    receive(fragment) {
      if (fragment.epoch < epoch) return;
      if (fragment.epoch > epoch) startOver(fragment.epoch);
      if (fragment.seq > next) keep(fragment);
      if (fragment.seq !== next) return;
      take(fragment);
      for (let waiting = early.get(next); waiting !== undefined; waiting = early.get(next)) {
        early.delete(next);
        earlyHeld -= waiting.payload.length;
        take(waiting);
      }
    },
    progress: () => ({ epoch, next }),
  };
}

function joined(held: Assembly): Uint8Array {
  const [only] = held.parts;
  if (held.parts.length === 1 && only !== undefined) return only;
  const whole = new Uint8Array(held.bytes);
  let at = 0;
  for (const part of held.parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
