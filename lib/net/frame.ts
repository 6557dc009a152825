import { err, ok, type Result } from "../kernel/result";
import { limits } from "../protocol/limits";
import type { Port } from "./link";

/** Ports of frames: the two of `Link`, and the link's own probes. */
export type FramePort = Port | "link";

/**
 * One message on the wire between two ends of a link. `instance` numbers the sender's link object
 * and rises when it is made anew. `stamp` is the version of the faults the sender knew when it sent.
 */
export type Frame =
  /** A whole `replication` message. */
  | (FrameHead & { readonly kind: "datagram"; readonly port: FramePort; readonly payload: Uint8Array })
  /** Fragment `seq` (from 0) of the sender's stream number `epoch`; `last` ends a message. */
  | (FrameHead & {
      readonly kind: "stream";
      readonly port: FramePort;
      readonly epoch: number;
      readonly seq: number;
      readonly last: boolean;
      readonly payload: Uint8Array;
    })
  /** "I am here, and of your stream `epoch` I have everything before fragment `next`." `asks` wants one back. */
  | (FrameHead & {
      readonly kind: "ack";
      readonly epoch: number;
      readonly next: number;
      readonly asks: boolean;
    });
type FrameHead = { readonly instance: number; readonly stamp: number };

/** Why bytes were not taken for a frame. */
export type FrameError = "frame-too-short" | "frame-too-long" | "frame-version" | "frame-kind" | "frame-port";

const wireVersion = 0xf1;
const headBytes = 20;
const kinds = ["datagram", "stream", "ack"] as const;
const ports = ["engine", "page", "link"] as const;
const flagBit = 1;

/** The most payload that one frame carries. */
export const framePayloadBytes = limits.frameBytes - headBytes;

const nothing = new Uint8Array(0);

/** Writes a frame: 20 bytes of head (version, kind, port, flag, instance, stamp, epoch, number), then the payload. */
export function encodeFrame(frame: Frame): Uint8Array<ArrayBuffer> {
  const payload = frame.kind === "ack" ? nothing : frame.payload;
  const bytes = new Uint8Array(headBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, wireVersion);
  view.setUint8(1, kinds.indexOf(frame.kind));
  view.setUint8(2, frame.kind === "ack" ? 0 : ports.indexOf(frame.port));
  view.setUint32(4, frame.instance);
  view.setUint32(8, frame.stamp);
  if (frame.kind === "stream") {
    view.setUint8(3, frame.last ? flagBit : 0);
    view.setUint32(12, frame.epoch);
    view.setUint32(16, frame.seq);
  }
  if (frame.kind === "ack") {
    view.setUint8(3, frame.asks ? flagBit : 0);
    view.setUint32(12, frame.epoch);
    view.setUint32(16, frame.next);
  }
  bytes.set(payload, headBytes);
  return bytes;
}

/** Reads a frame from bytes that anybody may have made. The payload is a view into them. */
export function decodeFrame(bytes: Uint8Array): Result<Frame, FrameError> {
  if (bytes.length > limits.frameBytesMax) return err("frame-too-long");
  if (bytes.length < headBytes) return err("frame-too-short");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint8(0) !== wireVersion) return err("frame-version");
  const kind = kinds[view.getUint8(1)];
  const port = ports[view.getUint8(2)];
  if (kind === undefined) return err("frame-kind");
  if (port === undefined) return err("frame-port");
  const head = { instance: view.getUint32(4), stamp: view.getUint32(8) };
  const flag = (view.getUint8(3) & flagBit) !== 0;
  const [epoch, number] = [view.getUint32(12), view.getUint32(16)];
  const payload = bytes.subarray(headBytes);
  switch (kind) {
    case "datagram":
      return ok({ ...head, kind, port, payload });
    case "stream":
      return ok({ ...head, kind, port, epoch, seq: number, last: flag, payload });
    case "ack":
      return ok({ ...head, kind, epoch, next: number, asks: flag });
  }
}
