import { expect, test } from "vitest";
import type { Operation } from "@/lib/protocol/operation";
import { createWorld, site, type World } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const get = (key: string): Operation => ({ f: "get", key });

/** One write every `everyMs` at the primary for `forMs`, everything settled in between. */
function load(world: World, everyMs: number, forMs: number): void {
  for (let n = 0; n * everyMs < forMs; n += 1) {
    world.client("mumbai", put("x", `${n}`), `load${world.mono()}:1`);
    world.advance(everyMs);
  }
}

test("[E92] a warm standby applies everything and refuses reads; promoted, it serves at once", () => {
  const world = createWorld(["mumbai", "pune"], { standby: "warm" });
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.snapshot("pune").keys).toHaveProperty("x");
  const refused = world.outcome(world.client("pune", get("x")));
  expect(refused).toMatchObject({
    status: "fail",
    why: "Pune is a warm standby: it applies the log and serves no reads.",
  });
  world.change({ primary: site("pune") });
  world.settle();
  expect(world.snapshot("pune").role).toBe("primary");
  expect(world.outcome(world.client("pune", get("x")))).toMatchObject({ status: "ok", value: "A" });
});

test("[E92] a cold standby holds what was archived, one segment every 20 s, and runs nothing", () => {
  const world = createWorld(["mumbai", "pune"], { standby: "cold" });
  world.advance(1000);
  load(world, 1000, 15_000);
  expect(world.snapshot("pune").position.lsn).toBe(0);
  load(world, 1000, 10_000);
  const { position, keys, lagOps } = world.snapshot("pune");
  expect(position.lsn).toBeGreaterThanOrEqual(19);
  expect(position.lsn).toBeLessThan(22);
  expect(keys).toEqual({});
  expect(lagOps).toBe(25);
  expect(world.outcome(world.client("pune", get("x")))).toMatchObject({ status: "fail" });
});

test("[E93] a cold standby that is promoted restores for 8 s and replays 200 writes a second before it acts", () => {
  const world = createWorld(["mumbai", "pune"], { standby: "cold" });
  world.advance(1000);
  load(world, 50, 22_000);
  const { lsn } = world.snapshot("pune").position;
  expect(lsn).toBeGreaterThan(370);
  world.crash("mumbai");
  world.change({ primary: site("pune") });
  const from = world.mono();
  world.advance(1000);
  expect(world.snapshot("pune")).toMatchObject({ role: "candidate", keys: {} });
  const refused = world.outcome(world.client("pune", put("y", "B")));
  expect(refused).toMatchObject({ status: "fail", error: "NO_LEASE" });
  const unread = world.outcome(world.client("pune", get("x")));
  expect(unread).toMatchObject({ status: "fail", error: "REBUILDING" });
  expect(world.snapshot("pune").cannotWrite).toBe(
    `Pune restores its base image, which takes 8.0 s, and then replays ${lsn} writes before it takes over.`,
  );
  while (world.snapshot("pune").role !== "primary" && world.mono() < from + 30_000) world.advance(50);
  const tookMs = world.mono() - from;
  expect(tookMs).toBeGreaterThanOrEqual(8000 + (lsn * 1000) / 200 - 50);
  expect(tookMs).toBeLessThan(8000 + (lsn * 1000) / 200 + 200);
  expect(world.snapshot("pune").keys).toHaveProperty("x");
});

test("[E93] a primary that returns to its own reign restores nothing: its data is where it was", () => {
  const world = createWorld(["mumbai", "pune"], { standby: "cold" });
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.crash("mumbai");
  world.restart("mumbai");
  world.change({ primary: site("mumbai") });
  world.settle();
  expect(world.snapshot("mumbai")).toMatchObject({ role: "primary", keys: { x: { value: "A" } } });
});

