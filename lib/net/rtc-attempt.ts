import { unreachable } from "../kernel/assert";
import type { Signal } from "../protocol/lab/wire";
import { limits } from "../protocol/limits";
import type { Lane } from "./link";

/** A channel that has drained to this asks for more. */
const lowWaterBytes = limits.linkQueueBytes / 4;
/** Candidates kept until the description they belong to has arrived. */
const earlyCandidates = 64;

/** What one try at a peer connection tells its owner. `onDead` comes at most once and ends it. */
export type AttemptEvents = {
  readonly onSignal: (signal: Signal) => void;
  readonly onOpen: () => void;
  readonly onDead: (why: string) => void;
  readonly onFrame: (bytes: Uint8Array) => void;
  readonly onDrain: () => void;
};

/** One numbered try: one `RTCPeerConnection` with its two channels, from offer to death. */
export type Attempt = {
  readonly number: number;
  /** Starts the exchange, at the initiator. */
  readonly offer: () => void;
  /** Takes a signal of this attempt from the other side. */
  readonly accept: (signal: Exclude<Signal, { type: "want" }>) => void;
  /** Sends every signal of this attempt again: the other side was not there yet. */
  readonly repeat: () => void;
  readonly isAnswered: () => boolean;
  /** False when the channel cannot take it now; `onDrain` follows. */
  readonly send: (lane: Lane, frame: Uint8Array<ArrayBuffer>) => boolean;
  readonly bufferedBytes: () => number;
  /** Whether the chosen pair of candidates goes through a TURN server. */
  readonly isThroughTurn: () => Promise<boolean>;
  readonly close: () => void;
};

