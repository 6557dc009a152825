import type { EngineSnapshot, KeyState } from "../engine/types";
import type { Json } from "../kernel/json";
import type { Receipt } from "../merge/receipts";
import type { LinkInfo } from "../net/link";
import type { LabPicture } from "../protocol/lab/picture";
import type { Operation, Outcome } from "../protocol/operation";
import type { TraceEvent } from "../protocol/trace";
import type { LabClient, OpLine, RunningSeat, Seat } from "./view-model";

/** What an operation came to, for a script. */
export type ScriptResult = {
  readonly status: Outcome["status"];
  readonly value: Json;
  readonly version: string | null;
  readonly error: string | null;
  readonly tookMs: number;
};

export type ScriptState = Pick<
  EngineSnapshot,
  "role" | "epoch" | "primary" | "position" | "lagOps" | "merges"
> & {
  readonly links: readonly Pick<LinkInfo, "to" | "status" | "via" | "rttMs">[];
  readonly keys: Readonly<Record<string, Json>>;
};

type ScriptEvents = {
  readonly role: TraceEvent;
  readonly view: TraceEvent;
  readonly fault: TraceEvent;
  /** An operation of this seat has come to an end. */
  readonly op: OpLine;
  /** A write lost to another that had not seen it, or stands beside it under the rule in force. */
  readonly conflict: Receipt;
};
type EventName = keyof ScriptEvents;

/** `window.faultline` on a seat (contract, section 6). Every operation's promise resolves. */
export type SeatScript = {
  readonly ready: Promise<void>;
  readonly site: string;
  readonly pod: string;
  readonly put: (key: string, value: Json) => Promise<ScriptResult>;
  readonly get: (key: string) => Promise<ScriptResult>;
  readonly delete: (key: string) => Promise<ScriptResult>;
  readonly cas: (key: string, from: Json, to: Json) => Promise<ScriptResult>;
  readonly increment: (key: string, by?: number) => Promise<ScriptResult>;
  readonly add: (key: string, value: Json) => Promise<ScriptResult>;
  readonly remove: (key: string, value: Json) => Promise<ScriptResult>;
  readonly patch: (key: string, field: string, value: Json) => Promise<ScriptResult>;
  readonly insert: (key: string, at: number, text: string) => Promise<ScriptResult>;
  readonly erase: (key: string, at: number, length: number) => Promise<ScriptResult>;
  readonly reserve: (key: string, amount: number) => Promise<ScriptResult>;
  readonly state: () => ScriptState;
  readonly crash: () => Promise<void>;
  readonly on: <Name extends EventName>(name: Name, f: (event: ScriptEvents[Name]) => void) => () => void;
};

/** `window.faultline` on a console. `state` is null until the first picture. */
export type ConsoleScript = {
  readonly command: LabClient["command"];
  readonly state: () => LabPicture | null;
};

declare global {
  interface Window {
    faultline?: SeatScript | ConsoleScript;
  }
}

/** Puts the seat's script on `window.faultline`; the returned function takes it away. */
export function installSeatScript(seat: Seat): () => void {
  return install(createSeatScript(seat));
}

/** Puts the console's script on `window.faultline`; the returned function takes it away. */
export function installConsoleScript(client: LabClient): () => void {
  return install({
    command: client.command,
    state: () => {
      const view = client.store.get();
      return view.phase === "open" ? view.picture : null;
    },
  });
}

function install(script: SeatScript | ConsoleScript): () => void {
  window.faultline = script;
  return () => {
    if (window.faultline === script) delete window.faultline;
  };
}

