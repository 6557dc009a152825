import { expect, test } from "vitest";
import { createEngine } from "@/lib/engine/engine";
import type { EngineInput, EngineOutput } from "@/lib/engine/types";
import type { OpId, SessionId } from "@/lib/protocol/ids";
import { limits } from "@/lib/protocol/limits";
import type { Operation } from "@/lib/protocol/operation";
import type { SiteMessage } from "@/lib/protocol/site/message";
import { createWorld, plainCluster, site } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });

/** Every step of every engine of a world, to be replayed. */
function recordSteps() {
  const steps: { at: string; output: EngineOutput }[] = [];
  return { steps, onOutput: (at: string, output: EngineOutput) => void steps.push({ at, output }) };
}

test("[E1] the same inputs give the same outputs and the same snapshot", () => {
  const runs = [1, 2].map(() => {
    const { steps, onOutput } = recordSteps();
    const world = createWorld(["mumbai", "pune", "delhi"], { ack: "sync" }, { onOutput });
    world.settle();
    for (let n = 0; n < 20; n += 1) world.client("pune", { f: "increment", key: `k${n % 3}`, by: n });
    world.advance(2000);
    world.crash("mumbai");
    world.change({ primary: site("pune") });
    world.advance(2000);
    return { steps, snapshot: world.snapshot("pune") };
  });
  expect(runs[0]).toEqual(runs[1]);
  expect(runs[0]?.snapshot.position.lsn).toBe(20);
});

test("[E2] acknowledgements and visibility wait for the disk; heartbeats, reads and refusals do not", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.host("pune").diskSlow = true;
  world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.snapshot("pune").keys).toEqual({});
  const beat = world.lastBeat.get(site("pune"))?.beat ?? 0;
  world.advance(3000);
  expect(world.lastBeat.get(site("pune"))).toMatchObject({ beat: beat + 3, position: { lsn: 0 } });
  expect(world.outcome(world.client("pune", { f: "get", key: "x" }))).toMatchObject({
    status: "ok",
    value: null,
  });
  world.host("pune").diskSlow = false;
  world.settle();
  expect(world.snapshot("pune").keys).toHaveProperty("x");
});

test("[E3] a restart recovers what was on disk, and only that", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.settle();
  const before = world.snapshot("pune");
  world.host("pune").diskSlow = true;
  world.client("mumbai", put("x", "never on Pune's disk"));
  world.settle();
  world.crash("pune");
  world.host("pune").diskSlow = false;
  world.cut("mumbai", "pune");
  world.restart("pune");
  expect(world.snapshot("pune")).toMatchObject({
    keys: before.keys,
    position: before.position,
    dataDigest: before.dataDigest,
    seen: { mumbai: 1 },
  });
  world.mend("mumbai", "pune");
  world.advance(2000);
  expect(world.snapshot("pune").dataDigest).toBe(world.snapshot("mumbai").dataDigest);
});

test("[E4] a restarted primary is not primary by memory: it waits for an epoch of its own", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.crash("mumbai");
  world.restart("mumbai");
  world.settle();
  expect(world.snapshot("mumbai")).toMatchObject({ role: "fenced", epoch: 1 });
  expect(world.outcome(world.client("mumbai", put("x", "A")))).toMatchObject({
    status: "fail",
    error: "NO_LEASE",
  });
  // Not even a newer view of the old epoch revives the reign.
  world.change({ reason: "The operator changed an axis." });
  world.settle();
  expect(world.snapshot("mumbai").role).toBe("fenced");
  world.change({ primary: site("mumbai") });
  world.settle();
  expect(world.snapshot("mumbai")).toMatchObject({ role: "primary", epoch: 2 });
});

test("[E5] a long journal is replaced by a short one that recovers the same site", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.cut("mumbai", "pune");
  world.client("mumbai", put("kept", "lost when Pune takes over"));
  world.settle();
  world.change({ primary: site("pune") });
  world.mend("mumbai", "pune");
  world.advance(3000);
  expect(world.snapshot("mumbai").discarded).toHaveLength(1);
  for (let n = 0; n < limits.logEntries + 10; n += 1) {
    world.client("pune", put(`k${n % 100}`, `${n}`));
    world.settle();
  }
  const before = world.snapshot("mumbai");
  expect(world.host("mumbai").disk.length).toBeLessThan(limits.logEntries);
  expect(
    world
      .host("mumbai")
      .disk.map(({ type }) => type)
      .slice(0, 4),
  ).toEqual(["meta", "truncate", "copy", "entry"]);
  world.crash("mumbai");
  world.restart("mumbai");
  const { position, keys, dataDigest, discarded, seen } = world.snapshot("mumbai");
  expect({ position, keys, dataDigest, discarded, seen }).toEqual({
    position: before.position,
    keys: before.keys,
    dataDigest: before.dataDigest,
    discarded: before.discarded,
    seen: before.seen,
  });
});

