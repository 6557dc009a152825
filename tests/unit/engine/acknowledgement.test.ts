import { expect, test } from "vitest";
import type { Operation } from "@/lib/protocol/operation";
import { createWorld, plainCluster, site } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const sync = (count: number, strict: boolean) =>
  ({ ack: "sync", sync: { rule: "first", count, strict } }) as const;

test("[E60] asynchronous: the primary's disk is enough, whatever the replicas do", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.cut("mumbai", "pune");
  const id = world.client("mumbai", put("x", "A"));
  expect(world.outcome(id)).toBeNull();
  world.flush("mumbai");
  expect(world.outcome(id)?.status).toBe("ok");
});

test("[E61] synchronous: the write is on the standby's disk before the client hears of it", () => {
  const world = createWorld(["mumbai", "pune", "delhi"], sync(1, true));
  world.advance(1000);
  expect(world.recorded()).toEqual(["pune"]);
  world.host("pune").diskSlow = true;
  const id = world.client("mumbai", put("x", "A"));
  world.advance(2000);
  expect(world.snapshot("delhi").keys).toHaveProperty("x");
  expect(world.outcome(id)).toBeNull();
  expect(world.snapshot("mumbai").cannotWrite).toBe("Writes wait until they are on the disk of Pune.");
  world.host("pune").diskSlow = false;
  world.settle();
  expect(world.outcome(id)?.status).toBe("ok");
});

test("[E61] while the set changes a write waits for the old set and the new one", () => {
  const world = createWorld(["mumbai", "pune", "delhi"], { ...sync(1, true), fencing: ["epoch"] });
  world.advance(1000);
  world.silence(true);
  world.cut("mumbai", "pune");
  world.advance(4000);
  // Delhi is wanted now, but the coordinator may still promote Pune.
  const id = world.client("mumbai", put("x", "A"), "asha:1", 60_000);
  world.advance(1000);
  expect(world.snapshot("delhi").keys).toHaveProperty("x");
  expect(world.outcome(id)).toBeNull();
  world.mend("mumbai", "pune");
  world.cut("mumbai", "delhi");
  world.advance(3000);
  expect(world.snapshot("pune").keys).toHaveProperty("x");
  expect(world.outcome(id)?.status).toBe("ok");
});

test("[E61] a new view of the same reign acknowledges nothing early", () => {
  const world = createWorld(["mumbai", "pune"], sync(1, true));
  world.advance(1000);
  world.host("pune").diskSlow = true;
  const id = world.client("mumbai", put("x", "A"));
  world.settle();
  world.change({ phase: "draining" });
  world.settle();
  expect(world.outcome(id)).toBeNull();
  expect(world.snapshot("mumbai").keys).toEqual({});
});

test("[E61] a proposal that may have been recorded counts, although its answer was lost", () => {
  const world = createWorld(["mumbai", "pune", "delhi"], { ...sync(1, true), fencing: ["epoch"] });
  world.advance(1000);
  expect(world.recorded()).toEqual(["pune"]);
  world.crash("pune");
  world.cuts.add("coordinator>mumbai");
  world.advance(4000);
  // The coordinator has recorded Delhi, and Mumbai has not heard of it: both must have every write.
  expect(world.recorded()).toEqual(["delhi"]);
  const id = world.client("mumbai", put("x", "A"));
  world.advance(500);
  expect(world.snapshot("delhi").keys).toHaveProperty("x");
  expect(world.outcome(id)).toBeNull();
  world.cuts.clear();
  world.advance(1000);
  expect(world.outcome(id)?.status).toBe("ok");
});

test("[E62] a replica joins the set only when it has caught up, and a member that is well stays", () => {
  const world = createWorld(["mumbai", "pune", "delhi"], sync(1, true));
  world.crash("pune");
  world.settle();
  world.advance(1000);
  expect(world.recorded()).toEqual(["delhi"]);
  for (let n = 0; n < 300; n += 1) world.client("mumbai", put(`k${n}`, "A"));
  world.settle();
  world.restart("pune");
  world.advance(3000);
  expect(world.snapshot("pune").position.lsn).toBe(300);
  expect(world.recorded()).toEqual(["delhi"]);
  world.host("pune").diskSlow = true;
  world.client("mumbai", put("x", "Delhi and Mumbai have it"));
  world.settle();
  world.crash("delhi");
  world.advance(4000);
  expect(world.recorded()).toEqual(["delhi"]);
  world.host("pune").diskSlow = false;
  world.advance(1000);
  expect(world.recorded()).toEqual(["pune"]);
});

test("[E62] `count` standbys are wanted, and fewer are enough when fewer are there", () => {
  const world = createWorld(["mumbai", "pune", "delhi", "lagos"], sync(2, true));
  world.advance(1000);
  expect(world.recorded()).toEqual(["pune", "delhi"]);
  world.crash("pune");
  world.advance(4000);
  expect(world.recorded()).toEqual(["delhi", "lagos"]);
  world.crash("lagos");
  world.advance(4000);
  expect(world.recorded()).toEqual(["delhi"]);
});

test("[E63] strict: without a standby writes wait, then are refused, and the set never becomes empty", () => {
  const world = createWorld(["mumbai", "pune"], sync(1, true));
  world.advance(1000);
  world.crash("pune");
  const open = world.client("mumbai", put("x", "A"), "asha:1", 4000);
  world.advance(4500);
  expect(world.outcome(open)).toMatchObject({ status: "unknown", error: "TIMEOUT" });
  expect(world.recorded()).toEqual(["pune"]);
  world.advance(3000);
  expect(world.outcome(world.client("mumbai", put("x", "B")))).toMatchObject({
    status: "fail",
    error: "NO_STANDBY",
  });
  expect(world.snapshot("mumbai").cannotWrite).toMatch(/^Mumbai acknowledges nothing without a standby/);
  world.restart("pune");
  world.advance(2000);
  const id = world.client("mumbai", put("x", "C"));
  world.settle();
  expect(world.outcome(id)?.status).toBe("ok");
});

test("[E64] not strict: without a standby the empty set is recorded first, then writes go on alone", () => {
  const world = createWorld(["mumbai", "pune"], sync(1, false));
  world.advance(1000);
  world.crash("pune");
  const id = world.client("mumbai", put("x", "A"), "asha:1", 10_000);
  world.advance(2000);
  expect(world.outcome(id)).toBeNull();
  world.advance(2000);
  expect(world.recorded()).toEqual([]);
  expect(world.outcome(id)?.status).toBe("ok");
  world.restart("pune");
  world.advance(2000);
  expect(world.recorded()).toEqual(["pune"]);
});

test("[E65] a new primary acknowledges nothing before it has heard what is recorded", () => {
  const world = createWorld(["mumbai", "pune", "delhi"], { ...sync(1, false), fencing: [] });
  world.advance(1000);
  world.change({ primary: site("pune") });
  world.settle();
  expect(world.snapshot("pune")).toMatchObject({ role: "primary" });
  world.advance(1000);
  expect(world.recorded()).toEqual(["mumbai"]);
  // The axis changes while writes go on: what was acknowledged alone does not count as synchronous.
  world.change({ cluster: { ...plainCluster, ack: "async" } });
  world.settle();
  world.cut("pune", "mumbai");
  world.cut("pune", "delhi");
  world.client("pune", put("x", "A"));
  world.settle();
  world.change({ cluster: { ...plainCluster, ...sync(1, true) } });
  world.silence(true);
  while (world.coordination.length > 0) world.deliverCoordination();
  const id = world.client("pune", put("x", "B"));
  world.settle();
  expect(world.outcome(id)).toBeNull();
});
