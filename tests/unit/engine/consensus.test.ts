import { expect, test } from "vitest";
import type { Cluster } from "@/lib/protocol/cluster";
import { limits } from "@/lib/protocol/limits";
import { plainOf } from "@/lib/scenario/cluster";
import { createWorld, type Sent, type Watch, type World } from "./world";

const three = ["mumbai", "pune", "delhi"];
const put = (key: string, value: string) => ({ f: "put", key, value }) as const;
const get = (key: string) => ({ f: "get", key }) as const;

/** A consensus cluster at work: Mumbai leads. */
function consensus(names: readonly string[], axes: Partial<Cluster> = {}, watch: Watch = {}): World {
  const world = createWorld(names, { ...plainOf.consensus, ...axes }, watch);
  world.settle();
  return world;
}
const raft = (axes: Partial<Cluster["raft"]>) => ({ raft: { ...plainOf.consensus.raft, ...axes } });

function isolate(world: World, name: string): void {
  for (const { name: other } of world.hosts()) if (other !== name) world.cut(name, other);
}
const primaries = (world: World) =>
  world.hosts().filter(({ name, engine }) => engine !== null && world.snapshot(name).role === "primary");
const reasons = (world: World, name: string) =>
  world.trace.flatMap(({ at, event }) => (at === name && event.kind === "role" ? [event.reason] : []));

test("[E110] the first member asks at once, and leads with the votes of a majority", () => {
  const world = consensus(three);
  expect(primaries(world).map(({ name }) => name)).toEqual(["mumbai"]);
  expect(world.snapshot("mumbai").epoch).toBe(2);
  expect(reasons(world, "mumbai")).toContain("Mumbai won the vote of epoch 2: 2 of 3.");
  world.advance(20_000);
  expect(world.snapshot("mumbai").epoch, "a healthy reign lasts").toBe(2);
});

test("[E110] after a crash a majority elects another one, not before T and not after a few rounds", () => {
  const world = consensus(three);
  world.crash("mumbai");
  world.advance(2900);
  expect(primaries(world)).toEqual([]);
  world.advance(9000);
  expect(primaries(world)).toHaveLength(1);
});

test("[E111] a vote is on the disk before anybody hears of it, and there is one an epoch", () => {
  const world = consensus(three, raft({ checkQuorum: false }));
  world.host("pune").diskSlow = true;
  const ask = (from: string, epoch: number) =>
    world.input("pune", {
      type: "message",
      from: world.host(from).name,
      message: { type: "vote-request", epoch, generation: 1, trial: false, end: { epoch: 9, lsn: 9 } },
    });
  const votes = () =>
    world.network.flatMap(({ from, to, message }) =>
      from === "pune" && message.type === "vote" ? [`${to} ${message.epoch} ${message.granted}`] : [],
    );
  ask("delhi", 5);
  expect(votes()).toEqual([]);
  ask("mumbai", 5);
  expect(votes()).toEqual(["mumbai 5 false"]);
  world.host("pune").diskSlow = false;
  world.flush("pune");
  expect(votes()).toContain("delhi 5 true");
  world.network.length = 0;
  world.crash("pune");
  world.restart("pune");
  ask("mumbai", 5);
  world.flush("pune");
  expect(votes(), "[E123] a restart does not forget it").toEqual(["mumbai 5 false"]);
});

test("[E111] nobody votes for a log that is behind its own", () => {
  const world = consensus(three, raft({ checkQuorum: false }));
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.input("pune", {
    type: "message",
    from: world.host("delhi").name,
    message: { type: "vote-request", epoch: 7, generation: 1, trial: false, end: { epoch: 2, lsn: 1 } },
  });
  world.flush("pune");
  expect(world.network.at(-1)?.message).toMatchObject({ type: "vote", epoch: 7, granted: false });
});

