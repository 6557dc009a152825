import type { Engine, EngineInput, EngineOutput, EngineSnapshot } from "../../../lib/engine/types";
import { ok, type Result } from "../../../lib/kernel/result";
import type { SiteId } from "../../../lib/protocol/ids";
import type { TraceBody } from "../../../lib/protocol/trace";
import type { Journal, JournalChange, JournalFailure } from "../../../lib/runtime/journal";
import type { Recorder } from "../../../lib/runtime/recorder";
import { createRuntime, type RuntimeStop } from "../../../lib/runtime/runtime";
import { createFakeTiming } from "./fake-timing";

export const mumbai = "mumbai" as SiteId;
export const pune = "pune" as SiteId;

/** A disk whose writes end when the test says so. */
export function createSlowJournal() {
  const groups: { changes: readonly JournalChange[]; end: (result: Result<null, JournalFailure>) => void }[] =
    [];
  const journal: Journal = {
    load: async () => ({ records: [], lost: null }),
    write: (changes) => new Promise((resolve) => groups.push({ changes, end: resolve })),
    wipe: async () => {},
    close: () => {},
  };
  return {
    journal,
    groups,
    /** Ends the oldest write under way and lets the runtime hear of it. */
    async finish(result: Result<null, JournalFailure> = ok(null)): Promise<void> {
      groups.shift()?.end(result);
      await settled();
    },
  };
}

/** Lets every promise that can go on do so. */
export async function settled(): Promise<void> {
  for (let n = 0; n < 10; n += 1) await null;
}

/** A runtime around an engine that the test scripts: `answer` says what each input leads to. */
export function createRig(answer: (input: EngineInput) => readonly EngineOutput[], onSend = () => {}) {
  const timing = createFakeTiming();
  const disk = createSlowJournal();
  const inputs: EngineInput[] = [];
  const sent: { to: SiteId; text: string }[] = [];
  const recorded: TraceBody[] = [];
  const stops: RuntimeStop[] = [];
  const dropped: string[] = [];
  const engine: Engine = {
    identity: { site: mumbai, index: 0, incarnation: 1 },
    step: (input) => {
      inputs.push(input);
      return answer(input);
    },
    snapshot: () => ({ site: mumbai }) as EngineSnapshot,
  };
  const recorder: Recorder = {
    record: (body) => recorded.push(body),
    sent: () => {},
    received: () => {},
    dropped: () => {},
    stamp: () => ({ vc: { mumbai: 1 }, hlc: { l: 0, c: 0 } }),
    stored: () => {},
    flush: () => {},
    close: () => {},
  };
  const runtime = createRuntime(engine, {
    now: () => ({ mono: timing.now(), wall: 1_000_000 + timing.now() }),
    timing,
    journal: disk.journal,
    send: (to, _lane, payload) => {
      sent.push({ to, text: new TextDecoder().decode(payload) });
      onSend();
    },
    coordinate: () => {},
    recorder,
    onChange: () => {},
    onStopped: (why) => stops.push(why),
    onDropped: (name) => dropped.push(name),
  });
  const types = () => inputs.map((input) => input.type);
  return { runtime, timing, disk, inputs, types, sent, recorded, stops, dropped };
}
