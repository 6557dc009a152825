import fc from "fast-check";
import { expect, test } from "vitest";
import type { EngineOutput } from "@/lib/engine/types";
import type { Cluster } from "@/lib/protocol/cluster";
import { hasSyncSet } from "@/lib/protocol/deciders";
import type { SiteId } from "@/lib/protocol/ids";
import { comparePositions, origin, type Position } from "@/lib/protocol/position";
import { votersToHear } from "@/lib/protocol/quorum";
import type { LogEntry } from "@/lib/protocol/site/log-entry";
import { createWorld, site, type World } from "../unit/engine/world";

const names = ["mumbai", "pune", "delhi"] as const;
type Name = (typeof names)[number];
type Step =
  | { readonly do: "deliver" | "drop" | "repeat"; readonly pick: number }
  | { readonly do: "pace"; readonly at: Name; readonly perSec: number | null }
  | { readonly do: "flush" | "crash" | "restart"; readonly at: Name }
  | { readonly do: "write"; readonly at: Name; readonly by: number }
  | { readonly do: "coordinate" | "settle" | "failover" | "configure" }
  | { readonly do: "wait" | "freeze"; readonly ms: number }
  /** The primary is cut off and written to until another one reigns: the classic way to lose writes. */
  | { readonly do: "isolate primary"; readonly by: number; readonly thaw: boolean }
  /** One replica misses a write, and then only that one is left: the classic way to promote the wrong site. */
  | { readonly do: "leave the laggard"; readonly by: number }
  | { readonly do: "cut" | "mend"; readonly a: Name | "coordinator"; readonly b: Name };

const at = fc.constantFrom(...names);
const pick = fc.nat(50);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: fc.constantFrom("deliver" as const), pick }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("drop" as const, "repeat" as const), pick }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("flush" as const), at }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("write" as const), at, by: fc.integer({ min: 1, max: 9 }) }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("coordinate" as const, "settle" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("pace" as const), at, perSec: fc.constantFrom(5, 100, null) }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("failover" as const, "configure" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constantFrom("crash" as const, "restart" as const), at }) },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 2000 }) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("freeze" as const), ms: fc.integer({ min: 1, max: 6000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("isolate primary" as const),
      by: fc.integer({ min: 1, max: 9 }),
      thaw: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("leave the laggard" as const),
      by: fc.integer({ min: 1, max: 9 }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constantFrom("cut" as const, "mend" as const),
      a: fc.constantFrom(...names, "coordinator" as const),
      b: at,
    }),
  },
);

/** What the rules promise about every run, checked while it goes on. */
function createObserver() {
  const logs = new Map<SiteId, LogEntry[]>(names.map((name) => [site(name), []]));
  const chain = new Map<string, string>();
  const reigning = new Map<number, string>();
  const acked: { readonly epoch: number; readonly opId: string }[] = [];
  const discarded = new Set<string>();

  /** I3: whoever holds a position holds the same write there, after the same position. */
  function link(entry: LogEntry, before: LogEntry | undefined): void {
    const place = `${entry.epoch}/${entry.lsn}`;
    const held = `${entry.opId} after ${before?.epoch ?? 0}/${before?.lsn ?? 0}`;
    expect(chain.get(place) ?? held, `I3 at ${place}`).toBe(held);
    chain.set(place, held);
    expect(entry.epoch, `I2 at ${place}`).toBeGreaterThanOrEqual(before?.epoch ?? 0);
  }

  function onOutput(name: SiteId, output: EngineOutput): void {
    if (output.type === "persist") {
      if (output.replace) logs.set(name, []);
      for (const record of output.records) {
        const log = logs.get(name) ?? [];
        if (record.type === "entry") {
          link(record.entry, log.at(-1));
          log.push(record.entry);
        } else if (record.type === "truncate") log.splice(record.after.lsn);
        logs.set(name, log);
      }
    } else if (output.type === "record" && output.event.kind === "append") {
      const { epoch } = output.event;
      expect(reigning.get(epoch) ?? name, `I1 in epoch ${epoch}`).toBe(name);
      reigning.set(epoch, name);
    } else if (output.type === "record" && output.event.kind === "discard") discarded.add(output.event.op);
    else noteAnswer(name, output);
  }

  /** I5: once a newer epoch has acknowledged a write, no older one does. */
  function noteAnswer(name: SiteId, output: EngineOutput): void {
    const answer =
      output.type === "reply"
        ? output
        : output.type === "send" && output.message.type === "forward-reply"
          ? output.message
          : null;
    if (answer === null || answer.outcome.status !== "ok" || answer.outcome.servedBy !== name) return;
    const { epoch } = answer.outcome;
    expect(epoch, "I5").toBeGreaterThanOrEqual(acked.at(-1)?.epoch ?? 0);
    acked.push({ epoch, opId: answer.opId });
  }

  /** A crash forgets what was on its way to the disk. */
  function forget(name: SiteId, disk: readonly { readonly type: string }[]): void {
    const log: LogEntry[] = [];
    for (const record of disk as readonly import("@/lib/engine/types").JournalRecord[]) {
      if (record.type === "entry") log.push(record.entry);
      else if (record.type === "truncate") log.splice(record.after.lsn);
    }
    logs.set(name, log);
  }

  return { onOutput, forget, logs, acked, discarded };
}