/** Wraps a fresh peer connection. Channels are negotiated by number, so that no side waits to hear of them. */
export function createAttempt(number: number, pc: RTCPeerConnection, events: AttemptEvents): Attempt {
  const channels = {
    stream: pc.createDataChannel("stream", { negotiated: true, id: 1, ordered: true }),
    replication: pc.createDataChannel("replication", {
      negotiated: true,
      id: 2,
      ordered: false,
      maxRetransmits: 0,
    }),
  };
  const both = [channels.stream, channels.replication];
  const sent: Signal[] = [];
  /** Own candidates found before the description has been sent: the other side would drop them. */
  let unsaid: Signal[] | null = [];
  let early: RTCIceCandidateInit[] = [];
  /** The other side's description has come; a repeated one is not taken twice. */
  let isAnswered = false;
  let isRemoteSet = false;
  let isOpen = false;
  let isClosed = false;

  function say(signal: Signal): void {
    if (isClosed) return;
    sent.push(signal);
    events.onSignal(signal);
  }

  function die(why: string): void {
    if (isClosed) return;
    close();
    events.onDead(why);
  }

  function close(): void {
    isClosed = true;
    pc.onicecandidate = null;
    pc.onconnectionstatechange = null;
    for (const channel of both) {
      channel.onopen = null;
      channel.onclose = null;
      channel.onerror = null;
      channel.onmessage = null;
      channel.onbufferedamountlow = null;
    }
    pc.close();
  }

  /** Runs one step of the exchange; the browser's refusals end the attempt, not the page. */
  function step(work: () => Promise<void>): void {
    work().catch((error: unknown) => die(`the browser refused: ${String(error)}`));
  }

  async function setRemote(type: "offer" | "answer", sdp: string): Promise<void> {
    await pc.setRemoteDescription({ type, sdp });
    isRemoteSet = true;
    const waiting = early;
    early = [];
    for (const candidate of waiting) await addCandidate(candidate);
  }

  /** A candidate that this browser cannot use is no loss: others follow, or the watchdog ends the attempt. */
  async function addCandidate(candidate: RTCIceCandidateInit): Promise<void> {
    if (!isClosed) await pc.addIceCandidate(candidate).catch(() => undefined);
  }

  async function makeDescription(type: "offer" | "answer"): Promise<void> {
    await pc.setLocalDescription();
    const sdp = pc.localDescription?.sdp;
    if (sdp === undefined) return;
    say({ type, attempt: number, sdp });
    for (const signal of unsaid ?? []) say(signal);
    unsaid = null;
  }

  pc.onicecandidate = ({ candidate }) => {
    if (candidate === null || candidate.candidate === "") return;
    const { sdpMid, sdpMLineIndex } = candidate;
    const signal: Signal = {
      type: "candidate",
      attempt: number,
      candidate: candidate.candidate,
      sdpMid,
      sdpMLineIndex,
    };
    if (unsaid === null) say(signal);
    else unsaid.push(signal);
  };
  pc.onconnectionstatechange = () => {
    if (pc.connectionState === "failed") die("the direct path failed");
  };
  for (const channel of both) {
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = lowWaterBytes;
    channel.onbufferedamountlow = events.onDrain;
    channel.onclose = () => die("the direct path was closed");
    channel.onerror = () => die("the direct path broke");
    channel.onmessage = ({ data }) => {
      // Text is no frame: an empty one is, and is counted where frames are read.
      events.onFrame(data instanceof ArrayBuffer ? new Uint8Array(data) : new Uint8Array(0));
    };
    channel.onopen = () => {
      if (isOpen || both.some((each) => each.readyState !== "open")) return;
      isOpen = true;
      events.onOpen();
    };
  }

  return {
    number,
    offer: () => step(() => makeDescription("offer")),
    accept(signal) {
      switch (signal.type) {
        case "offer":
          if (isAnswered) return;
          isAnswered = true;
          step(async () => {
            await setRemote("offer", signal.sdp);
            await makeDescription("answer");
          });
          return;
        case "answer":
          if (isAnswered) return;
          isAnswered = true;
          step(() => setRemote("answer", signal.sdp));
          return;
        case "candidate": {
          const { candidate, sdpMid, sdpMLineIndex } = signal;
          const init = { candidate, sdpMid, sdpMLineIndex };
          if (isRemoteSet) step(() => addCandidate(init));
          else if (early.length < earlyCandidates) early.push(init);
          return;
        }
        default:
          unreachable(signal);
      }
    },
    repeat() {
      for (const signal of sent) events.onSignal(signal);
    },
    isAnswered: () => isAnswered,
    send(lane, frame) {
      const channel = channels[lane];
      const isFull = channel.bufferedAmount + frame.length > limits.linkQueueBytes;
      if (isClosed || isFull || channel.readyState !== "open") return false;
      try {
        channel.send(frame);
        return true;
      } catch {
        // The channel began to close, or its queue is full: the same as not taking it.
        return false;
      }
    },
    bufferedBytes: () => channels.stream.bufferedAmount + channels.replication.bufferedAmount,
    isThroughTurn: () => isThroughTurn(pc),
    close,
  };
}

/** What is read of the entries of `getStats`. */
type StatsEntry = {
  readonly id: string;
  readonly selectedCandidatePairId?: string;
  readonly localCandidateId?: string;
  readonly remoteCandidateId?: string;
  readonly candidateType?: string;
};

/** Reads the selected pair from the connection's statistics; an unreadable one counts as direct. */
async function isThroughTurn(pc: RTCPeerConnection): Promise<boolean> {
  const stats = await pc.getStats().catch(() => null);
  const byId = new Map<string, StatsEntry>();
  stats?.forEach((entry: StatsEntry) => {
    byId.set(entry.id, entry);
  });
  const transport = [...byId.values()].find((entry) => entry.selectedCandidatePairId !== undefined);
  const pair = byId.get(transport?.selectedCandidatePairId ?? "");
  const ends = [pair?.localCandidateId, pair?.remoteCandidateId];
  return ends.some((id) => byId.get(id ?? "")?.candidateType === "relay");
}
