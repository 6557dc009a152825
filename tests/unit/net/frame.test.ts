import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeFrame, encodeFrame, type Frame, framePayloadBytes } from "@/lib/net/frame";
import { limits } from "@/lib/protocol/limits";

const uint32 = fc.integer({ min: 0, max: 0xffffffff });
const port = fc.constantFrom("engine" as const, "page" as const, "link" as const);
const payload = fc.uint8Array({ maxLength: 300 });
const head = { instance: uint32, stamp: uint32 };
const anyFrame: fc.Arbitrary<Frame> = fc.oneof(
  fc.record({ ...head, kind: fc.constant("datagram" as const), port, payload }),
  fc.record({
    ...head,
    kind: fc.constant("stream" as const),
    port,
    epoch: uint32,
    seq: uint32,
    last: fc.boolean(),
    payload,
  }),
  fc.record({ ...head, kind: fc.constant("ack" as const), epoch: uint32, next: uint32, asks: fc.boolean() }),
);

test("every frame survives the wire, also as a view into something larger", () => {
  fc.assert(
    fc.property(anyFrame, (frame) => {
      const bytes = encodeFrame(frame);
      const within = new Uint8Array(bytes.length + 7);
      within.set(bytes, 3);
      expect(decodeFrame(bytes)).toEqual({ ok: true, value: frame });
      expect(decodeFrame(within.subarray(3, 3 + bytes.length))).toEqual({ ok: true, value: frame });
    }),
  );
});

test("no bytes whatever throw: they are a frame, or an error with a name", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      const decoded = decodeFrame(bytes);
      if (!decoded.ok) expect(decoded.error).toMatch(/^frame-(too-short|too-long|version|kind|port)$/);
    }),
    { numRuns: 2_000 },
  );
});

test("a full frame is at most 48 KB, and one above 64 KB is not read", () => {
  const full = encodeFrame({
    kind: "stream",
    instance: 1,
    stamp: 0,
    port: "page",
    epoch: 1,
    seq: 0,
    last: false,
    payload: new Uint8Array(framePayloadBytes),
  });
  expect(full.length).toBe(limits.frameBytes);
  const large = new Uint8Array(limits.frameBytesMax + 1);
  large.set(full);
  expect(decodeFrame(large)).toEqual({ ok: false, error: "frame-too-long" });
});
