import { expect, test } from "vitest";
import type { Operation, Outcome } from "@/lib/protocol/operation";
import type { Position } from "@/lib/protocol/position";
import type { SessionToken } from "@/lib/protocol/session-token";
import { createWorld, site, type World } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const get = (key: string): Operation => ({ f: "get", key });
const having = (position: Position | null, sinceWriteMs: number | null = null): SessionToken => ({
  position,
  sinceWriteMs,
});

/** A read by a session that has this token, not yet delivered anywhere. */
function ask(world: World, at: string, token: SessionToken, deadlineMs = 5000): string {
  return world.client(at, get("x"), undefined, deadlineMs, token);
}

/** Writes `x` at Mumbai, and says which position the answer rests on. */
function write(world: World, value: string): Position {
  const id = world.client("mumbai", put("x", value));
  world.settle();
  return positionOf(world.outcome(id));
}

function positionOf(outcome: Outcome | null): Position {
  if (outcome?.status !== "ok" || outcome.position === undefined) throw new Error("no position");
  return outcome.position;
}

function started(
  readFrom: "token" | { maxLagOps: number } | { pinMs: number },
  names = ["mumbai", "pune"],
): World {
  const world = createWorld(names, { readFrom });
  world.settle();
  return world;
}

test("[E75] a replica holds a read until it shows what its session has seen", () => {
  const world = started("token");
  world.host("pune").diskSlow = true;
  const seen = write(world, "A");
  const read = ask(world, "pune", having(seen));
  const stranger = ask(world, "pune", having(null));
  expect(world.outcome(stranger), "a session that has seen nothing waits for nothing").toMatchObject({
    status: "ok",
    value: null,
    position: { lsn: 0 },
  });
  world.settle();
  expect(world.outcome(read)).toBeNull();
  world.host("pune").diskSlow = false;
  world.settle();
  expect(world.outcome(read)).toMatchObject({ status: "ok", value: "A", servedBy: "pune", position: seen });
});

test("[E75] after one heartbeat of waiting the primary is asked instead", () => {
  const world = started("token");
  world.host("pune").diskSlow = true;
  const seen = write(world, "A");
  const read = ask(world, "pune", having(seen));
  world.advance(900);
  expect(world.outcome(read)).toBeNull();
  world.advance(400);
  expect(world.outcome(read)).toMatchObject({ status: "ok", value: "A", servedBy: "mumbai" });
});

test("[E75] a primary too holds a read of what it has not acknowledged yet", () => {
  const world = started("token");
  world.host("mumbai").diskSlow = true;
  world.client("mumbai", put("x", "A"));
  world.settle();
  // Pune shows what is on its disk, so a session can be ahead of the primary's own readers.
  const ahead = ask(world, "pune", having(null));
  const seen = positionOf(world.outcome(ahead));
  expect(seen).toEqual({ epoch: 1, lsn: 1 });
  const read = ask(world, "mumbai", having(seen));
  world.settle();
  expect(world.outcome(read)).toBeNull();
  world.host("mumbai").diskSlow = false;
  world.settle();
  expect(world.outcome(read)).toMatchObject({ status: "ok", value: "A", servedBy: "mumbai" });
});

test("[E75] without a way to the primary a copy that is too far behind says so", () => {
  const world = started("token");
  world.cut("mumbai", "pune");
  const seen = write(world, "A");
  world.input("pune", { type: "link", peer: site("mumbai"), up: false });
  const read = ask(world, "pune", having(seen));
  world.advance(1300);
  expect(world.outcome(read)).toMatchObject({
    status: "fail",
    error: "STALE",
    why: "This session has seen epoch 1, write 1, and Pune does not show that after 1.0 s.",
  });
});

test("[E76] a session whose write did not survive is told so, and starts again", () => {
  const world = started("token", ["mumbai", "pune", "delhi"]);
  world.cut("mumbai", "pune");
  world.cut("mumbai", "delhi");
  const lost = write(world, "A");
  world.change({ primary: site("pune") });
  world.settle();
  const read = ask(world, "pune", having(lost));
  world.settle();
  expect(world.outcome(read)).toMatchObject({
    status: "fail",
    error: "SESSION_LOST",
    why: "This session has seen epoch 1, write 1, which did not survive: Pune reigns in epoch 2 over an empty log.",
  });
  const roaming = ask(world, "delhi", having(lost));
  world.advance(1300);
  expect(world.outcome(roaming), "a replica cannot know that, so it asks").toMatchObject({
    error: "SESSION_LOST",
    servedBy: "pune",
  });
});

