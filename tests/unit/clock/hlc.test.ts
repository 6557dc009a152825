import fc from "fast-check";
import { expect, test } from "vitest";
import { compareHlc, receiveHlc, sendHlc, zeroHlc } from "../../../lib/clock/hlc";
import type { Hlc } from "../../../lib/protocol/vector";

const hlc = fc.record({ l: fc.integer({ min: -1000, max: 1000 }), c: fc.integer({ min: 0, max: 5 }) });
/** One thing that happens to a clock: an event of its own, or a message; the wall clock may go anywhere. */
const step = fc.record({ wall: fc.integer({ min: -1000, max: 1000 }), remote: fc.option(hlc) });

test("[M4] a hybrid clock never goes back, passes everything it saw, and each own event is strictly later", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      let clock: Hlc = zeroHlc;
      for (const { wall, remote } of steps) {
        const next = remote === null ? sendHlc(clock, wall) : receiveHlc(clock, remote, wall);
        expect(compareHlc(next, clock)).toBeGreaterThanOrEqual(remote === null ? 1 : 0);
        if (remote !== null) expect(compareHlc(next, remote)).toBeGreaterThanOrEqual(0);
        expect(next.l).toBeGreaterThanOrEqual(wall);
        clock = next;
      }
    }),
  );
});

test("[M4] the physical part is never ahead of the highest clock it has heard of", () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 40 }), (steps) => {
      let clock: Hlc = zeroHlc;
      for (const { wall, remote } of steps) {
        clock = remote === null ? sendHlc(clock, wall) : receiveHlc(clock, remote, wall);
      }
      const heard = steps.flatMap(({ wall, remote }) => (remote === null ? [wall] : [wall, remote.l]));
      expect(clock.l).toBeLessThanOrEqual(Math.max(zeroHlc.l, ...heard));
    }),
  );
});

test("[M4] a hostile counter is carried into the physical part instead of leaving the integers", () => {
  const hostile = { l: 5, c: 2 ** 31 };
  expect(sendHlc(receiveHlc(zeroHlc, hostile, 0), 0)).toEqual({ l: 6, c: 0 });
});
