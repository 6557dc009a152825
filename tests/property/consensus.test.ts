import fc from "fast-check";
import { expect, test } from "vitest";
import type { EngineOutput, JournalRecord } from "@/lib/engine/types";
import type { Cluster } from "@/lib/protocol/cluster";
import type { SiteId } from "@/lib/protocol/ids";
import type { ConsensusEntry } from "@/lib/protocol/site/consensus";
import { plainOf } from "@/lib/scenario/cluster";
import { createWorld, site } from "../unit/engine/world";

const names = ["mumbai", "pune", "delhi", "lagos", "lima"] as const;
type Name = (typeof names)[number];
type Step =
  | { readonly do: "deliver" | "drop" | "repeat"; readonly pick: number }
  | { readonly do: "flush" | "crash" | "restart" | "elect"; readonly at: Name }
  | { readonly do: "write" | "reign"; readonly at: Name; readonly by: number }
  | { readonly do: "coordinate" | "settle" }
  | { readonly do: "wait" | "freeze"; readonly ms: number }
  | { readonly do: "cut" | "mend"; readonly a: Name; readonly b: Name };

const at = fc.constantFrom(...names);
const ms = (max: number) => fc.integer({ min: 1, max });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 14,
    arbitrary: fc.record({ do: fc.constantFrom("deliver", "deliver", "drop", "repeat"), pick: fc.nat(50) }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("flush" as const), at }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("write" as const), at, by: ms(9) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom("coordinate" as const, "settle" as const) }) },
  // Crashes, and elections out of their time, as a clock that runs wild would bring them.
  { weight: 5, arbitrary: fc.record({ do: fc.constantFrom("crash", "restart", "elect", "elect"), at }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("reign" as const), at, by: ms(9) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: ms(4000) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("freeze" as const), ms: ms(6000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("cut" as const, "mend" as const), a: at, b: at }) },
);

/** What Raft promises about every run (Ongaro and Ousterhout, figure 3), checked while it goes on. */
function createObserver() {
  const logs = new Map<SiteId, ConsensusEntry[]>(names.map((name) => [site(name), []]));
  /** Who led an epoch, and the log it began with. */
  const leaders = new Map<number, { readonly name: SiteId; readonly held: readonly string[] }>();
  const chain = new Map<string, string>();
  /** What is committed at each lsn, and the first epoch whose leader is known to have said so. */
  const committed = new Map<number, string>();
  const since = new Map<number, number>();
  const acked = new Set<string>();
  const discarded = new Set<string>();
  const nameOf = ({ epoch, write }: ConsensusEntry) => write?.opId ?? `begin of ${epoch}`;

  function take(name: SiteId, records: readonly JournalRecord[]): void {
    const log = logs.get(name) ?? [];
    for (const record of records) {
      if (record.type === "truncate") log.splice(record.after.lsn);
      if (record.type !== "consensus-entry") continue;
      const { entry } = record;
      const before = log.at(-1);
      expect(entry.lsn, "no gaps").toBe((before?.lsn ?? 0) + 1);
      const held = `${nameOf(entry)} after ${before?.epoch ?? 0}/${before?.lsn ?? 0}`;
      const place = `${entry.epoch}/${entry.lsn}`;
      expect(chain.get(place) ?? held, `log matching at ${place}`).toBe(held);
      chain.set(place, held);
      log.push(entry);
    }
    logs.set(name, log);
  }

  function onOutput(name: SiteId, output: EngineOutput): void {
    if (output.type === "persist") {
      if (output.replace) logs.set(name, []);
      take(name, output.records);
    }
    if (output.type === "reply" && output.outcome.status === "ok") acked.add(output.opId);
    if (output.type === "send" && output.message.type === "entries") {
      const { epoch, committed } = output.message;
      for (const entry of logs.get(name)?.slice(0, committed) ?? []) commitIn(epoch, entry);
    }
    if (output.type !== "record") return;
    const { event } = output;
    if (event.kind === "discard") discarded.add(event.op);
    if (event.kind === "role" && event.role === "primary") lead(name, event.epoch);
    if (event.kind === "apply") commit(event.position.lsn, event.op);
  }

  function lead(name: SiteId, epoch: number): void {
    expect(leaders.get(epoch)?.name ?? name, `election safety in epoch ${epoch}`).toBe(name);
    leaders.set(epoch, { name, held: logs.get(name)?.map(nameOf) ?? [] });
    for (const lsn of since.keys()) mustHold(epoch, lsn);
  }

  function commit(lsn: number, op: string): void {
    if (committed.get(lsn) === op) return;
    expect(committed.get(lsn) ?? op, `state machine safety at ${lsn}`).toBe(op);
    committed.set(lsn, op);
  }

  function commitIn(epoch: number, entry: ConsensusEntry): void {
    const { lsn } = entry;
    commit(lsn, nameOf(entry));
    if ((since.get(lsn) ?? Number.POSITIVE_INFINITY) <= epoch) return;
    since.set(lsn, epoch);
    for (const later of leaders.keys()) mustHold(later, lsn);
  }

  /** Leader completeness speaks of later epochs only: one who wins an earlier epoch late commits nothing in it. */
  function mustHold(epoch: number, lsn: number): void {
    if (epoch <= (since.get(lsn) ?? epoch)) return;
    const held = leaders.get(epoch)?.held[lsn - 1];
    expect(held, `leader completeness in epoch ${epoch} at ${lsn}`).toBe(committed.get(lsn));
  }

  /** A crash forgets what was on its way to the disk. */
  function forget(name: SiteId, disk: readonly JournalRecord[]): void {
    logs.set(name, []);
    take(name, disk);
  }

  return { onOutput, forget, logs, leaders, acked, discarded, nameOf };
}