test("[E6] every operation is invoked once, completed once and answered once", () => {
  const world = createWorld(["mumbai", "pune", "delhi"], { ack: "sync" });
  world.settle();
  const ids = ["mumbai", "pune", "delhi"].flatMap((at) =>
    Array.from({ length: 5 }, (_, n) => world.client(at, put(`${at}${n}`, "A"))),
  );
  world.crash("delhi");
  world.cut("pune", "mumbai");
  world.advance(10_000);
  for (const id of ids.filter((_, n) => n < 10)) {
    const kinds = world.trace.flatMap(({ event }) => ("id" in event && event.id === id ? [event.kind] : []));
    expect(kinds).toEqual(["invoke", world.outcome(id)?.status]);
  }
});

test("[E10] only the highest view counts, and it is journalled", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  const old = world.view();
  const next = world.change({ primary: site("pune") });
  world.settle();
  world.input("mumbai", { type: "coordination", message: { type: "view", view: { ...old, epoch: 9 } } });
  expect(world.snapshot("mumbai")).toMatchObject({ role: "replica", epoch: 2, view: next });
  world.settle();
  expect(world.host("mumbai").disk.at(-1)).toMatchObject({
    type: "meta",
    meta: { epochSeen: 2, view: next },
  });
});

test("[E11] heartbeats: at the start, at a view, at a new role, and in time, with the end of what is flushed", () => {
  const beats: number[] = [];
  const world = createWorld(
    ["mumbai", "pune"],
    {},
    {
      onOutput: (at, output) => {
        if (at !== "pune" || output.type !== "coordinate") return;
        if (output.message.type === "heartbeat") beats.push(output.message.sentMono);
      },
    },
  );
  world.advance(2500);
  expect(beats).toEqual([0, 1000, 2000]);
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.change({ primary: site("pune") });
  world.settle();
  expect(beats).toEqual([0, 1000, 2000, 2500, 2500]);
  expect(world.lastBeat.get(site("pune"))).toMatchObject({
    role: "primary",
    position: { epoch: 1, lsn: 1 },
  });
  world.input("pune", { type: "visibility", hidden: true });
  expect(world.lastBeat.get(site("pune"))).toMatchObject({ hidden: true });
});

test("[E12] a replica refuses an older epoch and says so; another generation is dropped", () => {
  const world = createWorld(["mumbai", "pune", "delhi"]);
  world.settle();
  world.change({ primary: site("pune") });
  world.settle();
  world.client("pune", put("x", "A"));
  const forged = (epoch: number, generation: number): SiteMessage => ({
    type: "append",
    epoch,
    generation,
    prev: { epoch: 0, lsn: 0 },
    prevBy: null,
    end: { epoch: 1, lsn: 1 },
    entries: [
      {
        epoch: 1,
        by: site("mumbai"),
        lsn: 1,
        opId: "mallory:1" as OpId,
        session: "mallory" as SessionId,
        op: { f: "put", key: "x", value: "forged" },
        wallMs: 0,
        shadow: {},
      },
    ],
  });
  world.settle();
  const before = world.snapshot("delhi").dataDigest;
  world.input("delhi", { type: "message", from: site("mumbai"), message: forged(1, 1) });
  expect(world.network.splice(0)).toMatchObject([{ to: "mumbai", message: { type: "stale", epoch: 2 } }]);
  world.input("delhi", { type: "message", from: site("pune"), message: forged(2, 7) });
  world.input("delhi", { type: "message", from: site("mumbai"), message: forged(2, 1) });
  expect(world.network).toEqual([]);
  expect(world.snapshot("delhi").dataDigest).toBe(before);
});

test("[E13] draining refuses writes and is reported once everything accepted is on disk", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.host("mumbai").diskSlow = true;
  const open = world.client("mumbai", put("x", "A"));
  const { number } = world.change({ phase: "draining" });
  world.settle();
  expect(world.outcome(world.client("mumbai", put("x", "B")))).toMatchObject({
    status: "fail",
    error: "DRAINING",
  });
  expect(world.outcome(world.client("pune", put("x", "B")))).toMatchObject({
    status: "fail",
    error: "DRAINING",
  });
  expect(world.outcome(world.client("mumbai", { f: "get", key: "x" }))?.status).toBe("ok");
  expect(world.lastBeat.get(site("mumbai"))?.viewNumber).toBe(number - 1);
  world.host("mumbai").diskSlow = false;
  world.settle();
  expect(world.outcome(open)?.status).toBe("ok");
  expect(world.lastBeat.get(site("mumbai"))).toMatchObject({ viewNumber: number, position: { lsn: 1 } });
});

