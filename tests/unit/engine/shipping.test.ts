import { expect, test } from "vitest";
import type { EngineOutput } from "@/lib/engine/types";
import { limits } from "@/lib/protocol/limits";
import type { Operation } from "@/lib/protocol/operation";
import type { SiteMessageOf } from "@/lib/protocol/site/message";
import { createWorld, site, type World } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const digests = (world: World) => new Set(world.hosts().map(({ name }) => world.snapshot(name).dataDigest));

function writeMany(world: World, at: string, count: number, value = "v"): void {
  for (let n = 0; n < count; n += 1) world.client(at, put(`k${n % 50}`, `${value}${n}`));
}

test("[E40] a replica that comes late follows from the end of its own log", () => {
  const follows: unknown[] = [];
  const world = createWorld(
    ["mumbai", "pune"],
    {},
    {
      onDeliver: ({ message }) => {
        if (message.type === "follow") follows.push(message.position);
      },
    },
  );
  world.settle();
  writeMany(world, "mumbai", 10);
  world.settle();
  world.crash("pune");
  writeMany(world, "mumbai", 10, "later");
  world.settle();
  world.restart("pune");
  world.advance(500);
  expect(follows.at(-1)).toEqual({ epoch: 1, lsn: 10 });
  expect(world.snapshot("pune").position).toEqual({ epoch: 1, lsn: 20 });
  expect(digests(world).size).toBe(1);
});

test("[E40] a site whose own reign stayed empty finds its place in the next one's history", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.client("mumbai", put("x", "common"));
  world.settle();
  world.cut("mumbai", "pune");
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.change({ primary: site("pune") });
  world.settle();
  world.change({ primary: site("mumbai") });
  world.settle();
  world.client("mumbai", put("x", "B"));
  world.mend("mumbai", "pune");
  world.advance(3000);
  expect(world.snapshot("pune").position).toEqual({ epoch: 3, lsn: 3 });
  world.change({ primary: site("pune") });
  world.settle();
  world.client("pune", put("x", "C"));
  world.advance(3000);
  expect(world.snapshot("mumbai").position).toEqual({ epoch: 4, lsn: 4 });
  expect(digests(world).size).toBe(1);
});

test("[E41] loss, repetition and reordering cost time and nothing else", () => {
  const world = createWorld(["mumbai", "pune", "delhi"]);
  world.settle();
  let n = 0;
  const weather = () => {
    for (let turn = 0; turn < 400; turn += 1) {
      for (const name of ["mumbai", "pune", "delhi"]) world.flush(name);
      while (world.coordination.length > 0) world.deliverCoordination();
      if (world.network.length === 0) return;
      n = (n * 1103515245 + 12345) % 2147483648;
      const index = n % world.network.length;
      if (n % 10 < 3) world.network.splice(index, 1);
      else if (n % 10 < 4) world.network.push(...world.network.slice(index, index + 1));
      else world.deliver(index);
    }
  };
  for (let round = 0; round < 30; round += 1) {
    writeMany(world, "mumbai", 10, `${round}:`);
    world.advance(200, weather);
  }
  world.advance(20_000, weather);
  expect(world.snapshot("mumbai").position).toEqual({ epoch: 1, lsn: 300 });
  expect(digests(world).size).toBe(1);
  expect(world.trace.filter(({ event }) => event.kind === "apply")).toHaveLength(600);
});

test("[E41] unanswered entries are repeated, longer and longer apart, and a link that comes up resumes at once", () => {
  const times: number[] = [];
  const world = createWorld(
    ["mumbai", "pune"],
    {},
    {
      onOutput: (at, output) => {
        if (at === "mumbai" && output.type === "send" && output.message.type === "append") {
          if (output.message.entries.length > 0) times.push(world.mono());
        }
      },
    },
  );
  world.settle();
  world.cut("mumbai", "pune");
  writeMany(world, "mumbai", 1);
  world.advance(10_000);
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? 0));
  expect(gaps.length).toBeGreaterThan(2);
  expect(gaps.every((gap, i) => i === 0 || gap >= (gaps[i - 1] ?? 0))).toBe(true);
  world.mend("mumbai", "pune");
  world.input("mumbai", { type: "link", peer: site("pune"), up: true });
  world.settle();
  expect(world.snapshot("pune").position.lsn).toBe(1);
});

