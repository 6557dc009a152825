import type { Engine, EngineInput, EngineOutput, EngineSnapshot, JournalRecord, Now } from "../engine/types";
import { unreachable } from "../kernel/assert";
import type { Lane } from "../net/link";
import type { Timing } from "../net/timing";
import type { CoordinatorToSite, SiteToCoordinator } from "../protocol/coordination/message";
import { type ErrorCode, errorCodes } from "../protocol/error-code";
import type { OpId, SessionId, SiteId } from "../protocol/ids";
import type { Operation, Outcome } from "../protocol/operation";
import { newSession, type SessionToken } from "../protocol/session-token";
import { decodeFrame, encodeFrame } from "./codec";
import { createGroupCommit } from "./group-commit";
import { createInbox } from "./inbox";
import type { Journal, JournalFailure } from "./journal";
import type { Recorder } from "./recorder";
import { createTimerSet } from "./timer-set";

/** Everything one engine needs of the world. */
export type RuntimePorts = {
  readonly now: () => Now;
  readonly timing: Timing;
  readonly journal: Journal;
  readonly send: (to: SiteId, lane: Lane, payload: Uint8Array) => void;
  readonly coordinate: (message: SiteToCoordinator) => void;
  readonly recorder: Recorder;
  /** The engine handled something: what it shows may differ. */
  readonly onChange: () => void;
  /** The site stopped by itself: an assertion of the engine failed, or its disk did. */
  readonly onStopped: (why: RuntimeStop) => void;
  /** A message was dropped; `name` is one of a fixed set. */
  readonly onDropped: (name: string) => void;
};
export type RuntimeStop =
  | { readonly type: "assertion"; readonly message: string }
  | { readonly type: "disk"; readonly failure: JournalFailure };

/**
 * Drives one engine: one input, every output in order, then the next input. Calls made while an
 * input is handled wait their turn, so nothing re-enters the engine.
 */
export type Runtime = {
  /** First call. `records` is what the journal held. */
  readonly start: (records: readonly JournalRecord[]) => void;
  /** Bytes from the engine port of the link to `from`. */
  readonly receive: (from: SiteId, payload: Uint8Array) => void;
  readonly coordination: (message: CoordinatorToSite) => void;
  readonly link: (peer: SiteId, up: boolean) => void;
  /** Always resolves; `unknown` after `deadlineMs` at the latest. */
  readonly run: (
    opId: OpId,
    session: SessionId,
    op: Operation,
    deadlineMs: number,
    token?: SessionToken,
  ) => Promise<Outcome>;
  readonly visibility: (hidden: boolean) => void;
  /** How many entries a second this site can apply; null is without a limit. */
  readonly condition: (applyPerSec: number | null) => void;
  readonly dismissDiscarded: () => void;
  /** No handler runs, the inbox grows up to a bound, time goes on: like a stopped process. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** Stops like a killed process: no farewell, nothing more is written or sent. */
  readonly crash: () => void;
  /** Gives the lease back if the engine holds one, then stops. */
  readonly leave: () => void;
  readonly snapshot: () => EngineSnapshot;
};

type Untimed = EngineInput extends infer Input ? (Input extends unknown ? Omit<Input, "now"> : never) : never;
type Frame = { readonly type: "frame"; readonly from: SiteId; readonly bytes: Uint8Array };

/** How long after its deadline an operation that the engine has not answered is called unknown. */
const graceMs = 250;

