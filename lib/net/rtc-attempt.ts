import type { Signal } from "../protocol/lab/wire";
import { type Channels, openChannels } from "./rtc-channels";
import { createRemote } from "./rtc-remote";
import { isThroughTurn } from "./rtc-stats";

/** What one try at a peer connection tells its owner. `onDead` comes at most once and ends it. */
export type AttemptEvents = {
  readonly onSignal: (signal: Signal) => void;
  readonly onOpen: () => void;
  readonly onDead: (why: string) => void;
  readonly onFrame: (bytes: Uint8Array) => void;
  readonly onDrain: () => void;
};

/** One numbered try: one `RTCPeerConnection` with its two channels, from offer to death. */
export type Attempt = Pick<Channels, "send" | "bufferedBytes"> & {
  readonly number: number;
  /** Starts the exchange, at the initiator. */
  readonly offer: () => void;
  /** Takes a signal of this attempt from the other side. */
  readonly accept: (signal: Exclude<Signal, { type: "want" }>) => void;
  /** Sends every signal of this attempt again: the other side was not there yet. */
  readonly repeat: () => void;
  readonly isAnswered: () => boolean;
  /** Whether the chosen pair of candidates goes through a TURN server. */
  readonly isThroughTurn: () => Promise<boolean>;
  readonly close: () => void;
};

/** Wraps a fresh peer connection. */
export function createAttempt(number: number, pc: RTCPeerConnection, events: AttemptEvents): Attempt {
  const { onOpen, onFrame, onDrain } = events;
  const channels = openChannels(pc, { onOpen, onDead: die, onFrame, onDrain });
  const remote = createRemote(pc, () => isClosed);
  const sent: Signal[] = [];
  /** Own candidates found before the description has been sent: the other side would drop them. */
  let unsaid: Signal[] | null = [];
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
    channels.mute();
    pc.close();
  }

  async function sayDescription(type: "offer" | "answer"): Promise<void> {
    await pc.setLocalDescription();
    const sdp = pc.localDescription?.sdp;
    if (sdp === undefined) return;
    say({ type, attempt: number, sdp });
    for (const signal of unsaid ?? []) say(signal);
    unsaid = null;
  }

  /** The browser's refusals end the attempt, not the page. */
  function untilRefused(work: Promise<void>): void {
    work.catch((error: unknown) => die(`the browser refused: ${String(error)}`));
  }

  pc.onicecandidate = ({ candidate }) => {
    if (candidate === null || candidate.candidate === "") return;
    const { candidate: text, sdpMid, sdpMLineIndex } = candidate;
    const signal: Signal = { type: "candidate", attempt: number, candidate: text, sdpMid, sdpMLineIndex };
    if (unsaid === null) say(signal);
    else unsaid.push(signal);
  };
  pc.onconnectionstatechange = () => {
    if (pc.connectionState === "failed") die("the direct path failed");
  };

  return {
    number,
    offer: () => untilRefused(sayDescription("offer")),
    accept(signal) {
      const answers = signal.type === "offer" && !remote.isDescribed();
      untilRefused(remote.accept(signal).then(() => (answers ? sayDescription("answer") : undefined)));
    },
    repeat() {
      for (const signal of sent) events.onSignal(signal);
    },
    isAnswered: remote.isDescribed,
    send: (lane, frame) => !isClosed && channels.send(lane, frame),
    bufferedBytes: channels.bufferedBytes,
    isThroughTurn: () => isThroughTurn(pc),
    close,
  };
}
