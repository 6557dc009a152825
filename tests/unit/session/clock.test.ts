import { expect, test } from "vitest";
import { createSiteClock } from "../../../lib/session/clock";

function createRig() {
  let performanceNow = 500;
  let dateNow = 1_700_000_000_000;
  const clock = createSiteClock({ performanceNow: () => performanceNow, dateNow: () => dateNow });
  return {
    clock,
    /** Both clocks of the machine go on. */
    pass: (ms: number) => {
      performanceNow += ms;
      dateNow += ms;
    },
    /** The laptop is closed: its monotonic clock stands still. */
    sleep: (ms: number) => {
      dateNow += ms;
    },
    setBack: (ms: number) => {
      dateNow -= ms;
    },
  };
}

test("the monotonic clock counts the time a laptop slept", () => {
  const { clock, pass, sleep } = createRig();
  const before = clock.now().mono;
  pass(1_000);
  sleep(60_000);
  pass(1_000);
  expect(clock.now().mono - before).toBe(62_000);
});

test("the monotonic clock never goes back, and rounding of the wall clock does not push it forward", () => {
  const { clock, pass, setBack } = createRig();
  const before = clock.now().mono;
  setBack(3_600_000);
  expect(clock.now().mono).toBe(before);
  for (let n = 0; n < 1_000; n += 1) {
    pass(0.3);
    clock.now();
  }
  expect(clock.now().mono - before).toBeCloseTo(300, 6);
});

test("the observer's clock follows the answer with the least round trip and claims half of it as error", () => {
  const { clock, pass } = createRig();
  expect(clock.synced()).toBe(false);
  const sent = clock.raw();
  clock.sample({ sent, received: sent + 200, serverMs: 9_000, wallMs: 1_800_000_009_000 });
  clock.sample({ sent: sent + 200, received: sent + 210, serverMs: 9_105, wallMs: 1_800_000_009_105 });
  pass(210);
  expect(clock.observed()).toEqual({ atMs: 9_110, errMs: 5 });
  expect(clock.now().wall).toBe(1_800_000_009_110);
  clock.sample({ sent: sent + 210, received: sent + 900, serverMs: 0, wallMs: 0 });
  expect(clock.observed().atMs).toBe(9_110);
});

test("injected skew moves the wall clock alone, injected drift both clocks, and never the observer's", () => {
  const { clock, pass } = createRig();
  const sent = clock.raw();
  clock.sample({ sent, received: sent, serverMs: 0, wallMs: 1_000_000 });
  clock.setCondition({ skewMs: -7_000, driftPpm: 0 });
  expect(clock.now().wall).toBe(993_000);
  const mono = clock.now().mono;
  clock.setCondition({ skewMs: -7_000, driftPpm: 100_000 });
  pass(10_000);
  expect(clock.now()).toEqual({ mono: mono + 11_000, wall: 1_004_000 });
  expect(clock.observed().atMs).toBe(10_000);
  clock.setCondition({ skewMs: 0, driftPpm: 0 });
  pass(1_000);
  expect(clock.now().mono).toBe(mono + 12_000);
});
