import { expect, test } from "vitest";
import { limits } from "@/lib/protocol/limits";
import { plainOf } from "@/lib/scenario/cluster";
import { consensus, get, isolate, primaries, put, raft, three } from "./consensus-pod";
import { createWorld, type Sent } from "./world";

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
