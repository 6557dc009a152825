import { createEngine } from "@/lib/engine/engine";
import type { Engine, EngineInput, EngineOutput, JournalRecord, TimerId } from "@/lib/engine/types";
import type { Cluster } from "@/lib/protocol/cluster";
import type { CoordinatorToSite, Heartbeat } from "@/lib/protocol/coordination/message";
import { hasSyncSet } from "@/lib/protocol/deciders";
import { type OpId, opIdOf, type SessionId, type SiteId } from "@/lib/protocol/ids";
import type { Operation, Outcome } from "@/lib/protocol/operation";
import type { SessionToken } from "@/lib/protocol/session-token";
import type { SiteMessage } from "@/lib/protocol/site/message";
import type { TraceBody } from "@/lib/protocol/trace";
import type { View } from "@/lib/protocol/view";
import { plainOf } from "../../../lib/scenario/cluster";

/** A plain active-passive cluster; tests change single axes. */
export const plainCluster: Cluster = plainOf["active-passive"];

export const site = (name: string) => name as SiteId;
export type Sent = { readonly from: SiteId; readonly to: SiteId; readonly message: SiteMessage };
type Untimed = EngineInput extends infer Input ? (Input extends unknown ? Omit<Input, "now"> : never) : never;
type Waiting = {
  readonly seq: number;
  readonly records: readonly JournalRecord[];
  readonly replace: boolean;
};

/** One engine with its disk and timers. Everything is in the open for tests to look at. */
type Host = {
  readonly name: SiteId;
  engine: Engine | null;
  incarnation: number;
  disk: JournalRecord[];
  writing: Waiting[];
  readonly timers: Map<TimerId, number>;
  /** Nothing this site does reaches its disk until `diskSlow` is false again. */
  diskSlow: boolean;
};

/** Called with everything that happens, for transcripts and invariants. */
export type Watch = {
  readonly onOutput?: (at: SiteId, output: EngineOutput) => void;
  readonly onDeliver?: (sent: Sent) => void;
  readonly onLost?: (sent: Sent) => void;
};

/** N engines, their disks, a network that can lose messages, and a coordinator that does as it is told. */
export type World = ReturnType<typeof createWorld>;