function createSeatScript(seat: Seat): SeatScript {
  const run = async (op: Operation): Promise<ScriptResult> => resultOf(await seat.run(op));
  return {
    ready: whenRunning(seat),
    get site() {
      return running(seat).site;
    },
    get pod() {
      return running(seat).pod;
    },
    put: (key, value) => run({ f: "put", key, value }),
    get: (key) => run({ f: "get", key }),
    delete: (key) => run({ f: "delete", key }),
    cas: (key, from, to) => run({ f: "cas", key, from, to }),
    increment: (key, by = 1) => run({ f: "increment", key, by }),
    add: (key, value) => run({ f: "add", key, value }),
    remove: (key, value) => run({ f: "remove", key, value }),
    patch: (key, field, value) => run({ f: "patch", key, field, value }),
    insert: (key, at, text) => run({ f: "insert", key, at, text }),
    erase: (key, at, length) => run({ f: "erase", key, at, length }),
    reserve: (key, amount) => run({ f: "reserve", key, amount }),
    state: () => stateOf(running(seat)),
    crash: () => seat.crash("kept"),
    on: (name, f) => listen(seat, name, f),
  };
}

function resultOf(outcome: Outcome & { readonly tookMs: number }): ScriptResult {
  const { status, value, tookMs } = outcome;
  if (outcome.status === "ok") return { status, value, version: outcome.version, error: null, tookMs };
  return { status, value, version: null, error: outcome.error, tookMs };
}

function running(seat: Seat): RunningSeat {
  const view = seat.look();
  if (view.phase !== "running") throw new Error("faultline: this tab has no site yet; await faultline.ready");
  return view;
}

function whenRunning(seat: Seat): Promise<void> {
  const ready = new Promise<void>((resolve, reject) => {
    const unsubscribe = seat.store.subscribe(check);
    check();
    function check(): void {
      const view = seat.store.get();
      if (view.phase === "joining") return;
      unsubscribe();
      if (view.phase === "running") resolve();
      else reject(new Error(`faultline: ${view.phase === "refused" ? view.error.message : view.why}`));
    }
  });
  // A page without a script leaves it unheard.
  ready.catch(() => {});
  return ready;
}

function stateOf({ engine, links }: RunningSeat): ScriptState {
  const { role, epoch, primary, position, lagOps, merges } = engine;
  const keys = Object.entries<KeyState>(engine.keys).map(([key, { value }]) => [key, value] as const);
  return {
    role,
    epoch,
    primary,
    position,
    lagOps,
    links: links.map(({ to, status, via, rttMs }) => ({ to, status, via, rttMs })),
    keys: Object.fromEntries(keys),
    merges,
  };
}

/** What has come to be since the last time, per event; nothing of what was there at the beginning. */
function listen<Name extends EventName>(
  seat: Seat,
  name: Name,
  f: (event: ScriptEvents[Name]) => void,
): () => void {
  let seen = new Set(identified(seat, name).keys());
  return seat.store.subscribe(() => {
    const present = identified(seat, name);
    for (const [id, event] of [...present].reverse()) if (!seen.has(id)) f(event);
    seen = new Set(present.keys());
  });
}

/** The events of one kind that the seat shows now, newest first, by what tells them apart. */
function identified<Name extends EventName>(seat: Seat, name: Name): Map<string, ScriptEvents[Name]> {
  const view = seat.store.get();
  const found = view.phase === "running" ? sources[name](view) : [];
  return new Map(found);
}

const storyOf = (kind: TraceEvent["kind"]) => (view: RunningSeat) =>
  view.story
    .filter((event) => event.kind === kind)
    .map((event) => [`${event.site}:${event.e}`, event] as const);

const sources: {
  readonly [Name in EventName]: (view: RunningSeat) => readonly (readonly [string, ScriptEvents[Name]])[];
} = {
  role: storyOf("role"),
  view: storyOf("view"),
  fault: storyOf("fault"),
  op: ({ ops }) => ops.filter(({ outcome }) => outcome !== null).map((line) => [line.id, line] as const),
  conflict: ({ engine }) =>
    engine.receipts
      .filter(
        ({ outcome, unseen, merge }) =>
          (outcome === "overwritten" && unseen) ||
          (outcome === "sibling" && merge === engine.view?.cluster.merge),
      )
      .map((receipt) => [`${receipt.op} ${receipt.merge}`, receipt] as const),
};