test("[E42] messages stay small and few: 64 entries, 40 KB, eight of them unanswered", () => {
  const sizes: { entries: number; bytes: number }[] = [];
  const utf8 = new TextEncoder();
  const world = createWorld(
    ["mumbai", "pune"],
    {},
    {
      onOutput: (_, output: EngineOutput) => {
        if (output.type === "send" && output.message.type === "append") {
          const { entries } = output.message;
          const bytes = utf8.encode(JSON.stringify(output.message)).length;
          sizes.push({ entries: entries.length, bytes });
        }
      },
    },
  );
  world.settle();
  world.crash("pune");
  writeMany(world, "mumbai", 900);
  world.advance(100);
  // Devanagari takes three bytes a character; a text of control characters six in JSON.
  writeMany(world, "mumbai", 10, "म".repeat(5000));
  world.client("mumbai", { f: "insert", key: "t", at: 0, text: "\u0001".repeat(2700) });
  world.advance(100);
  world.restart("pune");
  world.deliverCoordination();
  sizes.splice(0);
  while (sizes.length === 0) world.deliver();
  expect(sizes).toHaveLength(8);
  world.advance(1000);
  expect(world.snapshot("pune").position.lsn).toBe(911);
  expect(Math.max(...sizes.map(({ entries }) => entries))).toBe(limits.entriesPerMessage);
  expect(Math.max(...sizes.map(({ bytes }) => bytes))).toBeLessThan(limits.frameBytes);
  expect(sizes.some(({ entries, bytes }) => entries === 2 && bytes > 30_000)).toBe(true);
});

test("[E43] a replica appends only what follows, and acknowledges what is flushed", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.advance(500);
  world.client("mumbai", put("x", "A"));
  world.client("mumbai", put("x", "B"));
  const [first, second] = world.network.splice(0);
  if (first === undefined || second === undefined) throw new Error("two appends were sent");
  world.input("pune", { type: "message", from: second.from, message: second.message });
  expect(world.host("pune").writing).toEqual([]);
  expect(world.network).toMatchObject([{ to: "mumbai", message: { type: "follow", position: { lsn: 0 } } }]);
  world.network.splice(0);
  world.input("pune", { type: "message", from: first.from, message: first.message });
  expect(world.network).toEqual([]);
  expect(world.snapshot("pune").keys).toEqual({});
  world.flush("pune");
  expect(world.network).toMatchObject([{ message: { type: "ack", flushed: { epoch: 1, lsn: 1 } } }]);
  expect(world.snapshot("pune").keys).toMatchObject({ x: { value: "A" } });
});

test("[E44] a replica behind the primary's base gets a copy, and the entries after it", () => {
  const copies: SiteMessageOf<"copy">[] = [];
  const world = createWorld(
    ["mumbai", "pune"],
    {},
    {
      onDeliver: ({ message }) => {
        if (message.type === "copy") copies.push(message);
      },
    },
  );
  world.settle();
  world.crash("pune", "lost");
  for (let n = 0; n < limits.logEntries + 100; n += 1) {
    world.client("mumbai", put(`k${n % 200}`, `${n}`));
    world.settle();
  }
  world.restart("pune");
  world.client("mumbai", put("after", "the copy"));
  world.advance(3000);
  expect(copies).toHaveLength(1);
  expect(world.snapshot("pune").position).toEqual(world.snapshot("mumbai").position);
  expect(digests(world).size).toBe(1);
  world.crash("pune");
  world.restart("pune");
  expect(world.snapshot("pune").position).toEqual(world.snapshot("mumbai").position);
});

test("[E45] an idle stream carries the end of the log, so lag is 0 and a silent primary is noticed", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.advance(10_000);
  expect(world.snapshot("pune")).toMatchObject({ lagOps: 0, cannotWrite: null });
  world.host("pune").diskSlow = true;
  writeMany(world, "mumbai", 7);
  world.settle();
  expect(world.snapshot("pune").lagOps).toBe(7);
  world.cut("mumbai", "pune");
  world.advance(4000);
  expect(world.snapshot("pune").cannotWrite).toBe(
    "Pune is a replica and the primary Mumbai has not been heard for 4.0 s.",
  );
});

