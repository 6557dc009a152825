import type { Timing } from "./timing";

/** A fresh sample moves the smoothed round trip by an eighth, as TCP's does (RFC 6298). */
const gain = 1 / 8;
const probeBytes = 9;

/** Measures a link's round trip through its fault layers: what is shown is what messages meet. */
export type Probe = {
  /** Sends one question. */
  readonly ask: () => void;
  /** Takes a question or an answer from the other side; false when it is neither. */
  readonly receive: (payload: Uint8Array) => boolean;
  /** Smoothed ms, null before the first answer. */
  readonly rttMs: () => number | null;
  readonly forget: () => void;
};

/** Creates a probe; `send` carries 9 bytes: question (0) or answer (1), and the asker's time. */
export function createProbe(options: {
  readonly timing: Timing;
  readonly send: (payload: Uint8Array) => void;
}): Probe {
  const { timing, send } = options;
  let rttMs: number | null = null;
  return {
    ask() {
      const payload = new Uint8Array(probeBytes);
      new DataView(payload.buffer).setFloat64(1, timing.now());
      send(payload);
    },
    receive(payload) {
      if (payload.length !== probeBytes || (payload[0] ?? 2) > 1) return false;
      if (payload[0] === 0) {
        const answer = payload.slice();
        answer[0] = 1;
        send(answer);
        return true;
      }
      const asked = new DataView(payload.buffer, payload.byteOffset).getFloat64(1);
      const sample = timing.now() - asked;
      if (!(sample >= 0 && sample < 300_000)) return false;
      rttMs = rttMs === null ? sample : rttMs + (sample - rttMs) * gain;
      return true;
    },
    rttMs: () => rttMs,
    forget() {
      rttMs = null;
    },
  };
}