export function createWorld(names: readonly string[], cluster: Partial<Cluster> = {}, watch: Watch = {}) {
  const members = names.map(site);
  const hosts = new Map<SiteId, Host>();
  let mono = 0;
  let view: View = {
    number: 1,
    epoch: 1,
    primary: members[0] ?? null,
    members,
    cluster: { ...plainCluster, ...cluster },
    generation: 1,
    seed: null,
    phase: "serving",
    change: null,
    reason: "The first view.",
  };
  const network: Sent[] = [];
  const coordination: { readonly to: SiteId; readonly message: CoordinatorToSite }[] = [];
  const outcomes = new Map<string, Outcome[]>();
  const trace: { readonly at: SiteId; readonly event: TraceBody }[] = [];
  const cuts = new Set<string>();
  const lastBeat = new Map<SiteId, Heartbeat>();
  const grants = new Map<SiteId, { readonly epoch: number; readonly incarnation: number }>();
  let recorded: readonly SiteId[] = [];
  let coordinatorSilent = false;
  let lastGrantMono = 0;
  let operations = 0;

  const host = (name: string): Host => {
    const found = hosts.get(site(name));
    if (found === undefined) throw new Error(`no site ${name}`);
    return found;
  };

  function input(at: Host, untimed: Untimed): void {
    if (at.engine === null) return;
    const outputs = at.engine.step({ ...untimed, now: { mono, wall: mono } } as EngineInput);
    for (const output of outputs) carryOut(at, output);
  }

  function carryOut(at: Host, output: EngineOutput): void {
    watch.onOutput?.(at.name, output);
    if (output.type === "send") network.push({ from: at.name, to: output.to, message: output.message });
    else if (output.type === "record") trace.push({ at: at.name, event: output.event });
    else if (output.type === "persist") at.writing.push(output);
    else if (output.type === "set-timer") at.timers.set(output.id, mono + output.afterMs);
    else if (output.type === "cancel-timer") at.timers.delete(output.id);
    else if (output.type === "reply")
      outcomes.set(output.opId, [...(outcomes.get(output.opId) ?? []), output.outcome]);
    else if (output.message.type === "heartbeat") answer(at, output.message);
  }

  /** The scripted coordinator: grants the named primary of the view, records what it proposes. */
  function answer(at: Host, beat: Heartbeat): void {
    if (coordinatorSilent || cuts.has(`${at.name}>coordinator`)) return;
    lastBeat.set(at.name, beat);
    const life = grants.get(at.name);
    const granted =
      view.primary === at.name &&
      beat.epoch === view.epoch &&
      life?.epoch === view.epoch &&
      life.incarnation === beat.incarnation;
    if (granted) lastGrantMono = mono;
    if (granted && beat.viewNumber === view.number && hasSyncSet(view.cluster)) recorded = beat.syncSet;
    coordination.push({
      to: at.name,
      message: {
        type: "beat-reply",
        beat: beat.beat,
        sentMono: beat.sentMono,
        granted,
        leaseMs: view.cluster.detector.timeoutMs - 500,
        syncSet: [...recorded],
      },
    });
  }

  function flush(at: Host): boolean {
    if (at.diskSlow || at.writing.length === 0) return false;
    const writing = at.writing;
    at.writing = [];
    for (const { records, replace } of writing) at.disk = replace ? [...records] : [...at.disk, ...records];
    input(at, { type: "persisted", seq: writing.at(-1)?.seq ?? 0 });
    return true;
  }

  function deliver(index = 0): void {
    const [sent] = network.splice(index, 1);
    if (sent === undefined) return;
    const to = hosts.get(sent.to);
    if (to?.engine == null || cuts.has(`${sent.from}>${sent.to}`)) {
      watch.onLost?.(sent);
      return;
    }
    watch.onDeliver?.(sent);
    input(to, { type: "message", from: sent.from, message: sent.message });
  }

  function deliverCoordination(): void {
    const next = coordination.shift();
    if (next === undefined || cuts.has(`coordinator>${next.to}`)) return;
    input(host(next.to), { type: "coordination", message: next.message });
  }

  /** Everything that needs no time: coordination, disks, messages, until nothing is left. */
  function settle(): void {
    for (let round = 0; round < 100_000; round += 1) {
      if (coordination.length > 0) deliverCoordination();
      else if (![...hosts.values()].some(flush)) {
        if (network.length === 0) return;
        deliver();
      }
    }
    throw new Error("the world does not come to rest");
  }

  function fireNext(until: number): boolean {
    const due = [...hosts.values()]
      .flatMap((at) => [...at.timers].map(([id, when]) => ({ at, id, when })))
      .filter(({ when, at }) => when <= until && at.engine !== null)
      .sort((a, b) => a.when - b.when || members.indexOf(a.at.name) - members.indexOf(b.at.name));
    const [first] = due;
    if (first === undefined) return false;
    mono = Math.max(mono, first.when);
    first.at.timers.delete(first.id);
    input(first.at, { type: "timer", id: first.id });
    return true;
  }

  function boot(name: string): void {
    const at = host(name);
    at.incarnation += 1;
    at.engine = createEngine({ site: at.name, index: members.indexOf(at.name), incarnation: at.incarnation });
    at.timers.clear();
    input(at, { type: "start", journal: at.disk });
    input(at, { type: "coordination", message: { type: "view", view } });
  }

  for (const name of members) {
    hosts.set(name, {
      name,
      engine: null,
      incarnation: 0,
      disk: [],
      writing: [],
      timers: new Map(),
      diskSlow: false,
    });
  }
  if (view.primary !== null) grants.set(view.primary, { epoch: 1, incarnation: 1 });
  for (const name of members) boot(name);

  return {
    network,
    outcomes,
    trace,
    cuts,
    lastBeat,
    settle,
    deliver,
    deliverCoordination,
    coordination,
    host,
    hosts: () => [...hosts.values()],
    flush: (name: string) => flush(host(name)),
    mono: () => mono,
    view: () => view,
    recorded: () => recorded,
    /** When the scripted coordinator last renewed the lease. */
    lastGrantMono: () => lastGrantMono,
    snapshot: (name: string) => {
      const { engine } = host(name);
      if (engine === null) throw new Error(`${name} is down`);
      return engine.snapshot();
    },
    input: (name: string, untimed: Untimed) => input(host(name), untimed),
    silence: (silent: boolean) => {
      coordinatorSilent = silent;
    },
    /** Time passes and nobody notices, as in a frozen tab: no timer runs, no message is handled. */
    freeze(ms: number): void {
      mono += ms;
    },
    /** Lets time pass, with everything settled before each timer. */
    advance(ms: number, between: () => void = settle): void {
      const until = mono + ms;
      between();
      while (fireNext(until)) between();
      mono = until;
    },
    /** A client's operation; its id. Nothing is delivered yet. */
    client(name: string, op: Operation, opId?: string, deadlineMs = 5000, token?: SessionToken): OpId {
      operations += 1;
      const seen = token === undefined ? {} : { token };
      const id = (opId ?? opIdOf("c" as SessionId, operations)) as OpId;
      input(host(name), { type: "client", opId: id, session: "c" as SessionId, op, deadlineMs, ...seen });
      return id;
    },
    /** The outcome of an operation that has one; asserts that it has at most one. */
    outcome(opId: string): Outcome | null {
      const all = outcomes.get(opId) ?? [];
      if (all.length > 1) throw new Error(`${opId} was answered ${all.length} times`);
      return all[0] ?? null;
    },
    /** Cuts both directions between two nodes; `mend` undoes it. */
    cut(a: string, b: string): void {
      cuts.add(`${a}>${b}`).add(`${b}>${a}`);
    },
    mend(a: string, b: string): void {
      cuts.delete(`${a}>${b}`);
      cuts.delete(`${b}>${a}`);
    },
    /** A new view; naming a primary begins a reign in a new epoch unless `epoch` says otherwise. */
    change(change: Partial<View>): View {
      const epoch =
        change.epoch ??
        (change.primary === undefined || change.primary === null ? view.epoch : view.epoch + 1);
      view = { ...view, reason: "The test says so.", ...change, number: view.number + 1, epoch };
      if (change.primary !== undefined && change.primary !== null) {
        recorded = [];
        grants.set(change.primary, { epoch, incarnation: host(change.primary).incarnation });
      }
      for (const name of members) {
        if (host(name).engine !== null && !coordinatorSilent)
          coordination.push({ to: name, message: { type: "view", view } });
      }
      return view;
    },
    /** The coordinator tells one site the present view again, as it does when a heartbeat names an older one. */
    tell(name: string): void {
      coordination.push({ to: site(name), message: { type: "view", view } });
    },
    crash(name: string, disk: "kept" | "lost" = "kept"): void {
      const at = host(name);
      at.engine = null;
      at.writing = [];
      // Its connection to the coordinator dies with it, and what was on the way along it.
      coordination.splice(0, coordination.length, ...coordination.filter(({ to }) => to !== at.name));
      if (disk === "lost") at.disk = [];
    },
    restart: boot,
  };
}
