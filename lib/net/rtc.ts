import { unreachable } from "../kernel/assert";
import type { Signal } from "../protocol/lab/wire";
import type { Lane } from "./link";
import type { Permits } from "./permits";
import { type Attempt, type AttemptEvents, createAttempt } from "./rtc-attempt";
import type { Timing } from "./timing";

/**
 * An attempt that has not opened by then is given up: 4 s at first, doubled up to 16 s. A crowd of tabs
 * on one slow machine may need longer, and giving up together would only make the same crowd again.
 */
const firstPatienceMs = 4_000;
const longPatienceMs = 16_000;
/** Pauses between attempts: 250 ms, doubled up to 8 s; where nothing helps, one try in 30 s. */
const firstPauseMs = 250;
const longPauseMs = 8_000;
const hopelessAfter = 8;
const hopelessPauseMs = 30_000;
/** A connection that lived this long starts the pauses afresh when it dies. */
const settledMs = 10_000;
/** Chromium frees dead connections when it collects garbage, about every 20 s. */
const tooManyPauseMs = 30_000;
/** Signals held while a permit for the connection they are for is awaited. */
const heldSignals = 65;

/** Makes a peer connection; throws where the browser refuses one more. */
export type MakePeerConnection = () => RTCPeerConnection;

export type DirectEvents = {
  readonly onSignal: (signal: Signal) => void;
  readonly onOpen: () => void;
  /** The open path died. */
  readonly onClosed: () => void;
  readonly onFrame: (bytes: Uint8Array) => void;
  readonly onDrain: () => void;
  /** `via()` or `reason()` says something else now. */
  readonly onChange: () => void;
};

/** The direct path to one peer: builds it, watches it, builds it again. */
export type DirectPath = {
  /** Begins, or begins again after `stop`. */
  readonly start: () => void;
  /** Closes the connection at once and refuses another, as a pulled cable does. */
  readonly stop: () => void;
  /** It looks open but nothing comes through: make another. */
  readonly rebuild: (why: string) => void;
  readonly signal: (signal: Signal) => void;
  readonly isOpen: () => boolean;
  readonly via: () => "direct" | "turn";
  /** Why there is no direct path now, in words. */
  readonly reason: () => string;
  readonly send: (lane: Lane, frame: Uint8Array<ArrayBuffer>) => boolean;
  readonly bufferedBytes: () => number;
};

type State =
  | { readonly name: "stopped" }
  /** Until a timer: a pause, a permit to wait for, or at the answerer an offer that may never come. */
  | { readonly name: "waiting"; readonly cancel: () => void }
  | { readonly name: "building"; readonly attempt: Attempt; readonly cancel: () => void }
  | { readonly name: "open"; readonly attempt: Attempt; readonly sinceMs: number };

/**
 * Creates a stopped path. One side, the initiator, numbers the attempts and makes the offers; the
 * other can only ask for one (`want`), so two offers never meet.
 */
