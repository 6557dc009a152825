import { createEngine } from "../../../lib/engine/engine";
import type { Engine, EngineInput, EngineOutput, JournalRecord } from "../../../lib/engine/types";
import { randomStream } from "../../../lib/kernel/random";
import type { Cluster } from "../../../lib/protocol/cluster";
import { opIdOf, type SessionId, type SiteId } from "../../../lib/protocol/ids";
import type { Operation, Outcome } from "../../../lib/protocol/operation";
import type { SessionToken } from "../../../lib/protocol/session-token";
import { type SiteMessage, siteMessageSchema } from "../../../lib/protocol/site/message";
import type { TraceBody } from "../../../lib/protocol/trace";
import type { View } from "../../../lib/protocol/view";
import { plainOf } from "../../../lib/scenario/cluster";

const cluster: Cluster = {
  ...plainOf["active-active"],
  failover: "none",
  fencing: [],
  repair: { hintMs: 10_000, readRepair: "none", antiEntropyMs: 2000, tombstoneMs: "stable" },
};

type Letter = { from: SiteId; to: SiteId; lane: "replication" | "stream"; message: SiteMessage };
type Host = {
  engine: Engine;
  incarnation: number;
  skewMs: number;
  disk: JournalRecord[];
  /** Persist requests that the disk has not carried out yet. */
  pending: Extract<EngineOutput, { type: "persist" }>[];
  timers: Map<string, number>;
  up: boolean;
};

/** What may happen to a datagram on its way; `stream` letters are only ever cut. */
export type Weather = { readonly lossPct: number; readonly duplicatePct: number; readonly reorder: boolean };
const fair: Weather = { lossPct: 0, duplicatePct: 0, reorder: false };