test("[E14] one writer becomes many and back: the seed keeps its data, the others copy it", () => {
  const world = createWorld(["mumbai", "pune", "delhi"]);
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.client("mumbai", { f: "increment", key: "n", by: 5 });
  world.settle();
  const many = { ...plainCluster, mode: "active-active", route: "local" } as const;
  world.cut("mumbai", "delhi");
  world.change({ cluster: many, generation: 2, seed: site("mumbai"), primary: null, epoch: 2 });
  world.settle();
  expect(world.snapshot("delhi")).toMatchObject({ role: "rebuilding", keys: {} });
  expect(world.outcome(world.client("delhi", put("x", "B")))).toMatchObject({ error: "REBUILDING" });
  // The seed cannot be reached, so another member is asked.
  world.advance(20_000);
  expect(world.snapshot("delhi").role).toBe("primary");
  world.mend("mumbai", "delhi");
  world.client("delhi", { f: "increment", key: "n", by: 1 });
  world.advance(5000);
  for (const name of ["mumbai", "pune", "delhi"]) {
    expect(world.snapshot(name).keys).toMatchObject({ x: { value: "A" }, n: { value: 6 } });
  }
  world.change({ cluster: plainCluster, generation: 3, seed: site("delhi"), primary: site("delhi") });
  world.advance(5000);
  for (const name of ["mumbai", "pune", "delhi"]) {
    expect(world.snapshot(name).keys).toMatchObject({ x: { value: "A" }, n: { value: 6 } });
  }
  world.change({ generation: 4, seed: null });
  world.advance(5000);
  expect(world.hosts().map(({ name }) => world.snapshot(name).keys)).toEqual([{}, {}, {}]);
});

test("[E14] a site that is asked for a copy before its own view has come gives it then", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.settle();
  const many = { ...plainCluster, mode: "active-active", route: "local" } as const;
  world.cut("mumbai", "coordinator");
  world.change({ cluster: many, generation: 2, seed: site("mumbai"), primary: null, epoch: 2 });
  world.settle();
  expect(world.snapshot("pune").role).toBe("rebuilding");
  world.mend("mumbai", "coordinator");
  world.tell("mumbai");
  world.settle();
  expect(world.snapshot("pune")).toMatchObject({ role: "primary", keys: { x: { value: "A" } } });
});

test("[E52] a new generation of the same kind loses only what its seed has not seen", () => {
  const world = createWorld(["mumbai", "pune", "delhi"]);
  world.settle();
  world.client("mumbai", put("x", "everywhere"));
  world.advance(2000);
  world.cut("mumbai", "pune");
  world.cut("mumbai", "delhi");
  const alone = world.client("mumbai", put("y", "mumbai alone"));
  world.settle();
  expect(world.outcome(alone)).toMatchObject({ status: "ok" });
  world.mend("mumbai", "pune");
  world.mend("mumbai", "delhi");
  world.change({ generation: 2, epoch: 2, seed: site("pune"), primary: site("pune") });
  world.advance(3000);
  expect(world.snapshot("mumbai").discarded).toMatchObject([{ opId: alone, acknowledged: true }]);
  expect(world.snapshot("delhi")).toMatchObject({ discarded: [], keys: { x: { value: "everywhere" } } });
});

test("[E15] a seed that lost its disk copies from the others instead of seeding them with nothing", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.change({ generation: 2, seed: site("mumbai"), primary: site("mumbai") });
  world.advance(3000);
  world.crash("mumbai", "lost");
  world.change({ primary: site("pune") });
  world.restart("mumbai");
  world.advance(5000);
  expect(world.snapshot("mumbai").keys).toEqual(world.snapshot("pune").keys);
  expect(world.snapshot("mumbai").keys).toHaveProperty("x");
});

test("[E16] under `single` the other sites show nothing and forward", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.client("mumbai", put("old", "from before"));
  world.settle();
  world.change({ cluster: { ...plainCluster, mode: "single" }, members: [site("mumbai")] });
  world.settle();
  const write = world.client("pune", put("x", "A"));
  world.advance(3000);
  const read = world.client("pune", { f: "get", key: "x" });
  world.settle();
  expect(world.outcome(write)).toMatchObject({ status: "ok", servedBy: "mumbai" });
  expect(world.outcome(read)).toMatchObject({ value: "A", servedBy: "mumbai" });
  expect(world.snapshot("pune").keys).toEqual({});
  world.change({ cluster: plainCluster, members: [site("mumbai"), site("pune")] });
  world.advance(3000);
  expect(world.snapshot("pune").keys).toHaveProperty("x");
});

test("[E14] an engine is plain and silent until it hears of a view", () => {
  const engine = createEngine({ site: site("mumbai"), index: 0, incarnation: 1 });
  const now = { mono: 0, wall: 0 };
  const inputs: EngineInput[] = [
    { type: "start", now, journal: [] },
    { type: "link", now, peer: site("pune"), up: true },
    { type: "timer", now, id: "heartbeat" },
    { type: "message", now, from: site("pune"), message: { type: "stale", epoch: 9 } },
    { type: "visibility", now, hidden: true },
  ];
  expect(inputs.flatMap((input) => engine.step(input))).toEqual([]);
  expect(engine.snapshot()).toMatchObject({ role: "replica", view: null, keys: {} });
});
