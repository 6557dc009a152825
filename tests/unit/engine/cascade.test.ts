import { expect, test } from "vitest";
import type { Operation } from "@/lib/protocol/operation";
import { createWorld, type Sent, site, type World } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const get = (key: string): Operation => ({ f: "get", key });

/** Mumbai heads Pune, which heads Delhi; Lagos, where it is there, follows Mumbai itself. */
const chain = { upstream: { [site("delhi")]: site("pune") } };

function started(names = ["mumbai", "pune", "delhi"], change: Parameters<typeof createWorld>[1] = {}): World {
  const world = createWorld(names, { ...chain, ...change });
  world.settle();
  return world;
}

const streams = ({ message }: Sent) => message.type === "append" || message.type === "ack";
const pathOf = ({ from, to }: Sent) => `${from}>${to}`;
const valueAt = (world: World, name: string) => world.snapshot(name).keys.x?.value;

test("[E100] a standby sends on what it has received, before it has it on disk, and its child answers it alone", () => {
  const paths = new Set<string>();
  const world = createWorld(["mumbai", "pune", "delhi"], chain, {
    onDeliver: (sent) => {
      if (streams(sent)) paths.add(pathOf(sent));
    },
  });
  world.settle();
  world.host("pune").diskSlow = true;
  world.client("mumbai", put("x", "A"));
  world.settle();
  expect(valueAt(world, "delhi")).toBe("A");
  expect(valueAt(world, "pune")).toBeUndefined();
  expect([...paths].sort()).toEqual(["delhi>pune", "mumbai>pune", "pune>delhi", "pune>mumbai"]);
});

test("[E101] synchronous acknowledgement reaches direct children only", () => {
  const world = started(["mumbai", "pune", "delhi"], {
    ack: "sync",
    sync: { rule: "first", count: 2, strict: true },
  });
  const id = world.client("mumbai", put("x", "A"));
  world.advance(1000);
  expect(world.recorded()).toEqual(["pune"]);
  expect(world.outcome(id)).toMatchObject({ status: "ok" });
  world.crash("pune");
  const waits = world.client("mumbai", put("x", "B"));
  world.advance(1000);
  expect(world.outcome(waits), "Delhi is there, and nobody may count on it").toBeNull();
});

test("[E102] when a standby between is promoted, its children stay and follow the new history", () => {
  const world = started(["mumbai", "pune", "delhi", "lagos"]);
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.crash("mumbai");
  world.change({ primary: site("pune") });
  world.settle();
  world.client("pune", put("x", "B"));
  world.settle();
  for (const name of ["pune", "delhi", "lagos"]) {
    expect(world.snapshot(name)).toMatchObject({
      position: { epoch: 2, lsn: 2 },
      keys: { x: { value: "B" } },
    });
  }
  world.restart("mumbai");
  world.advance(3000);
  expect(valueAt(world, "mumbai"), "the old primary joins at the root").toBe("B");
});

test("[E102] a promoted leaf heads the tree it was the end of", () => {
  const world = started();
  world.crash("mumbai");
  world.change({ primary: site("delhi") });
  world.settle();
  world.client("delhi", put("x", "A"));
  world.advance(2000);
  expect(valueAt(world, "pune")).toBe("A");
});

test("[E103] an orphan stays behind while it serves reads, until another upstream is configured (A17)", () => {
  const world = started();
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.crash("pune");
  for (const value of ["B", "C", "D"]) world.client("mumbai", put("x", value));
  world.advance(10_000);
  const read = world.client("delhi", get("x"));
  expect(world.outcome(read)).toMatchObject({ status: "ok", value: "A", servedBy: "delhi" });
  const { cluster } = world.view();
  world.change({ cluster: { ...cluster, upstream: {} } });
  world.advance(2000);
  expect(valueAt(world, "delhi")).toBe("D");
  expect(world.snapshot("delhi").epoch, "that took no new reign").toBe(1);
});

test("[E103] how far the primary has come is known further down, as far as the standby between knows it", () => {
  const world = started();
  world.cut("pune", "delhi");
  world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.snapshot("delhi").lagOps).toBe(0);
  world.host("delhi").diskSlow = true;
  world.mend("pune", "delhi");
  world.advance(3000);
  expect(world.snapshot("delhi").lagOps).toBe(1);
});

test("[E104] a child that is ahead of a new upstream waits for it, and nothing of it is lost", () => {
  const world = createWorld(["mumbai", "pune", "delhi"]);
  world.settle();
  world.cut("mumbai", "pune");
  for (const value of ["A", "B", "C"]) world.client("mumbai", put("x", value));
  world.settle();
  expect(valueAt(world, "delhi")).toBe("C");
  world.mend("mumbai", "pune");
  const { cluster } = world.view();
  world.change({ cluster: { ...cluster, ...chain } });
  while (world.coordination.length > 0) world.deliverCoordination();
  world.settle();
  world.advance(3000);
  expect(world.snapshot("delhi")).toMatchObject({ position: { epoch: 1, lsn: 3 }, discarded: [] });
  world.client("mumbai", put("x", "D"));
  world.advance(3000);
  expect(valueAt(world, "delhi")).toBe("D");
});

test("[E104] a tail that the surviving history does not have goes, also two steps below the primary", () => {
  const world = started(["mumbai", "pune", "delhi", "lagos"]);
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.cut("mumbai", "lagos");
  world.client("mumbai", put("x", "lost"));
  world.settle();
  expect(valueAt(world, "delhi")).toBe("lost");
  world.crash("mumbai");
  world.change({ primary: site("lagos") });
  world.advance(5000);
  for (const name of ["pune", "delhi"]) {
    expect(valueAt(world, name)).toBe("A");
    expect(world.snapshot(name).discarded).toMatchObject([{ op: { value: "lost" } }]);
  }
});

test("[E105] a standby whose own log is in doubt sends nothing on", () => {
  const world = started(["mumbai", "pune", "delhi"]);
  world.crash("mumbai");
  world.restart("mumbai");
  world.cut("mumbai", "pune");
  world.change({ primary: site("mumbai") });
  world.settle();
  const before = world.snapshot("delhi").position;
  world.client("mumbai", put("x", "A"));
  world.advance(3000);
  expect(world.snapshot("delhi").position).toEqual(before);
  expect(world.lastBeat.get(site("delhi"))?.upstream).toEqual({ site: "pune", ok: false });
});
