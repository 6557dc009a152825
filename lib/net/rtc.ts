import { unreachable } from "../kernel/assert";
import type { Signal } from "../protocol/lab/wire";
import type { Lane } from "./link";
import { answer, begin, createPath, type DirectPathOptions, fail, leave, type Path, seek } from "./rtc-path";

/** Signals held while a permit for the connection they are for is awaited. */
const heldSignals = 65;

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

/**
 * Creates a stopped path. One side, the initiator, numbers the attempts and makes the offers; the
 * other can only ask for one (`want`), so two offers never meet.
 */
export function createDirectPath(options: DirectPathOptions): DirectPath {
  const path = createPath(options);
  return {
    start() {
      if (path.state.name !== "stopped") return;
      path.failures = 0;
      seek(path);
    },
    stop() {
      leave(path);
      path.held = [];
    },
    rebuild(why) {
      if (path.state.name === "open") fail(path, why);
    },
    signal(signal) {
      if (path.state.name !== "stopped") take(path, signal);
    },
    isOpen: () => path.state.name === "open",
    via: () => (path.isTurn ? "turn" : "direct"),
    reason: () => path.reason,
    send: (lane, frame) => path.state.name === "open" && path.state.attempt.send(lane, frame),
    bufferedBytes: () => (path.state.name === "open" ? path.state.attempt.bufferedBytes() : 0),
  };
}

/** Offers are the answerer's to take, answers and wishes the initiator's. */
function take(path: Path, signal: Signal): void {
  const { isInitiator } = path.options;
  switch (signal.type) {
    case "want":
      if (isInitiator) wanted(path, signal.attempt);
      return;
    case "offer":
      if (!isInitiator) offered(path, signal);
      return;
    case "answer":
      if (isInitiator) further(path, signal);
      return;
    case "candidate":
      further(path, signal);
      return;
    default:
      unreachable(signal);
  }
}

/** The answerer wants another try. What it has not yet answered is only repeated, not made anew. */
function wanted(path: Path, theirLast: number): void {
  const { state } = path;
  if (state.name !== "building" && state.name !== "open") return;
  if (state.name === "building" && !state.attempt.isAnswered() && theirLast < state.attempt.number) {
    state.attempt.repeat();
    return;
  }
  path.lastAttempt = Math.max(path.lastAttempt, theirLast);
  leave(path);
  begin(path);
}

function offered(path: Path, signal: Extract<Signal, { type: "offer" }>): void {
  const isStaleOrRepeated = signal.attempt <= path.lastAttempt;
  if (isStaleOrRepeated) return;
  path.lastAttempt = signal.attempt;
  path.held = [signal];
  answer(path);
}

function further(path: Path, signal: Extract<Signal, { type: "answer" | "candidate" }>): void {
  const { state, held } = path;
  if (signal.attempt !== path.lastAttempt) return;
  if (state.name === "building" || state.name === "open") state.attempt.accept(signal);
  else if (held.length > 0 && held.length < heldSignals) held.push(signal);
}
