import { limits } from "../protocol/limits";
import type { Lane } from "./link";

/** A channel that has drained to this asks for more. */
const lowWaterBytes = limits.linkQueueBytes / 4;

/** The two channels of one peer connection, one a lane. */
export type Channels = {
  /** False when the channel cannot take it now; `onDrain` follows. */
  readonly send: (lane: Lane, frame: Uint8Array<ArrayBuffer>) => boolean;
  readonly bufferedBytes: () => number;
  /** No event of theirs is told any more. */
  readonly mute: () => void;
};

/** Opens them on a fresh connection. They are negotiated by number, so that no side waits to hear of them. */
export function openChannels(
  pc: RTCPeerConnection,
  events: {
    /** Both are open; called once. */
    readonly onOpen: () => void;
    readonly onDead: (why: string) => void;
    readonly onFrame: (bytes: Uint8Array) => void;
    readonly onDrain: () => void;
  },
): Channels {
  const negotiated = true;
  const channels = {
    stream: pc.createDataChannel("stream", { negotiated, id: 1, ordered: true }),
    replication: pc.createDataChannel("replication", {
      negotiated,
      id: 2,
      ordered: false,
      maxRetransmits: 0,
    }),
  };
  const both = [channels.stream, channels.replication];
  let isOpen = false;

  for (const channel of both) {
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = lowWaterBytes;
    channel.onbufferedamountlow = events.onDrain;
    channel.onclose = () => events.onDead("the direct path was closed");
    channel.onerror = () => events.onDead("the direct path broke");
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
    send(lane, frame) {
      const channel = channels[lane];
      const isFull = channel.bufferedAmount + frame.length > limits.linkQueueBytes;
      if (isFull || channel.readyState !== "open") return false;
      try {
        channel.send(frame);
        return true;
      } catch {
        // The channel began to close, or its queue is full: the same as not taking it.
        return false;
      }
    },
    bufferedBytes: () => channels.stream.bufferedAmount + channels.replication.bufferedAmount,
    mute() {
      for (const channel of both) {
        channel.onopen = null;
        channel.onclose = null;
        channel.onerror = null;
        channel.onmessage = null;
        channel.onbufferedamountlow = null;
      }
    },
  };
}
