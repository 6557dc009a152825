import type { Signal } from "../protocol/lab/wire";
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

export type DirectPathOptions = {
  readonly isInitiator: boolean;
  readonly make: MakePeerConnection;
  readonly permits: Permits;
  readonly timing: Timing;
  /** Rising numbers for attempts, shared by all paths of a tab so that a new path continues them. */
  readonly nextNumber: () => number;
  readonly events: DirectEvents;
};

export type State =
  | { readonly name: "stopped" }
  /** Until a timer: a pause, a permit to wait for, or at the answerer an offer that may never come. */
  | { readonly name: "waiting"; readonly cancel: () => void }
  | { readonly name: "building"; readonly attempt: Attempt; readonly cancel: () => void }
  | { readonly name: "open"; readonly attempt: Attempt; readonly sinceMs: number };

/** One path as it is built, dies and is built again. */
export type Path = {
  readonly options: DirectPathOptions;
  state: State;
  failures: number;
  /** The highest attempt seen; signals of older ones are dropped. */
  lastAttempt: number;
  /** The newest offer and what came after it, while a permit for its connection is awaited. */
  held: Exclude<Signal, { type: "want" }>[];
  isTurn: boolean;
  reason: string;
};

export function createPath(options: DirectPathOptions): Path {
  const reason = "a direct path is being tried";
  return {
    options,
    state: { name: "stopped" },
    failures: 0,
    lastAttempt: 0,
    held: [],
    isTurn: false,
    reason,
  };
}

/** Ends whatever is under way. */
export function leave(path: Path): void {
  const { state, options } = path;
  const { timing, events } = options;
  if (state.name === "waiting" || state.name === "building") state.cancel();
  if (state.name === "building" || state.name === "open") state.attempt.close();
  if (state.name === "open" && timing.now() - state.sinceMs >= settledMs) path.failures = 0;
  path.state = { name: "stopped" };
  if (state.name === "open") events.onClosed();
}

/** Tries to have a path: the initiator by an offer, the other by asking for one. */
export function seek(path: Path): void {
  if (path.options.isInitiator) begin(path);
  else ask(path);
}

export function fail(path: Path, why: string): void {
  leave(path);
  explain(path, why);
  path.failures += 1;
  wait(path, pauseMs(path.failures), seek);
}

/** The answerer's way to begin: an offer should follow, or it asks again. */
function ask(path: Path): void {
  wait(path, patienceMs(path.failures) + pauseMs(path.failures), ask);
  path.failures += 1;
  path.options.events.onSignal({ type: "want", attempt: path.lastAttempt });
}

/** The initiator's way to begin. Every attempt's number is higher than any either side has seen. */
export function begin(path: Path): void {
  const number = () => {
    path.lastAttempt = Math.max(path.options.nextNumber(), path.lastAttempt + 1);
    return path.lastAttempt;
  };
  build(path, number, begin)?.offer();
}

/** Answers the newest offer held, with the candidates that came after it. */
export function answer(path: Path): void {
  const attempt = build(path, () => path.lastAttempt, answer);
  if (attempt === null) return;
  const signals = path.held;
  path.held = [];
  for (const signal of signals) attempt.accept(signal);
}

/** Makes one attempt, or waits for a permit and calls `again`. */
function build(path: Path, number: () => number, again: (path: Path) => void): Attempt | null {
  const { make, permits, timing } = path.options;
  const permitMs = permits.take();
  if (permitMs > 0) {
    wait(path, permitMs, again);
    return null;
  }
  leave(path);
  try {
    const attempt = createAttempt(number(), make(), attemptEvents(path));
    const patience = patienceMs(path.failures);
    const giveUp = () => fail(path, `no direct path was found in ${patience / 1000} s`);
    path.state = { name: "building", attempt, cancel: timing.after(patience, giveUp) };
    return attempt;
  } catch {
    permits.pause(tooManyPauseMs);
    explain(path, "this browser has too many connections open; it tries again in 30 s");
    wait(path, tooManyPauseMs, again);
    return null;
  }
}

function attemptEvents(path: Path): AttemptEvents {
  const { events } = path.options;
  return {
    onSignal: events.onSignal,
    onOpen: () => opened(path),
    onDead: (why) => fail(path, why),
    onFrame: events.onFrame,
    onDrain: events.onDrain,
  };
}

function opened(path: Path): void {
  const { timing, events } = path.options;
  if (path.state.name !== "building") return;
  const { attempt, cancel } = path.state;
  cancel();
  path.state = { name: "open", attempt, sinceMs: timing.now() };
  path.isTurn = false;
  events.onOpen();
  void attempt.isThroughTurn().then((turn) => {
    if (path.state.name !== "open" || path.state.attempt !== attempt || !turn) return;
    path.isTurn = true;
    events.onChange();
  });
}

function wait(path: Path, ms: number, then: (path: Path) => void): void {
  leave(path);
  path.state = { name: "waiting", cancel: path.options.timing.after(ms, () => then(path)) };
}

function explain(path: Path, why: string): void {
  if (path.reason === why) return;
  path.reason = why;
  path.options.events.onChange();
}

function patienceMs(failures: number): number {
  return Math.min(longPatienceMs, firstPatienceMs * 2 ** failures);
}

function pauseMs(failures: number): number {
  if (failures > hopelessAfter) return hopelessPauseMs;
  return Math.min(longPauseMs, firstPauseMs * 2 ** Math.max(0, failures - 1));
}