test("[E112] a site that was cut off comes back without having raised the epoch", () => {
  const world = consensus(three);
  isolate(world, "delhi");
  world.advance(20_000);
  expect(world.snapshot("delhi")).toMatchObject({ role: "candidate", epoch: 2 });
  world.cuts.clear();
  world.advance(5000);
  expect(primaries(world).map(({ name }) => name)).toEqual(["mumbai"]);
  expect(world.snapshot("delhi")).toMatchObject({ role: "replica", epoch: 2 });
});

test("[E112] without preVote it deposes a healthy primary at heal", () => {
  const world = consensus(three, raft({ preVote: false }));
  isolate(world, "delhi");
  world.advance(20_000);
  const inflated = world.snapshot("delhi").epoch;
  expect(inflated).toBeGreaterThan(4);
  expect(world.snapshot("mumbai").epoch).toBe(2);
  world.cuts.clear();
  world.advance(2000);
  expect(reasons(world, "mumbai").at(-1)).toMatch(/^Delhi knows of epoch \d+, which is newer\.$/);
  world.advance(10_000);
  expect(primaries(world)).toHaveLength(1);
  expect(world.snapshot("mumbai").epoch).toBeGreaterThanOrEqual(inflated);
});

test("[E113] a primary that no majority answers steps down within T; without checkQuorum it never does", () => {
  for (const checkQuorum of [true, false]) {
    const world = consensus(three, raft({ checkQuorum }));
    world.advance(1000);
    isolate(world, "mumbai");
    world.advance(3100);
    expect(world.snapshot("mumbai").role).toBe(checkQuorum ? "replica" : "primary");
    if (checkQuorum) expect(reasons(world, "mumbai").at(-1)).toContain("No majority has answered Mumbai");
    world.advance(7000);
    expect(primaries(world).filter(({ name }) => name !== "mumbai")).toHaveLength(1);
  }
});

test("[E113] who hears a primary, or has just restarted, takes no note of a newer epoch", () => {
  const world = consensus(three);
  const ask = () => {
    world.input("pune", {
      type: "message",
      from: world.host("delhi").name,
      message: { type: "vote-request", epoch: 9, generation: 1, trial: false, end: { epoch: 9, lsn: 9 } },
    });
    world.settle();
  };
  ask();
  expect(world.snapshot("pune").epoch).toBe(2);
  world.cut("mumbai", "pune");
  world.crash("pune");
  world.restart("pune");
  ask();
  expect(world.snapshot("pune").epoch).toBe(2);
  world.freeze(3000);
  ask();
  expect(world.snapshot("pune").epoch).toBe(9);
});

test("[E114] what the majority never had is cut, listed with the reason, and was never acknowledged", () => {
  const world = consensus(three, raft({ checkQuorum: false }));
  isolate(world, "mumbai");
  const lost = world.client("mumbai", put("x", "lost"), "c:100", 60_000);
  world.advance(9000);
  const [successor] = primaries(world).filter(({ name }) => name !== "mumbai");
  world.client(successor?.name ?? "", put("x", "kept"));
  world.settle();
  world.cuts.clear();
  world.advance(3000);
  expect(world.snapshot("mumbai").keys.x?.value).toBe("kept");
  expect(world.snapshot("mumbai").discarded).toMatchObject([{ opId: "c:100", acknowledged: false }]);
  expect(world.snapshot("mumbai").discarded[0]?.why).toMatch(/became primary in epoch \d without it/);
  expect(world.outcome(lost)).toMatchObject({ status: "unknown", error: "FENCED" });
});

test("[E115] a write is acknowledged by two disks of three, whosever they are", () => {
  const world = consensus(three);
  world.host("pune").diskSlow = true;
  world.host("delhi").diskSlow = true;
  const first = world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.outcome(first), "one disk").toBeNull();
  world.host("delhi").diskSlow = false;
  world.settle();
  expect(world.outcome(first)?.status, "two").toBe("ok");
  world.host("mumbai").diskSlow = true;
  world.host("pune").diskSlow = false;
  world.settle();
  const second = world.client("mumbai", put("x", "B"));
  world.settle();
  expect(world.outcome(second)?.status, "two, the primary's not among them").toBe("ok");
});