/** Builds the runtime of one incarnation of a site; a restart builds another. */
export function createRuntime(engine: Engine, ports: RuntimePorts): Runtime {
  const inbox = createInbox<Untimed | Frame>();
  const clients = new Map<OpId, (outcome: Outcome) => void>();
  const timers = createTimerSet(ports.timing, (id) => submit({ type: "timer", id }, "must"));
  const commit = createGroupCommit(
    ports.journal,
    (seq) => submit({ type: "persisted", seq }, "must"),
    (failure) => stopBecause({ type: "disk", failure }),
  );
  let handling = false;
  let paused = false;
  let stopped = false;

  /** `may` inputs are dropped when the inbox is full, as a full socket buffer would. */
  function submit(input: Untimed | Frame, need: "must" | "may"): boolean {
    if (stopped) return false;
    if (!inbox.push(input, input.type === "frame" ? input.bytes.length : 0, need)) {
      ports.onDropped("INBOX_FULL");
      return false;
    }
    drain();
    return true;
  }

  function drain(): void {
    if (handling) return;
    handling = true;
    let worked = false;
    try {
      for (let input = take(); input !== undefined; input = take()) {
        handle(input);
        worked = true;
      }
    } catch (thrown) {
      stopBecause({ type: "assertion", message: thrown instanceof Error ? thrown.message : String(thrown) });
    }
    handling = false;
    if (worked) ports.onChange();
  }

  function take(): Untimed | Frame | undefined {
    return paused || stopped ? undefined : inbox.shift();
  }

  function handle(input: Untimed | Frame): void {
    if (input.type === "frame") handleFrame(input);
    else step(input);
  }

  function handleFrame({ from, bytes }: Frame): void {
    const frame = decodeFrame(bytes);
    if (!frame.ok) {
      ports.onDropped(frame.error);
      ports.recorder.dropped(from, engine.identity.site, frame.error, bytes.length);
      return;
    }
    ports.recorder.received(from, frame.value.m, frame.value.t, bytes.length);
    step({ type: "message", from, message: frame.value.m });
  }

  function step(input: Untimed): void {
    for (const output of engine.step({ ...input, now: ports.now() } as EngineInput)) carryOut(output);
  }

  function carryOut(output: EngineOutput): void {
    switch (output.type) {
      case "send":
        send(output);
        break;
      case "coordinate":
        ports.coordinate(output.message);
        break;
      case "reply":
        settle(output.opId, output.outcome);
        break;
      case "persist":
        commit.append(output.seq, output.records, output.replace);
        break;
      case "set-timer":
        timers.set(output.id, output.afterMs);
        break;
      case "cancel-timer":
        timers.cancel(output.id);
        break;
      case "record":
        ports.recorder.record(output.event);
        break;
      default:
        unreachable(output);
    }
  }

  function send({ to, lane, message }: Extract<EngineOutput, { type: "send" }>): void {
    const bytes = encodeFrame(message, ports.recorder.stamp());
    if (!bytes.ok) {
      ports.onDropped(`OUTGOING_${bytes.error}`);
      return;
    }
    ports.recorder.sent(to, message, bytes.value.length);
    ports.send(to, lane, bytes.value);
  }

  function settle(opId: OpId, outcome: Outcome): void {
    const answer = clients.get(opId);
    clients.delete(opId);
    answer?.(outcome);
  }

  function run(
    opId: OpId,
    session: SessionId,
    op: Operation,
    deadlineMs: number,
    token = newSession,
  ): Promise<Outcome> {
    return new Promise((resolve) => {
      if (stopped) return resolve(failure("fail", "SITE_DOWN"));
      const cancel = ports.timing.after(deadlineMs + graceMs, () =>
        settle(opId, failure("unknown", "TIMEOUT")),
      );
      clients.set(opId, (outcome) => {
        cancel();
        resolve(outcome);
      });
      const accepted = submit({ type: "client", opId, session, op, deadlineMs, token }, "may");
      if (!accepted) settle(opId, failure("fail", stopped ? "SITE_DOWN" : "TOO_BUSY"));
    });
  }

  function failure(status: "fail" | "unknown", error: ErrorCode): Outcome {
    return { status, error, why: errorCodes[error], value: null, servedBy: null, epoch: 0 };
  }

  function stopBecause(why: RuntimeStop): void {
    if (stopped) return;
    stop();
    ports.onStopped(why);
  }

  function stop(): void {
    stopped = true;
    timers.clear();
    commit.stop();
    inbox.clear();
    for (const opId of [...clients.keys()]) settle(opId, failure("unknown", "CONNECTION_LOST"));
  }

  return {
    start: (journal) => void submit({ type: "start", journal }, "must"),
    receive: (from, bytes) => void submit({ type: "frame", from, bytes }, "may"),
    coordination: (message) => void submit({ type: "coordination", message }, "may"),
    link: (peer, up) => void submit({ type: "link", peer, up }, "must"),
    run,
    visibility: (hidden) => void submit({ type: "visibility", hidden }, "must"),
    condition: (applyPerSec) => void submit({ type: "condition", applyPerSec }, "must"),
    dismissDiscarded: () => void submit({ type: "dismiss-discarded" }, "must"),
    pause: () => {
      paused = true;
    },
    resume: () => {
      paused = false;
      drain();
    },
    crash: stop,
    leave: () => {
      submit({ type: "leave" }, "must");
      stop();
    },
    snapshot: engine.snapshot,
  };
}