function play(steps: readonly Step[], raft: Partial<Cluster["raft"]>) {
  const observer = createObserver();
  const cluster = { ...plainOf.consensus, raft: { ...plainOf.consensus.raft, ...raft } };
  const world = createWorld(names, cluster, { onOutput: observer.onOutput });
  const down = new Set<Name>();
  const ids: string[] = [];
  const restart = (name: Name) => {
    if (down.delete(name)) world.restart(name);
  };
  const crash = (name: Name) => {
    if (down.has(name)) return;
    down.add(name);
    world.crash(name);
    observer.forget(site(name), world.host(name).disk);
  };
  const write = (name: Name, by: number) => {
    if (!down.has(name)) ids.push(world.client(name, { f: "increment", key: "n", by }, undefined, 60_000));
  };
  const elect = (name: Name) => {
    world.freeze(6000);
    world.input(name, { type: "timer", id: "election" });
  };
  const one = (pick: number) => pick % Math.max(1, world.network.length);
  function act(step: Step): void {
    if (step.do === "deliver") world.deliver(one(step.pick));
    else if (step.do === "drop") world.network.splice(one(step.pick), 1);
    else if (step.do === "repeat") world.network.push(...world.network.slice(one(step.pick)).slice(0, 1));
    else if (step.do === "flush") world.flush(step.at);
    else if (step.do === "write") write(step.at, step.by);
    else if (step.do === "coordinate") world.deliverCoordination();
    else if (step.do === "settle") world.settle();
    else if (step.do === "crash") crash(step.at);
    else if (step.do === "restart") restart(step.at);
    else if (step.do === "elect") elect(step.at);
    else if (step.do === "wait") world.advance(step.ms, () => {});
    else if (step.do === "freeze") world.freeze(step.ms);
    else if (step.do === "mend") for (const other of names) world.mend(step.a, other);
    else if (step.do === "cut") {
      if (step.a !== step.b) world.cut(step.a, step.b);
    } else if (step.do === "reign") {
      // It wins if it can, and writes something that nobody hears of, perhaps for a while.
      elect(step.at);
      world.settle();
      for (const other of names) if (other !== step.at && step.by > 4) world.cut(step.at, other);
      write(step.at, step.by);
      world.flush(step.at);
    }
  }
  for (const step of steps) act(step);
  return { world, observer, ids, heal: () => [...down].forEach(restart) };
}

/** Plays the steps, heals everything, and says what all sites must agree on then. */
function judge(steps: readonly Step[], raft: Partial<Cluster["raft"]>) {
  const { world, observer, ids, heal } = play(steps, raft);
  world.cuts.clear();
  heal();
  world.advance(30_000);
  const logs = names.map((name) => observer.logs.get(site(name))?.map(observer.nameOf) ?? []);
  for (const log of logs) expect(log).toEqual(logs[0]);
  expect(new Set(names.map((name) => world.snapshot(name).dataDigest)).size).toBe(1);
  const surviving = new Set(logs[0]);
  expect(surviving.size, "no write twice").toBe(logs[0]?.length);
  for (const id of observer.acked) expect(surviving.has(id), `acknowledged ${id}`).toBe(true);
  for (const id of ids) if (world.outcome(id)?.status === "fail") expect(surviving.has(id), id).toBe(false);
  return observer;
}

for (const raft of [{}, { preVote: false }, { checkQuorum: false }, { preVote: false, checkQuorum: false }]) {
  test(`[E110][E111][E114][E115][E123] any weather, ${JSON.stringify(raft)}: election safety, log matching, leader completeness, state machine safety`, () => {
    const seen = { acked: 0, discarded: 0, leaders: 0 };
    fc.assert(
      fc.property(fc.array(step, { minLength: 30, maxLength: 200 }), (steps) => {
        const observer = judge(steps, raft);
        seen.acked += observer.acked.size;
        seen.discarded += observer.discarded.size;
        seen.leaders += observer.leaders.size;
      }),
      { numRuns: 150 },
    );
    expect(seen.acked).toBeGreaterThan(150);
    expect(seen.leaders).toBeGreaterThan(150);
    expect(seen.discarded).toBeGreaterThan(5);
  });
}

test("[E111][E115] seed 244980618: who wins epoch 5 after epoch 6 has begun lacks what that one committed, and commits nothing", () => {
  const steps: readonly Step[] = [
    { do: "reign", at: "lima", by: 5 },
    { do: "crash", at: "mumbai" },
    { do: "reign", at: "lagos", by: 1 },
    { do: "deliver", pick: 0 },
    { do: "mend", a: "lagos", b: "mumbai" },
    { do: "deliver", pick: 0 },
    { do: "elect", at: "mumbai" },
    { do: "write", at: "lagos", by: 1 },
    { do: "wait", ms: 1 },
    // Delhi has two of three votes for epoch 5 when it is cut off, and gets the third from Mumbai's restart.
    { do: "reign", at: "delhi", by: 5 },
    { do: "reign", at: "lagos", by: 1 },
  ];
  const { leaders, acked } = judge(steps, { preVote: false, checkQuorum: false });
  expect([...leaders.keys()]).toEqual([2, 3, 6, 5]);
  expect(acked).toContain("c:3");
  expect(leaders.get(5)?.held).not.toContain("c:3");
});