test("[E115] an entry of an earlier epoch is committed only beneath one of the present epoch", () => {
  const sent: Sent[] = [];
  const world = consensus(three, {}, { onDeliver: (one) => sent.push(one) });
  world.advance(1000);
  // Pune alone gets the write, and Mumbai dies before it hears so.
  world.cut("mumbai", "delhi");
  world.client("mumbai", put("x", "A"), "c:1");
  while (world.snapshot("pune").seen.mumbai === undefined) world.deliver();
  world.network.length = 0;
  world.crash("mumbai");
  world.flush("pune");
  world.advance(9000);
  expect(
    primaries(world).map(({ name }) => name),
    "the longer log",
  ).toEqual(["pune"]);
  expect(world.snapshot("delhi").keys.x?.value).toBe("A");
  const begin = sent.flatMap(({ message }) => (message.type === "entries" ? message.entries : []));
  expect(begin.some(({ epoch, lsn, write }) => epoch === 3 && lsn === 3 && write === null)).toBe(true);
});

test("[E115] an older entry on a majority of disks is not committed by that alone (Raft, figure 8)", () => {
  const world = consensus(three);
  world.advance(1000);
  world.cut("mumbai", "delhi");
  world.client("mumbai", put("x", "A"), "c:1");
  while (world.snapshot("pune").seen.mumbai === undefined) world.deliver();
  world.network.length = 0;
  world.crash("mumbai");
  // Pune is elected with Delhi's vote, and nothing it ships arrives.
  const withoutEntries = () => {
    do {
      const left = world.network.filter(({ message }) => message.type !== "entries");
      world.network.splice(0, world.network.length, ...left);
      world.deliver();
    } while (["pune", "delhi"].some((name) => world.flush(name)) || world.network.length > 0);
  };
  while (world.snapshot("pune").role !== "primary") world.advance(50, withoutEntries);
  const { epoch } = world.snapshot("pune");
  const hold = (position: { epoch: number; lsn: number }) =>
    world.input("pune", {
      type: "message",
      from: world.host("delhi").name,
      message: { type: "entries-reply", epoch, generation: 1, round: 1, agrees: true, position },
    });
  hold({ epoch: 2, lsn: 2 });
  expect(world.snapshot("pune").keys.x).toBeUndefined();
  hold({ epoch, lsn: 3 });
  expect(world.snapshot("pune").keys.x?.value).toBe("A");
});

test("[E116] a read waits for a round of a majority; a primary that is cut off answers none", () => {
  const world = consensus(three);
  world.client("mumbai", put("x", "A"));
  world.settle();
  const read = world.client("mumbai", get("x"));
  expect(world.outcome(read)).toBeNull();
  world.settle();
  expect(world.outcome(read)).toMatchObject({ status: "ok", value: "A", servedBy: "mumbai" });
  isolate(world, "mumbai");
  const cutOff = world.client("mumbai", get("x"));
  const refused = world.client("mumbai", { f: "cas", key: "x", from: "B", to: "C" });
  world.advance(2000);
  expect([world.outcome(cutOff), world.outcome(refused)]).toEqual([null, null]);
  world.advance(2000);
  expect(world.outcome(cutOff)).toMatchObject({ status: "fail", error: "FENCED" });
  expect(world.outcome(refused)).toMatchObject({ status: "fail", error: "FENCED" });
});

test("[E117] a lease read is answered at once, and is stale where the page slept through its end", () => {
  const world = consensus(three, raft({ reads: "lease" }));
  world.client("mumbai", put("x", "old"));
  world.settle();
  expect(world.outcome(world.client("mumbai", get("x")))?.status).toBe("ok");
  isolate(world, "mumbai");
  // Mumbai's tab is frozen: its timers do not run, but a click that waited is handled before they do.
  const timers = new Map(world.host("mumbai").timers);
  world.host("mumbai").timers.clear();
  world.advance(9000);
  const [successor] = primaries(world).filter(({ name }) => name !== "mumbai");
  world.client(successor?.name ?? "", put("x", "new"));
  world.settle();
  expect(world.outcome(world.client("mumbai", get("x")))).toMatchObject({ status: "ok", value: "old" });
  for (const [id, when] of timers) world.host("mumbai").timers.set(id, when);
  world.advance(100);
  expect(world.outcome(world.client("mumbai", get("x")))?.status).toBe("fail");
});