export function createDirectPath(options: {
  readonly isInitiator: boolean;
  readonly make: MakePeerConnection;
  readonly permits: Permits;
  readonly timing: Timing;
  /** Rising numbers for attempts, shared by all paths of a tab so that a new path continues them. */
  readonly nextNumber: () => number;
  readonly events: DirectEvents;
}): DirectPath {
  const { isInitiator, permits, timing, events } = options;
  let state: State = { name: "stopped" };
  let failures = 0;
  /** The highest attempt seen; signals of older ones are dropped. */
  let lastAttempt = 0;
  let held: Exclude<Signal, { type: "want" }>[] = [];
  let isTurn = false;
  let reason = "a direct path is being tried";

  function leave(): void {
    if (state.name === "waiting" || state.name === "building") state.cancel();
    if (state.name === "building" || state.name === "open") state.attempt.close();
    if (state.name === "open" && timing.now() - state.sinceMs >= settledMs) failures = 0;
    const wasOpen = state.name === "open";
    state = { name: "stopped" };
    if (wasOpen) events.onClosed();
  }

  function explain(why: string): void {
    if (reason === why) return;
    reason = why;
    events.onChange();
  }

  function wait(ms: number, then: () => void): void {
    leave();
    state = { name: "waiting", cancel: timing.after(ms, then) };
  }

  function fail(why: string): void {
    leave();
    explain(why);
    failures += 1;
    wait(pauseMs(failures), isInitiator ? begin : ask);
  }

  /** The answerer's way to begin: an offer should follow, or it asks again. */
  function ask(): void {
    wait(patienceMs(failures) + pauseMs(failures), ask);
    failures += 1;
    events.onSignal({ type: "want", attempt: lastAttempt });
  }

  /** The initiator's way to begin. Every attempt's number is higher than any either side has seen. */
  function begin(): void {
    const attempt = build(() => {
      lastAttempt = Math.max(options.nextNumber(), lastAttempt + 1);
      return lastAttempt;
    }, begin);
    attempt?.offer();
  }

  /** Answers the newest offer held, with the candidates that came after it. */
  function answer(): void {
    const attempt = build(() => lastAttempt, answer);
    if (attempt === null) return;
    const signals = held;
    held = [];
    for (const signal of signals) attempt.accept(signal);
  }

  /** Makes one attempt, or waits for a permit and calls `again`. */
  function build(number: () => number, again: () => void): Attempt | null {
    const permitMs = permits.take();
    if (permitMs > 0) {
      wait(permitMs, again);
      return null;
    }
    leave();
    try {
      const attempt = createAttempt(number(), options.make(), attemptEvents());
      const patience = patienceMs(failures);
      state = {
        name: "building",
        attempt,
        cancel: timing.after(patience, () => fail(`no direct path was found in ${patience / 1000} s`)),
      };
      return attempt;
    } catch {
      permits.pause(tooManyPauseMs);
      explain("this browser has too many connections open; it tries again in 30 s");
      wait(tooManyPauseMs, again);
      return null;
    }
  }

  function attemptEvents(): AttemptEvents {
    return {
      onSignal: events.onSignal,
      onOpen() {
        if (state.name !== "building") return;
        const { attempt } = state;
        state.cancel();
        state = { name: "open", attempt, sinceMs: timing.now() };
        isTurn = false;
        events.onOpen();
        void attempt.isThroughTurn().then((turn) => {
          if (state.name !== "open" || state.attempt !== attempt || !turn) return;
          isTurn = true;
          events.onChange();
        });
      },
      onDead: fail,
      onFrame: events.onFrame,
      onDrain: events.onDrain,
    };
  }

  /** The answerer wants another try. What it has not yet answered is only repeated, not made anew. */
  function wanted(theirLast: number): void {
    if (state.name !== "building" && state.name !== "open") return;
    if (state.name === "building" && !state.attempt.isAnswered() && theirLast < state.attempt.number) {
      state.attempt.repeat();
      return;
    }
    lastAttempt = Math.max(lastAttempt, theirLast);
    leave();
    begin();
  }

  function offered(signal: Extract<Signal, { type: "offer" }>): void {
    const isStaleOrRepeated = signal.attempt <= lastAttempt;
    if (isStaleOrRepeated) return;
    lastAttempt = signal.attempt;
    held = [signal];
    answer();
  }

  function further(signal: Extract<Signal, { type: "answer" | "candidate" }>): void {
    if (signal.attempt !== lastAttempt) return;
    if (state.name === "building" || state.name === "open") state.attempt.accept(signal);
    else if (held.length > 0 && held.length < heldSignals) held.push(signal);
  }

  return {
    start() {
      if (state.name !== "stopped") return;
      failures = 0;
      if (isInitiator) begin();
      else ask();
    },
    stop() {
      leave();
      held = [];
    },
    rebuild(why) {
      if (state.name === "open") fail(why);
    },
    signal(signal) {
      if (state.name === "stopped") return;
      switch (signal.type) {
        case "want":
          if (isInitiator) wanted(signal.attempt);
          return;
        case "offer":
          if (!isInitiator) offered(signal);
          return;
        case "answer":
          if (isInitiator) further(signal);
          return;
        case "candidate":
          further(signal);
          return;
        default:
          unreachable(signal);
      }
    },
    isOpen: () => state.name === "open",
    via: () => (isTurn ? "turn" : "direct"),
    reason: () => reason,
    send: (lane, frame) => state.name === "open" && state.attempt.send(lane, frame),
    bufferedBytes: () => (state.name === "open" ? state.attempt.bufferedBytes() : 0),
  };
}

function patienceMs(failures: number): number {
  return Math.min(longPatienceMs, firstPatienceMs * 2 ** failures);
}

function pauseMs(failures: number): number {
  if (failures > hopelessAfter) return hopelessPauseMs;
  return Math.min(longPauseMs, firstPauseMs * 2 ** Math.max(0, failures - 1));
}