test("[E50] a former primary rewinds: what only it had is recorded, kept and shown until dismissed", () => {
  const world = createWorld(["mumbai", "pune", "delhi"]);
  world.settle();
  world.client("mumbai", put("x", "common"));
  world.settle();
  world.cut("mumbai", "pune");
  world.cut("mumbai", "delhi");
  const lost = [world.client("mumbai", put("x", "lost")), world.client("mumbai", put("y", "lost too"))];
  world.settle();
  expect(lost.map((id) => world.outcome(id)?.status)).toEqual(["ok", "ok"]);
  world.crash("mumbai");
  world.change({ primary: site("pune") });
  world.settle();
  world.client("delhi", put("x", "survives"));
  world.settle();
  world.restart("mumbai");
  world.mend("mumbai", "pune");
  world.mend("mumbai", "delhi");
  world.advance(3000);
  const expected = lost.map((opId, i) => ({ opId, position: { epoch: 1, lsn: 2 + i }, acknowledged: true }));
  expect(world.snapshot("mumbai")).toMatchObject({ role: "replica", position: { epoch: 2, lsn: 2 } });
  expect(world.snapshot("mumbai").discarded).toMatchObject(expected);
  expect(digests(world).size).toBe(1);
  expect(world.trace.flatMap(({ at, event }) => (event.kind === "discard" ? [[at, event.op]] : []))).toEqual(
    lost.map((id) => ["mumbai", id]),
  );
  world.crash("mumbai");
  world.restart("mumbai");
  expect(world.snapshot("mumbai").discarded).toMatchObject(expected);
  world.input("mumbai", { type: "dismiss-discarded" });
  world.settle();
  world.crash("mumbai");
  world.restart("mumbai");
  expect(world.snapshot("mumbai").discarded).toEqual([]);
});

test("[E50] a replica that was ahead of the new primary rewinds too", () => {
  const world = createWorld(["mumbai", "pune", "delhi"]);
  world.settle();
  world.cut("mumbai", "pune");
  const id = world.client("mumbai", put("x", "only Delhi has it"));
  world.settle();
  world.crash("mumbai");
  world.change({ primary: site("pune") });
  world.advance(2000);
  expect(world.snapshot("delhi")).toMatchObject({ keys: {}, discarded: [{ opId: id, acknowledged: false }] });
});

test("[E51] a repeated order to rewind cuts nothing that has come since", () => {
  const orders: SiteMessageOf<"diverged">[] = [];
  const world = createWorld(
    ["mumbai", "pune"],
    {},
    {
      onDeliver: ({ message }) => {
        if (message.type === "diverged") orders.push(message);
      },
    },
  );
  world.settle();
  world.cut("mumbai", "pune");
  world.client("mumbai", put("x", "lost"));
  world.settle();
  world.change({ primary: site("pune") });
  world.settle();
  world.client("pune", put("x", "A"));
  world.client("pune", put("x", "B"));
  world.mend("mumbai", "pune");
  world.advance(3000);
  const before = world.snapshot("mumbai");
  expect(before.position).toEqual({ epoch: 2, lsn: 2 });
  const [order] = orders;
  if (order === undefined) throw new Error("Mumbai was told to rewind");
  world.input("mumbai", { type: "message", from: site("pune"), message: order });
  world.settle();
  expect(world.snapshot("mumbai")).toEqual(before);
});

test("[E52] a site that starts from a copy lists what it held and the copy lacks", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.client("mumbai", put("x", "common"));
  world.settle();
  world.cut("mumbai", "pune");
  const lost = world.client("mumbai", put("x", "lost"));
  world.settle();
  world.crash("mumbai");
  world.change({ primary: site("pune") });
  world.settle();
  for (let n = 0; n < limits.logEntries + 100; n += 1) {
    world.client("pune", put(`k${n % 200}`, `${n}`));
    world.settle();
  }
  world.mend("mumbai", "pune");
  world.restart("mumbai");
  world.advance(3000);
  expect(digests(world).size).toBe(1);
  expect(world.snapshot("mumbai").discarded).toMatchObject([{ opId: lost }]);
});

test("[E42] at the beginning of a reign a long log that a replica holds already is not on its way", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  for (let round = 0; round < 10; round += 1) {
    writeMany(world, "mumbai", limits.entriesPerMessage);
    world.settle();
  }
  writeMany(world, "mumbai", 3, "lost on the way");
  world.flush("mumbai");
  world.network.length = 0;
  const sent: number[] = [];
  world.change({ primary: site("mumbai") });
  for (let turn = 0; turn < 1000; turn += 1) {
    for (const { message } of world.network)
      if (message.type === "append") sent.push(...message.entries.map(({ lsn }) => lsn));
    if (world.coordination.length > 0) world.deliverCoordination();
    else if (!["mumbai", "pune"].some((name) => world.flush(name))) world.deliver();
  }
  expect(world.snapshot("pune").position).toEqual({ epoch: 1, lsn: 10 * limits.entriesPerMessage + 3 });
  expect(Math.min(...sent)).toBe(10 * limits.entriesPerMessage + 1);
});