test("[E118] replicas pass writes and reads on, serve stale reads where they may, refuse without a primary", () => {
  const world = consensus(three);
  const write = world.client("pune", put("x", "A"));
  world.settle();
  expect(world.outcome(write)).toMatchObject({ status: "ok", servedBy: "mumbai" });
  const read = world.client("delhi", get("x"));
  world.settle();
  expect(world.outcome(read)).toMatchObject({ value: "A", servedBy: "mumbai" });
  isolate(world, "delhi");
  world.advance(7000);
  const alone = world.client("delhi", put("x", "B"));
  expect(world.outcome(alone)).toMatchObject({ status: "fail", error: "NO_PRIMARY" });

  const local = consensus(three, { readFrom: "local" });
  expect(local.outcome(local.client("delhi", get("x")))).toMatchObject({ status: "ok", servedBy: "delhi" });
});

test("[E118] a request forwarded to who is not primary any more is asked of the next one", () => {
  const world = consensus(three);
  world.advance(1000);
  world.crash("mumbai");
  const write = world.client("pune", put("x", "A"), "c:7", 30_000);
  world.advance(12_000);
  expect(world.outcome(write)?.status).toBe("ok");
  const [primary] = primaries(world);
  expect(world.snapshot(primary?.name ?? "").keys.x).toMatchObject({ value: "A", version: "c:7" });
});

test("[E119] a replica that was away for too long gets a copy, and the log stays bounded", () => {
  const world = consensus(three);
  isolate(world, "delhi");
  for (let n = 0; n < limits.logEntries * 1.2; n += 1) {
    world.client("mumbai", put(`k${n % 10}`, `${n}`), `many:${n}`);
    world.settle();
  }
  expect(world.host("mumbai").disk.length).toBeLessThan(limits.logEntries * 1.1);
  world.cuts.clear();
  world.advance(12_000);
  expect(world.snapshot("delhi").dataDigest).toBe(world.snapshot("mumbai").dataDigest);
  expect(world.snapshot("delhi").position).toEqual(world.snapshot("mumbai").position);
  world.crash("delhi");
  world.restart("delhi");
  world.advance(2000);
  expect(world.snapshot("delhi").dataDigest, "[E123]").toBe(world.snapshot("mumbai").dataDigest);
});

test("[E120] a repeat is answered from the log, also by the next primary", () => {
  const world = consensus(three);
  const increment = { f: "increment", key: "n", by: 1 } as const;
  world.client("mumbai", increment, "c:1");
  world.settle();
  world.advance(1100);
  world.crash("mumbai");
  world.advance(9000);
  const [next] = primaries(world);
  world.outcomes.clear();
  world.client(next?.name ?? "", increment, "c:1");
  world.settle();
  expect(world.outcome("c:1")).toMatchObject({ status: "ok", value: 1 });
  expect(world.snapshot(next?.name ?? "").keys.n?.value).toBe(1);
});

test("[E121] a write without a majority is open until its deadline and then unknown; the reason is counted", () => {
  const world = consensus(three);
  world.advance(1000);
  isolate(world, "mumbai");
  const write = world.client("mumbai", put("x", "A"));
  world.advance(4900);
  expect(world.outcome(write)).toBeNull();
  expect(world.snapshot("mumbai").cannotWrite).toBe("This side has 1 of 3 sites: no majority.");
  world.advance(200);
  expect(world.outcome(write)).toMatchObject({ status: "unknown", error: "TIMEOUT" });
  expect(world.snapshot("pune").cannotWrite ?? "").not.toContain("majority");
});

