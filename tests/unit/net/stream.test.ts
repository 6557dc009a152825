import fc from "fast-check";
import { expect, test } from "vitest";
import { randomStream } from "@/lib/kernel/random";
import { framePayloadBytes } from "@/lib/net/frame";
import { createStreamReceiver } from "@/lib/net/stream-receiver";
import { createStreamSender, type Fragment } from "@/lib/net/stream-sender";
import { limits } from "@/lib/protocol/limits";
import { createVirtualTiming } from "./virtual-timing";

/** A sender and a receiver over a path that delays, swaps and loses, until `isGood`. */
function openStream(seed: number) {
  const timing = createVirtualTiming();
  const random = randomStream(seed, "path");
  const received: Uint8Array[] = [];
  const errors: string[] = [];
  const path = { isGood: false, isOpen: true, transmitted: 0 };
  let epochs = 0;
  const receiver = createStreamReceiver({
    deliver: (_port, payload) => received.push(payload),
    count: (error) => errors.push(error),
  });
  const survives = () => path.isGood || random.unit() > 0.3;
  const delayMs = () => (path.isGood ? 1 : random.below(400));
  const sender = createStreamSender({
    timing,
    nextEpoch() {
      epochs += 1;
      return epochs;
    },
    transmit(fragment) {
      if (!path.isOpen) return false;
      path.transmitted += 1;
      if (survives()) timing.after(delayMs(), () => arrive(fragment));
      return true;
    },
    isIdle: () => true,
  });
  function arrive(fragment: Fragment): void {
    receiver.receive(fragment);
    const { epoch, next } = receiver.progress();
    if (survives()) timing.after(delayMs(), () => sender.acknowledged(epoch, next));
  }
  return { timing, sender, receiver, received, errors, path };
}

const message = (n: number, length: number) => {
  const bytes = new Uint8Array(length).fill(n);
  return bytes;
};

test("whatever a path loses, delays and swaps, and however often it changes, every message arrives once and in order", () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.array(fc.integer({ min: 0, max: 150_000 }), { minLength: 1, maxLength: 25 }),
      (seed, sizes) => {
        const { timing, sender, received, errors, path } = openStream(seed);
        for (const [i, size] of sizes.entries()) {
          sender.send("engine", message(i, size));
          timing.advance(Math.abs(seed) % 50);
          if (i % 5 === 4) sender.resend();
          path.isOpen = i % 7 !== 6;
        }
        path.isOpen = true;
        path.isGood = true;
        sender.pump();
        timing.advance(60_000);
        expect(received.map(({ length }) => length)).toEqual(sizes);
        expect(received.every((bytes, i) => bytes.every((byte) => byte === i))).toBe(true);
        expect(errors).toEqual([]);
        expect([sender.waitingBytes(), sender.heldBytes()]).toEqual([0, 0]);
      },
    ),
    { numRuns: 60 },
  );
});

test("after a reset the old stream is dead: nothing of it arrives, and the new one is whole", () => {
  const { timing, sender, received, path } = openStream(1);
  path.isGood = true;
  sender.send("engine", message(1, framePayloadBytes * 40));
  sender.reset();
  sender.send("engine", message(2, 10));
  timing.advance(60_000);
  expect(received.map(([first]) => first)).toEqual([2]);
});

test("an unanswered stream keeps to its window and asks ever more seldom", () => {
  const { timing, sender, path } = openStream(1);
  path.isGood = true;
  const silent = createStreamSender({
    timing,
    nextEpoch: () => 1,
    transmit() {
      path.transmitted += 1;
      return true;
    },
    isIdle: () => true,
  });
  silent.send("page", new Uint8Array(8 * 1024 * 1024));
  const window = path.transmitted;
  expect(window * framePayloadBytes).toBeLessThanOrEqual(1024 * 1024);
  expect(silent.waitingBytes()).toBeGreaterThan(6 * 1024 * 1024);
  timing.advance(60_000);
  // At 1, 3, 7, 15 and then every 8 seconds.
  expect(path.transmitted).toBe(window * 10);
  sender.reset();
});

test("a receiver's memory is bounded whatever fragments come", () => {
  const { receiver, received, errors } = openStream(1);
  const fragment = (seq: number, last: boolean, size: number): Fragment => ({
    epoch: 1,
    seq,
    port: "engine",
    last,
    payload: new Uint8Array(size),
  });
  for (let seq = 1; seq < 200; seq += 1) receiver.receive(fragment(seq, false, 48_000));
  expect(errors.filter((error) => error === "stream-window").length).toBeGreaterThan(150);
  receiver.receive(fragment(4_000_000_000, true, 1));
  expect(errors.at(-1)).toBe("stream-window");
  const another = openStream(2);
  const pieces = Math.ceil(limits.streamMessageBytes / 48_000) + 3;
  for (let seq = 0; seq < pieces; seq += 1)
    another.receiver.receive(fragment(seq, seq === pieces - 1, 48_000));
  another.receiver.receive(fragment(pieces, true, 7));
  expect(another.errors).toEqual(["stream-message-too-large"]);
  expect(another.received.map(({ length }) => length)).toEqual([7]);
  expect(received).toEqual([]);
});

test("a message whose fragments change port is spoilt, the next one is not", () => {
  const { receiver, received, errors } = openStream(1);
  const payload = new Uint8Array(1);
  receiver.receive({ epoch: 1, seq: 0, port: "engine", last: false, payload });
  receiver.receive({ epoch: 1, seq: 1, port: "page", last: true, payload });
  receiver.receive({ epoch: 1, seq: 2, port: "page", last: true, payload });
  expect(errors).toEqual(["stream-port-changed"]);
  expect(received).toHaveLength(1);
});