test("[E94] apply 50/s, offered 60/s for 60 s: about 600 writes behind, each of them received and on disk (A12)", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.advance(1000);
  world.input("pune", { type: "condition", applyPerSec: 50 });
  load(world, 1000 / 60, 60_000);
  const { position, lagOps } = world.snapshot("pune");
  expect(position.lsn).toBe(3600);
  expect(lagOps).toBeGreaterThan(590);
  expect(lagOps).toBeLessThan(610);
  world.advance(12_300);
  expect(world.snapshot("pune").lagOps).toBe(0);
  expect(world.snapshot("pune").dataDigest).toBe(world.snapshot("mumbai").dataDigest);
});

test("[E95] a slow replica that is promoted applies all it has received before it accepts a write", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.advance(1000);
  world.input("pune", { type: "condition", applyPerSec: 10 });
  for (let n = 0; n < 50; n += 1) world.client("mumbai", put(`k${n}`, "A"));
  world.settle();
  world.crash("mumbai");
  world.change({ primary: site("pune") });
  world.advance(1000);
  expect(world.snapshot("pune").role).toBe("candidate");
  expect(world.snapshot("pune").cannotWrite).toMatch(/^Pune applies the 4\d writes it has received/);
  world.advance(4500);
  expect(world.snapshot("pune").role).toBe("primary");
  expect(Object.keys(world.snapshot("pune").keys).length).toBe(50);
  const id = world.client("pune", put("y", "B"));
  world.flush("pune");
  expect(world.outcome(id)?.status).toBe("ok");
});

test("[E94] the pace can be lifted at any time, and what waited is shown at once", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.input("pune", { type: "condition", applyPerSec: 0.1 });
  world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.snapshot("pune")).toMatchObject({ keys: {}, position: { lsn: 1 } });
  world.input("pune", { type: "condition", applyPerSec: null });
  expect(world.snapshot("pune").keys).toHaveProperty("x");
});

test("[E94] a change of pace at the primary shows and acknowledges nothing that waits for a standby", () => {
  // Found by the property of `sync any`: a slowed primary acknowledged a write that only its own disk held.
  const world = createWorld(["mumbai", "pune"], { ack: "sync" });
  world.advance(1000);
  world.cut("mumbai", "pune");
  const id = world.client("mumbai", put("x", "A"));
  world.flush("mumbai");
  world.input("mumbai", { type: "condition", applyPerSec: 5 });
  world.advance(1000);
  expect(world.outcome(id)).toBeNull();
  expect(world.snapshot("mumbai").keys).toEqual({});
  world.mend("mumbai", "pune");
  world.advance(1000);
  expect(world.outcome(id)?.status).toBe("ok");
});

test("[E98] a replica that cannot keep up takes no more than half a log ahead of its readers", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.advance(1000);
  world.input("pune", { type: "condition", applyPerSec: 0.1 });
  for (let n = 0; n < 2700; n += 1) {
    world.client("mumbai", put("x", `${n}`));
    if (n % 50 === 0) world.settle();
  }
  world.advance(1000);
  expect(world.snapshot("pune").position.lsn).toBe(2500);
  world.input("pune", { type: "condition", applyPerSec: null });
  world.advance(3000);
  expect(world.snapshot("pune").dataDigest).toBe(world.snapshot("mumbai").dataDigest);
});

test("[E96] lease-tick: what waited for a stopped primary is acknowledged by it as by a zombie; lease-request refuses (A14)", () => {
  const statuses = (["lease-tick", "lease-request"] as const).map((level) => {
    const world = createWorld(["mumbai", "pune"], { fencing: [level] });
    world.advance(1500);
    world.silence(true);
    world.freeze(12_000);
    // The tab wakes up: its messages are handled before its timers.
    const zombie = world.client("mumbai", put("x", "A"));
    world.flush("mumbai");
    const status = world.outcome(zombie)?.status;
    world.advance(300);
    const later = world.client("mumbai", put("x", "B"));
    expect(world.outcome(later)).toMatchObject({ status: "fail", error: "NO_LEASE" });
    expect(world.snapshot("mumbai").role).toBe("fenced");
    return status;
  });
  expect(statuses).toEqual(["ok", "fail"]);
});