test("[E121] a write that the next primary commits is acknowledged after all", () => {
  const world = consensus(three);
  world.advance(1000);
  world.cut("mumbai", "delhi");
  const write = world.client("mumbai", put("x", "A"), "c:1", 60_000);
  // It reaches Pune, and then Mumbai hears nobody for a while.
  while (world.snapshot("pune").seen.mumbai === undefined) world.deliver();
  isolate(world, "mumbai");
  world.advance(9000);
  expect(world.outcome(write)).toBeNull();
  world.cuts.clear();
  world.advance(3000);
  expect(world.outcome(write)).toMatchObject({ status: "ok", version: "c:1" });
});

test("[E122] one site is its own majority", () => {
  const world = consensus(["mumbai"]);
  const write = world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.outcome(write)?.status).toBe("ok");
  expect(world.outcome(world.client("mumbai", get("x")))).toMatchObject({ value: "A" });
  world.crash("mumbai");
  world.restart("mumbai");
  world.advance(9000);
  expect(world.snapshot("mumbai")).toMatchObject({ role: "primary", epoch: 3, keys: { x: { value: "A" } } });
});

test("[E123] three sites that all restart have forgotten nothing", () => {
  const world = consensus(three);
  world.client("mumbai", put("x", "A"));
  world.settle();
  for (const name of three) world.crash(name);
  for (const name of three) world.restart(name);
  expect(world.snapshot("mumbai").role).toBe("replica");
  world.advance(9000);
  expect(primaries(world)).toHaveLength(1);
  for (const name of three) expect(world.snapshot(name).keys.x?.value).toBe("A");
});

test("[E123] a lost disk has lost its vote: one epoch, two primaries", () => {
  const world = consensus(three, { detector: { kind: "fixed", heartbeatMs: 1000, timeoutMs: 3000 } });
  // Delhi wins epoch 3 with Pune's vote; Pune loses its disk and votes again, for Mumbai.
  const vote = (to: string, from: string, epoch: number) =>
    world.input(to, {
      type: "message",
      from: world.host(from).name,
      message: { type: "vote-request", epoch, generation: 1, trial: false, end: { epoch: 2, lsn: 1 } },
    });
  world.freeze(3000);
  vote("pune", "delhi", 3);
  world.flush("pune");
  expect(world.network.at(-1)?.message).toMatchObject({ type: "vote", epoch: 3, granted: true });
  world.network.length = 0;
  world.crash("pune", "lost");
  world.restart("pune");
  world.network.length = 0;
  // It copies its data anew, from a site that has not heard of epoch 3 either.
  world.advance(3);
  world.freeze(3000);
  world.network.length = 0;
  vote("pune", "mumbai", 3);
  world.flush("pune");
  expect(world.network.at(-1)?.message).toMatchObject({ type: "vote", epoch: 3, granted: true });
});

test("[E124] data goes into consensus and out of it with a new generation, and epochs do not go back", () => {
  const world = createWorld(three, plainOf["active-passive"]);
  world.advance(1500);
  world.client("mumbai", put("x", "A"));
  world.settle();
  const seed = world.host("mumbai").name;
  world.change({ primary: world.host("pune").name });
  world.advance(2000);
  const generation = world.view().generation;
  world.change({ cluster: plainOf.consensus, generation: generation + 1, seed, epoch: 6, primary: null });
  world.settle();
  world.advance(2000);
  expect(primaries(world).map(({ name }) => name)).toEqual(["mumbai"]);
  expect(world.snapshot("mumbai").epoch).toBe(7);
  for (const name of three) expect(world.snapshot(name).keys.x?.value).toBe("A");
  world.client("pune", put("x", "B"));
  world.settle();
  const back = { cluster: plainOf["active-passive"], generation: generation + 2, seed, epoch: 8 };
  world.change({ ...back, primary: seed });
  world.advance(3000);
  for (const name of three) expect(world.snapshot(name).keys.x?.value).toBe("B");
  expect(world.snapshot("mumbai")).toMatchObject({ role: "primary", epoch: 8 });
});