/** Several engines in active-active, a network and disks in the hands of the test, and no real time. */
export function manyWritersPod(names: readonly string[], axes: Partial<Cluster> = {}, seed = 1) {
  const ids = names as readonly SiteId[];
  const random = randomStream(seed, "weather");
  const hosts = new Map<SiteId, Host>();
  const letters: Letter[] = [];
  const cuts = new Set<string>();
  const outcomes = new Map<string, Outcome>();
  const traced: { site: SiteId; event: TraceBody }[] = [];
  /** Every message that was handed to the network, lost ones included. */
  const sent: Letter[] = [];
  let weather = fair;
  let mono = 0;
  let ops = 0;
  let diskIsSlow = false;
  let view = viewOf(1, { ...cluster, ...axes });

  function viewOf(number: number, of: Cluster, generation = 1, seedSite: SiteId | null = null): View {
    const base = {
      epoch: 1,
      primary: null,
      members: [...ids],
      phase: "serving",
      change: null,
      reason: "test",
    } as const;
    return { ...base, members: [...ids], number, cluster: of, generation, seed: seedSite };
  }

  function start(id: SiteId, incarnation: number, disk: JournalRecord[]): void {
    const engine = createEngine({ site: id, index: ids.indexOf(id), incarnation });
    const skewMs = hosts.get(id)?.skewMs ?? 0;
    hosts.set(id, { engine, incarnation, skewMs, disk, pending: [], timers: new Map(), up: true });
    feed(id, { type: "start", journal: structuredClone(disk) });
    feed(id, { type: "coordination", message: { type: "view", view } });
  }

  function host(id: string): Host {
    const found = hosts.get(id as SiteId);
    if (found === undefined) throw new Error(`no site ${id}`);
    return found;
  }

  type Input = EngineInput extends infer I ? (I extends EngineInput ? Omit<I, "now"> : never) : never;
  function feed(id: string, input: Input): void {
    const at = host(id);
    if (!at.up) return;
    const now = { mono, wall: 1_000_000 + mono + at.skewMs };
    for (const output of at.engine.step({ ...input, now } as EngineInput)) carryOut(id as SiteId, at, output);
    if (!diskIsSlow) settleDisk(id);
  }

  function carryOut(id: SiteId, at: Host, output: EngineOutput): void {
    if (output.type === "send") post({ from: id, ...output });
    else if (output.type === "reply") outcomes.set(output.opId, output.outcome);
    else if (output.type === "persist") at.pending.push(output);
    else if (output.type === "set-timer") at.timers.set(output.id, mono + output.afterMs);
    else if (output.type === "cancel-timer") at.timers.delete(output.id);
    else if (output.type === "record") traced.push({ site: id, event: output.event });
  }

  function post({ from, to, lane, message }: Letter): void {
    const letter = { from, to, lane, message: siteMessageSchema.parse(JSON.parse(JSON.stringify(message))) };
    sent.push(letter);
    if (lane === "replication" && random.below(100) < weather.lossPct) return;
    const copies = lane === "replication" && random.below(100) < weather.duplicatePct ? 2 : 1;
    for (let n = 0; n < copies; n += 1) letters.push(letter);
  }

  /** Carries out what is pending on a disk and tells the engine. */
  function settleDisk(id: string): void {
    const at = host(id);
    while (at.pending.length > 0) {
      const batch = at.pending.splice(0);
      for (const { records, replace } of batch)
        at.disk = [...(replace ? [] : at.disk), ...structuredClone(records)];
      feed(id, { type: "persisted", seq: batch.at(-1)?.seq ?? 0 });
    }
  }

  function deliver(): void {
    for (let guard = 0; letters.length > 0; guard += 1) {
      if (guard > 100_000) throw new Error("the sites never fall silent");
      const loose = weather.reorder ? random.below(letters.length) : 0;
      const at =
        letters[loose]?.lane === "replication"
          ? loose
          : letters.findIndex((one) => one.lane === letters[loose]?.lane);
      const [letter] = letters.splice(at, 1);
      if (letter !== undefined && !cuts.has(`${letter.from} ${letter.to}`)) {
        feed(letter.to, { type: "message", from: letter.from, message: letter.message });
      }
    }
  }

  /** Lets time pass, in steps of 10 ms, firing timers and delivering everything. */
  function advance(ms: number): void {
    for (const end = mono + ms; mono < end; mono += 10) {
      for (const [id, { timers }] of hosts) {
        for (const [timer, due] of [...timers]) {
          if (due > mono) continue;
          timers.delete(timer);
          feed(id, { type: "timer", id: timer as never });
        }
      }
      deliver();
    }
  }

  for (const id of ids) start(id, 1, []);
  deliver();

  return {
    outcomes,
    traced,
    sent,
    deliver,
    advance,
    disk: (id: string) => host(id).disk,
    snapshot: (id: string) => host(id).engine.snapshot(),
    feed,
    settleDisk,
    slowDisk(slow: boolean) {
      diskIsSlow = slow;
    },
    weather(next: Partial<Weather>) {
      weather = { ...weather, ...next };
    },
    skew(id: string, ms: number) {
      host(id).skewMs = ms;
    },
    /** Starts an operation and gives its id; the outcome may come later. */
    op(id: string, op: Operation, token?: SessionToken): string {
      const session = `${id}-client` as SessionId;
      ops += 1;
      const opId = opIdOf(session, ops);
      feed(id, { type: "client", opId, session, op, deadlineMs: 5000, ...(token && { token }) });
      return opId;
    },
    nowMs: () => mono,
    partition(...groups: readonly (readonly string[])[]) {
      const groupOf = (id: string) => groups.findIndex((group) => group.includes(id));
      for (const a of ids) for (const b of ids) if (groupOf(a) !== groupOf(b)) cuts.add(`${a} ${b}`);
    },
    cut(a: string, b: string) {
      cuts.add(`${a} ${b}`).add(`${b} ${a}`);
    },
    heal() {
      cuts.clear();
      for (const a of ids) for (const b of ids) if (a !== b) feed(a, { type: "link", peer: b, up: true });
    },
    crash(id: string) {
      const at = host(id);
      at.up = false;
      at.pending = [];
    },
    restart(id: string, disk: "kept" | "lost" = "kept") {
      const at = host(id);
      start(id as SiteId, at.incarnation + 1, disk === "kept" ? at.disk : []);
    },
    /** The coordinator announces other axes; a `generation` above the present one empties or seeds the sites. */
    configure(change: Partial<Cluster>, generation = view.generation, seedSite: string | null = view.seed) {
      view = viewOf(view.number + 1, { ...view.cluster, ...change }, generation, seedSite as SiteId | null);
      for (const id of ids) feed(id, { type: "coordination", message: { type: "view", view } });
    },
  };
}
