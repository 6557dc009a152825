import { unreachable } from "../kernel/assert";
import type { Signal } from "../protocol/lab/wire";

/** Candidates kept until the description they belong to has arrived. */
const earlyCandidates = 64;

/** What the other side has said of itself in one attempt. */
export type Remote = {
  /** Takes its description, once, and its candidates; rejects where the browser refuses. */
  readonly accept: (signal: Exclude<Signal, { type: "want" }>) => Promise<void>;
  /** Its description has come; a repeated one is not taken twice. */
  readonly isDescribed: () => boolean;
};

export function createRemote(pc: RTCPeerConnection, isClosed: () => boolean): Remote {
  let isDescribed = false;
  let isSet = false;
  let early: RTCIceCandidateInit[] = [];

  async function setDescription(type: "offer" | "answer", sdp: string): Promise<void> {
    if (isDescribed) return;
    isDescribed = true;
    await pc.setRemoteDescription({ type, sdp });
    isSet = true;
    const waiting = early;
    early = [];
    for (const candidate of waiting) await add(candidate);
  }

  /** A candidate that this browser cannot use is no loss: others follow, or the watchdog ends the attempt. */
  async function add(candidate: RTCIceCandidateInit): Promise<void> {
    if (!isClosed()) await pc.addIceCandidate(candidate).catch(() => undefined);
  }

  return {
    async accept(signal) {
      switch (signal.type) {
        case "offer":
        case "answer":
          await setDescription(signal.type, signal.sdp);
          return;
        case "candidate": {
          const { candidate, sdpMid, sdpMLineIndex } = signal;
          const init = { candidate, sdpMid, sdpMLineIndex };
          if (isSet) await add(init);
          else if (early.length < earlyCandidates) early.push(init);
          return;
        }
        default:
          unreachable(signal);
      }
    },
    isDescribed: () => isDescribed,
  };
}
