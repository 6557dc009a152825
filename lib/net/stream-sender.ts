import { type FramePort, framePayloadBytes } from "./frame";
import type { Timing } from "./timing";

/** Patience without any progress before everything unacknowledged is sent again; doubled each time. */
const resendMs = 1_000;
const resendMsMax = 8_000;
/** Bytes that may be on the wire unacknowledged: the path's buffers are not ours to fill. */
const windowBytes = 1024 * 1024;

/** One fragment of a message, numbered within its stream. */
export type Fragment = {
  readonly epoch: number;
  readonly seq: number;
  readonly port: FramePort;
  readonly last: boolean;
  readonly payload: Uint8Array;
};

/**
 * The sending half of a `stream` lane: numbers fragments and keeps them until the other side has
 * them, so that no change of path loses, doubles or swaps a message (go-back-N with cumulative
 * acknowledgements).
 */
export type StreamSender = {
  /** Takes a message of any size; `payload` must not change afterwards. */
  readonly send: (port: FramePort, payload: Uint8Array) => void;
  readonly acknowledged: (epoch: number, next: number) => void;
  /** Sends what the window and the path allow. Call it when the path can take more. */
  readonly pump: () => void;
  /** The path died with what was on it: everything unacknowledged goes again. */
  readonly resend: () => void;
  /** Forgets everything and begins a stream of a higher number: the link was cut. */
  readonly reset: () => void;
  /** Bytes not yet handed to the path. */
  readonly waitingBytes: () => number;
  /** Bytes kept in all: waiting and unacknowledged. */
  readonly heldBytes: () => number;
};

/**
 * Creates a sender. `nextEpoch` gives rising numbers; `transmit` hands a fragment to the path and
 * says whether it took it; `isIdle` tells that the path has put everything on the wire.
 */
export function createStreamSender(options: {
  readonly timing: Timing;
  readonly nextEpoch: () => number;
  readonly transmit: (fragment: Fragment) => boolean;
  readonly isIdle: () => boolean;
}): StreamSender {
  let epoch = options.nextEpoch();
  let fragments: Fragment[] = [];
  /** Number of `fragments[0]`; everything before it has arrived. */
  let base = 0;
  /** Index in `fragments` of the next one to transmit. */
  let cursor = 0;
  let inFlightBytes = 0;
  let heldBytes = 0;
  let patienceMs = resendMs;
  let cancelTimer: (() => void) | null = null;

  function watch(): void {
    cancelTimer?.();
    cancelTimer = cursor === 0 ? null : options.timing.after(patienceMs, stalled);
  }

  function stalled(): void {
    cancelTimer = null;
    patienceMs = Math.min(patienceMs * 2, resendMsMax);
    // What still waits in the path's own buffer is late, not lost.
    if (options.isIdle()) rewind();
    else watch();
  }

  function rewind(): void {
    cursor = 0;
    inFlightBytes = 0;
    pump();
    watch();
  }

  function pump(): void {
    const before = cursor;
    for (let next = fragments[cursor]; next !== undefined; next = fragments[cursor]) {
      if (inFlightBytes > 0 && inFlightBytes + next.payload.length > windowBytes) break;
      if (!options.transmit(next)) break;
      cursor += 1;
      inFlightBytes += next.payload.length;
    }
    if (before === 0 && cursor > 0) watch();
  }

  return {
    send(port, payload) {
      for (let from = 0; from === 0 || from < payload.length; from += framePayloadBytes) {
        const part = payload.subarray(from, from + framePayloadBytes);
        const last = from + framePayloadBytes >= payload.length;
        fragments.push({ epoch, seq: base + fragments.length, port, last, payload: part });
        heldBytes += part.length;
      }
      pump();
    },
    acknowledged(ackedEpoch, next) {
      const arrived = next - base;
      if (ackedEpoch !== epoch || arrived <= 0 || arrived > fragments.length) return;
      for (const fragment of fragments.slice(0, Math.min(arrived, cursor))) {
        inFlightBytes -= fragment.payload.length;
      }
      for (const fragment of fragments.splice(0, arrived)) heldBytes -= fragment.payload.length;
      base = next;
      cursor = Math.max(0, cursor - arrived);
      patienceMs = resendMs;
      pump();
      watch();
    },
    pump,
    resend: rewind,
    reset() {
      epoch = options.nextEpoch();
      fragments = [];
      base = 0;
      cursor = 0;
      inFlightBytes = 0;
      heldBytes = 0;
      patienceMs = resendMs;
      watch();
    },
    waitingBytes: () => heldBytes - inFlightBytes,
    heldBytes: () => heldBytes,
  };
}