test("[E76] what an earlier reign wrote is no reason for doubt where it survived", () => {
  const world = started("token", ["mumbai", "pune", "delhi"]);
  const seen = write(world, "A");
  world.change({ primary: site("pune") });
  world.settle();
  world.client("pune", put("x", "B"));
  world.settle();
  for (const at of ["mumbai", "pune", "delhi"]) {
    const read = ask(world, at, having(seen));
    expect(world.outcome(read)).toMatchObject({ status: "ok", value: "B", servedBy: at });
  }
});

test("[E77] a replica serves reads while its known lag is small enough, and asks the primary above that", () => {
  const world = started({ maxLagOps: 1 });
  world.host("pune").diskSlow = true;
  write(world, "A");
  const near = ask(world, "pune", having(null));
  expect(world.outcome(near), "one write behind is allowed").toMatchObject({ value: null, servedBy: "pune" });
  write(world, "B");
  const far = ask(world, "pune", having(null));
  world.settle();
  expect(world.outcome(far)).toMatchObject({ value: "B", servedBy: "mumbai" });
  world.input("pune", { type: "link", peer: site("mumbai"), up: false });
  expect(world.outcome(ask(world, "pune", having(null)))).toMatchObject({
    status: "fail",
    error: "STALE",
    why: "Pune is 2 writes behind, and at most 1 are allowed for a read here.",
  });
});

test("[E77] the known lag is itself old: a replica that is cut off goes on believing it", () => {
  const world = started({ maxLagOps: 0 });
  write(world, "A");
  world.cut("mumbai", "pune");
  for (const value of ["B", "C", "D"]) write(world, value);
  expect(world.snapshot("pune").lagOps).toBe(0);
  expect(world.outcome(ask(world, "pune", having(null)))).toMatchObject({ value: "A", servedBy: "pune" });
});

test("[E77] a replica that has heard nothing for a whole timeout asks nobody in vain", () => {
  const world = started({ maxLagOps: 0 });
  world.host("pune").diskSlow = true;
  write(world, "A");
  world.cut("mumbai", "pune");
  world.advance(2900);
  const patient = ask(world, "pune", having(null));
  world.advance(1100);
  expect(world.outcome(patient)).toBeNull();
  expect(world.outcome(ask(world, "pune", having(null)))).toMatchObject({ status: "fail", error: "STALE" });
});

test("[E78] for a while after its own write a session reads from the primary, then where it is", () => {
  const world = started({ pinMs: 2000 });
  world.host("pune").diskSlow = true;
  const seen = write(world, "A");
  const pinned = ask(world, "pune", having(seen, 1999));
  world.settle();
  expect(world.outcome(pinned)).toMatchObject({ value: "A", servedBy: "mumbai" });
  for (const sinceWriteMs of [2000, null]) {
    const free = ask(world, "pune", having(seen, sinceWriteMs));
    expect(world.outcome(free)).toMatchObject({ value: null, servedBy: "pune" });
  }
});

test("[E78] pinned reads are the acting primary's: without a lease it refuses them", () => {
  const world = started({ pinMs: 2000 });
  world.silence(true);
  world.advance(3000);
  expect(world.outcome(ask(world, "mumbai", having(null, 10)))).toMatchObject({ error: "NO_LEASE" });
  expect(world.outcome(ask(world, "mumbai", having(null, 5000)))).toMatchObject({ status: "ok" });
});

test("[E79] a redirect names the primary in words and for the client to follow; a refusal only in words", () => {
  for (const writeAt of ["redirect", "reject"] as const) {
    const world = createWorld(["mumbai", "pune"], { writeAt });
    world.settle();
    const outcome = world.outcome(world.client("pune", put("x", "A")));
    expect(outcome).toMatchObject({
      status: "fail",
      error: "NOT_PRIMARY",
      why: "Pune is a replica: send writes to the primary Mumbai.",
    });
    expect(outcome?.status === "fail" ? outcome.redirectTo : null).toBe(
      writeAt === "redirect" ? "mumbai" : undefined,
    );
  }
});

test("[E70] a standby that is not hot serves no reads, and says which kind it is", () => {
  for (const standby of ["warm", "cold"] as const) {
    const world = createWorld(["mumbai", "pune"], { standby });
    world.settle();
    expect(world.outcome(ask(world, "pune", having(null)))).toMatchObject({
      status: "fail",
      error: "NOT_PRIMARY",
      why: expect.stringContaining(`Pune is a ${standby} standby`),
    });
    expect(world.outcome(ask(world, "mumbai", having(null)))).toMatchObject({ status: "ok" });
  }
});