/** Promotes as the coordinator's rules allow: after the lease, and only who holds every acknowledged write. */
function createOperator(world: World) {
  let former = world.view().primary;

  /** Quorum commit: the last primary, or whom enough voters that have given up the reign do not outrank. */
  function mayBeAny(name: SiteId): boolean {
    const voters = world.recorded();
    const { cluster, number } = world.view();
    const heard = voters.filter((voter) => (world.lastBeat.get(voter)?.viewNumber ?? 0) >= number);
    const mine = world.lastBeat.get(name);
    if (name === former) return true;
    if (mine === undefined || !heard.includes(name)) return false;
    const notAhead = heard.filter((voter) => {
      const theirs = world.lastBeat.get(voter);
      return theirs !== undefined && comparePositions(theirs.position, mine.position) <= 0;
    });
    return notAhead.length >= votersToHear(cluster.sync, voters.length);
  }

  function mayBe(name: SiteId): boolean {
    const { cluster } = world.view();
    if (!hasSyncSet(cluster)) return true;
    if (cluster.sync.rule === "any") return mayBeAny(name);
    return name === former || world.recorded().includes(name);
  }

  /** Asks everybody for their positions first, as a vacant view does, where the rule needs them. */
  function vacate(): void {
    const { cluster } = world.view();
    if (!hasSyncSet(cluster) || cluster.sync.rule === "first") return;
    world.change({ primary: null });
    while (world.coordination.length > 0) world.deliverCoordination();
  }

  return function failOver(lastGrantMono: number): void {
    const { primary, cluster } = world.view();
    if (world.mono() - lastGrantMono < cluster.detector.timeoutMs) return;
    former = primary ?? former;
    vacate();
    const able = world
      .hosts()
      .filter(({ engine, name }) => engine !== null && !world.cuts.has(`${name}>coordinator`))
      .filter(({ name }) => mayBe(name))
      .sort((a, b) => comparePositions(claimOf(world, b.name), claimOf(world, a.name)));
    const [best] = able;
    if (best !== undefined) world.change({ primary: best.name });
  };
}

type FailOver = ReturnType<typeof createOperator>;

function claimOf(world: World, name: SiteId): Position {
  return hasSyncSet(world.view().cluster) && world.view().cluster.sync.rule === "any"
    ? (world.lastBeat.get(name)?.position ?? origin)
    : world.snapshot(name).position;
}

function isolatePrimary(world: World, failOver: FailOver, by: number, thaw: boolean): string[] {
  const primary = world.view().primary;
  if (primary === null || world.host(primary).engine === null) return [];
  world.advance(1500);
  for (const other of [...names, "coordinator"]) if (other !== primary) world.cut(primary, other);
  const ids = [1, 2].map((n) => world.client(primary, { f: "increment", key: "n", by: by * n }));
  world.advance(3500);
  failOver(world.lastGrantMono());
  if (thaw) world.cuts.clear();
  return ids;
}

function leaveLaggard(world: World, failOver: FailOver, by: number): string[] {
  const { primary } = world.view();
  if (primary === null || world.host(primary).engine === null) return [];
  const [laggard, holder] = names.filter((name) => name !== primary);
  if (laggard === undefined || holder === undefined) return [];
  world.advance(1500);
  world.cut(primary, laggard);
  const id = world.client(primary, { f: "increment", key: "n", by });
  world.advance(200);
  for (const gone of [primary, holder]) for (const other of [laggard, "coordinator"]) world.cut(gone, other);
  world.advance(3500);
  failOver(world.lastGrantMono());
  world.advance(1500);
  world.cuts.clear();
  world.advance(1500);
  return [id];
}

