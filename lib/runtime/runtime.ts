import type { Engine, EngineInput, EngineOutput, EngineSnapshot, JournalRecord, Now } from "../engine/types";
import { unreachable } from "../kernel/assert";
import type { Lane } from "../net/link";
import type { Timing } from "../net/timing";
import type { CoordinatorToSite, SiteToCoordinator } from "../protocol/coordination/message";
import type { OpId, SessionId, SiteId } from "../protocol/ids";
import { type Operation, type Outcome, unserved } from "../protocol/operation";
import { newSession, type SessionToken } from "../protocol/session-token";
import { createCallers } from "./callers";
import { decodeFrame, encodeFrame } from "./codec";
import { createGroupCommit, type GroupCommit } from "./group-commit";
import type { Journal, JournalFailure } from "./journal";
import type { Recorder } from "./recorder";
import { createTimerSet, type TimerSet } from "./timer-set";
import { createTurns } from "./turns";

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

/** Builds the runtime of one incarnation of a site; a restart builds another. */
export function createRuntime(engine: Engine, ports: RuntimePorts): Runtime {
  const callers = createCallers(ports.timing);
  const timers = createTimerSet(ports.timing, (id) => submit({ type: "timer", id }));
  const commit = createGroupCommit(
    ports.journal,
    (seq) => submit({ type: "persisted", seq }),
    (failure) => stopBecause({ type: "disk", failure }),
  );
  const world: World = { ports, timers, commit, settle: callers.settle };
  const turns = createTurns<Untimed | Frame>({
    handle,
    onIdle: ports.onChange,
    onFull: () => ports.onDropped("INBOX_FULL"),
    onFailed: (thrown) => stopBecause({ type: "assertion", message: sentenceOf(thrown) }),
  });

  function submit(input: Untimed): void {
    turns.submit(input, 0, "must");
  }

  /** Dropped when the inbox is full, as a full socket buffer would. */
  function offer(input: Untimed | Frame): boolean {
    return turns.submit(input, input.type === "frame" ? input.bytes.length : 0, "may");
  }

  function handle(input: Untimed | Frame): void {
    const read = input.type === "frame" ? messageIn(input, engine.identity.site, ports) : input;
    if (read === null) return;
    for (const output of engine.step({ ...read, now: ports.now() } as EngineInput)) carryOut(output, world);
  }

  function run(
    ...[opId, session, op, deadlineMs, token = newSession]: Parameters<Runtime["run"]>
  ): Promise<Outcome> {
    if (turns.isStopped()) return Promise.resolve(unserved("fail", "SITE_DOWN"));
    const answer = callers.wait(opId, deadlineMs);
    const accepted = offer({ type: "client", opId, session, op, deadlineMs, token });
    if (!accepted) callers.settle(opId, unserved("fail", turns.isStopped() ? "SITE_DOWN" : "TOO_BUSY"));
    return answer;
  }

  function stopBecause(why: RuntimeStop): void {
    if (turns.isStopped()) return;
    stop();
    ports.onStopped(why);
  }

  function stop(): void {
    turns.stop();
    timers.clear();
    commit.stop();
    callers.settleAll(unserved("unknown", "CONNECTION_LOST"));
  }

  return {
    start: (journal) => submit({ type: "start", journal }),
    receive: (from, bytes) => void offer({ type: "frame", from, bytes }),
    coordination: (message) => void offer({ type: "coordination", message }),
    link: (peer, up) => submit({ type: "link", peer, up }),
    run,
    visibility: (hidden) => submit({ type: "visibility", hidden }),
    condition: (applyPerSec) => submit({ type: "condition", applyPerSec }),
    dismissDiscarded: () => submit({ type: "dismiss-discarded" }),
    pause: turns.pause,
    resume: turns.resume,
    crash: stop,
    leave: () => {
      submit({ type: "leave" });
      stop();
    },
    snapshot: engine.snapshot,
  };
}

function sentenceOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

/** What a peer's frame says; null where it says nothing that is well formed. */
function messageIn(
  { from, bytes }: Frame,
  to: SiteId,
  { recorder, onDropped }: RuntimePorts,
): Untimed | null {
  const frame = decodeFrame(bytes);
  if (!frame.ok) {
    onDropped(frame.error);
    recorder.dropped(from, to, frame.error, bytes.length);
    return null;
  }
  const { m: message, t: stamp } = frame.value;
  recorder.received(from, message, stamp, bytes.length);
  return { type: "message", from, message };
}

/** What an engine's outputs act upon. */
type World = {
  readonly ports: RuntimePorts;
  readonly timers: TimerSet;
  readonly commit: GroupCommit;
  readonly settle: (opId: OpId, outcome: Outcome) => void;
};

function carryOut(output: EngineOutput, { ports, timers, commit, settle }: World): void {
  switch (output.type) {
    case "send":
      send(output, ports);
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

function send(
  { to, lane, message }: Extract<EngineOutput, { type: "send" }>,
  { recorder, onDropped, send: hand }: RuntimePorts,
): void {
  const bytes = encodeFrame(message, recorder.stamp());
  if (!bytes.ok) {
    onDropped(`OUTGOING_${bytes.error}`);
    return;
  }
  recorder.sent(to, message, bytes.value.length);
  hand(to, lane, bytes.value);
}
