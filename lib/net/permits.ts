import type { Timing } from "./timing";

/** Sustained rate at which one tab may create peer connections, and how many at once. */
const perSecond = 5;
const burst = 20;

/**
 * Rations `RTCPeerConnection`s for a whole tab: Chromium allows 500 in a renderer, and counts dead
 * ones until they are collected.
 */
export type Permits = {
  /** Takes a permit: 0 when granted, else ms until it is worth asking again. */
  readonly take: () => number;
  /** The browser refused one: nobody gets any for `ms`. */
  readonly pause: (ms: number) => void;
};

/** A full token bucket. */
export function createPermits(timing: Timing): Permits {
  let tokens = burst;
  let countedAt = timing.now();
  let pausedUntil = 0;
  return {
    take() {
      const now = timing.now();
      tokens = Math.min(burst, tokens + ((now - countedAt) * perSecond) / 1000);
      countedAt = now;
      if (now < pausedUntil) return pausedUntil - now;
      if (tokens < 1) return Math.ceil(((1 - tokens) * 1000) / perSecond);
      tokens -= 1;
      return 0;
    },
    pause(ms) {
      pausedUntil = timing.now() + ms;
    },
  };
}
