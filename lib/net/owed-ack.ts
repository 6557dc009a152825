import type { Timing } from "./timing";

/** Received fragments are acknowledged after this pause at the latest, or after so many. */
const ackPauseMs = 20;
const ackEvery = 16;

/** The acknowledgement that is owed for what has been received. */
export type OwedAck = {
  /** One more fragment has come. */
  readonly owe: () => void;
  /** It has been sent, or never will be. */
  readonly settled: () => void;
};

export function createOwedAck(timing: Timing, send: () => void): OwedAck {
  let unacked = 0;
  let cancel: (() => void) | null = null;
  return {
    owe() {
      unacked += 1;
      if (unacked >= ackEvery) send();
      else cancel ??= timing.after(ackPauseMs, send);
    },
    settled() {
      cancel?.();
      cancel = null;
      unacked = 0;
    },
  };
}
