import type { Timing } from "./timing";

/** Nothing heard for this long: the peer is not there, or the path is dead though it looks open. */
export const silenceMs = 5_000;

/** Whether the carrier at the other end is there, and which making of it. */
export type Presence = {
  /** What a frame of this making of it says: `old` is not listened to, `anew` has begun both streams again. */
  readonly meet: (instance: number) => "old" | "known" | "anew";
  readonly heard: () => void;
  /** The peer has been heard lately. */
  readonly isHeard: () => boolean;
  /** Counts as not heard until its next frame. */
  readonly forget: () => void;
};

export function createPresence(timing: Timing): Presence {
  /** The making that this end talks with; 0 before its first frame. */
  let theirs = 0;
  let heardAt = Number.NEGATIVE_INFINITY;
  return {
    meet(instance) {
      if (instance < theirs) return "old";
      const isAnew = theirs !== 0 && instance > theirs;
      theirs = instance;
      return isAnew ? "anew" : "known";
    },
    heard() {
      heardAt = timing.now();
    },
    isHeard: () => timing.now() - heardAt < silenceMs,
    forget() {
      heardAt = Number.NEGATIVE_INFINITY;
    },
  };
}