function play(steps: readonly Step[], cluster: Partial<Cluster>) {
  const observer = createObserver();
  const world = createWorld(names, cluster, { onOutput: observer.onOutput });
  const failOver = createOperator(world);
  const down = new Set<string>();
  const ids: string[] = [];
  for (const one of steps) {
    switch (one.do) {
      case "deliver":
        world.deliver(one.pick % Math.max(1, world.network.length));
        break;
      case "drop":
        world.network.splice(one.pick % Math.max(1, world.network.length), 1);
        break;
      case "repeat":
        world.network.push(...world.network.slice(one.pick % Math.max(1, world.network.length)).slice(0, 1));
        break;
      case "flush":
        world.flush(one.at);
        break;
      case "write":
        if (!down.has(one.at)) ids.push(world.client(one.at, { f: "increment", key: "n", by: one.by }));
        break;
      case "coordinate":
        world.deliverCoordination();
        break;
      case "settle":
        world.settle();
        break;
      case "failover":
        failOver(world.lastGrantMono());
        break;
      case "configure":
        world.change({});
        break;
      case "crash":
        // "Received" survives the crash of a process, and is lost with its machine: that would be two losses.
        if (cluster.ack === "remote-write") world.flush(one.at);
        world.crash(one.at);
        observer.forget(site(one.at), world.host(one.at).disk);
        down.add(one.at);
        break;
      case "restart":
        if (down.delete(one.at)) world.restart(one.at);
        break;
      case "wait":
        world.advance(one.ms, () => {});
        break;
      case "freeze":
        world.freeze(one.ms);
        break;
      case "isolate primary":
        isolatePrimary(world, failOver, one.by, one.thaw).forEach((id) => void ids.push(id));
        break;
      case "leave the laggard":
        leaveLaggard(world, failOver, one.by).forEach((id) => void ids.push(id));
        break;
      case "pace":
        world.input(one.at, { type: "condition", applyPerSec: one.perSec });
        break;
      case "cut":
        if (one.a !== one.b) world.cut(one.a, one.b);
        break;
      case "mend":
        world.mend(one.a, one.b);
        break;
    }
  }
  return { world, observer, failOver, down, ids };
}

/** Everything is healed and restarted, and the cluster gets time and a primary. */
function heal({ world, failOver, down }: ReturnType<typeof play>): void {
  world.cuts.clear();
  for (const name of down) world.restart(name);
  for (const name of names) world.input(name, { type: "condition", applyPerSec: null });
  world.advance(6000);
  failOver(Number.NEGATIVE_INFINITY);
  world.advance(10_000);
}

type Promised = { readonly ack: Cluster["ack"]; readonly rule: "first" | "any"; readonly runs: number };
const promises: readonly Promised[] = [
  { ack: "async", rule: "first", runs: 300 },
  { ack: "semi", rule: "first", runs: 150 },
  { ack: "remote-write", rule: "first", runs: 150 },
  { ack: "sync", rule: "first", runs: 300 },
  { ack: "remote-apply", rule: "first", runs: 150 },
  { ack: "sync", rule: "any", runs: 300 },
  { ack: "remote-write", rule: "any", runs: 150 },
];

for (const { ack, rule, runs } of promises) {
  test(`[E1][E12][E25][E41][E50][E68][E90] any weather, ${ack} ${rule}: one primary an epoch, logs that never contradict each other, and all equal in the end`, () => {
    let writes = 0;
    let discards = 0;
    const rules = fc.record({ strict: fc.boolean(), count: fc.constantFrom(1, 2) });
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 150 }), rules, (steps, sync) => {
        const run = play(steps, { ack, sync: { rule, ...sync } });
        heal(run);
        const { world, observer, ids } = run;
        const logs = names.map((name) => observer.logs.get(site(name))?.map(({ opId }) => opId) ?? []);
        expect(logs[1]).toEqual(logs[0]);
        expect(logs[2]).toEqual(logs[0]);
        expect(new Set(names.map((name) => world.snapshot(name).dataDigest)).size).toBe(1);
        const surviving = new Set<string>(logs[0]);
        for (const { opId } of observer.acked) {
          // Synchronous: nothing acknowledged is lost. Else what is lost, a site has shown as lost.
          const isSync = hasSyncSet(world.view().cluster);
          const isKept = surviving.has(opId) || (!isSync && observer.discarded.has(opId));
          expect(isKept, `acknowledged ${opId}`).toBe(true);
        }
        for (const id of ids)
          if (world.outcome(id)?.status === "fail") expect(surviving.has(id), id).toBe(false);
        writes += observer.acked.length;
        discards += observer.discarded.size;
      }),
      { numRuns: runs },
    );
    expect(writes).toBeGreaterThan(runs);
    expect(discards).toBeGreaterThan(10);
  });
}
