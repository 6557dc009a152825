import { expect, test } from "vitest";
import type { Cluster } from "@/lib/protocol/cluster";
import type { Operation } from "@/lib/protocol/operation";
import { createWorld, type World } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const get = (key: string): Operation => ({ f: "get", key });
const level = (ack: Cluster["ack"], count = 1, rule: "first" | "any" = "first"): Partial<Cluster> => ({
  ack,
  sync: { rule, count, strict: true },
});

function notes(world: World): readonly string[] {
  return world.trace.flatMap(({ event }) => (event.kind === "note" ? [event.text] : []));
}

test("[E66] off: the client hears ok before any disk, and a crash of the primary alone loses what came since the last round", () => {
  const world = createWorld(["mumbai", "pune"], { ack: "off" });
  world.advance(1000);
  const kept = world.client("mumbai", put("kept", "A"));
  world.advance(1000);
  const lost = world.client("mumbai", put("lost", "B"));
  expect(world.outcome(lost)?.status).toBe("ok");
  expect(world.outcome(world.client("mumbai", get("lost")))).toMatchObject({ value: "B" });
  // Nothing is on its way to the disk or to Pune: the round has not come.
  expect(world.host("mumbai").writing).toEqual([]);
  expect(world.network).toEqual([]);
  world.crash("mumbai");
  world.restart("mumbai");
  world.change({ primary: "mumbai" as never });
  world.advance(2000);
  expect(world.outcome(kept)?.status).toBe("ok");
  expect(Object.keys(world.snapshot("mumbai").keys)).toEqual(["kept"]);
  expect(world.snapshot("pune").dataDigest).toBe(world.snapshot("mumbai").dataDigest);
});

test("[E66] off: a drain waits for the disk all the same, and another axis writes the tail first", () => {
  const world = createWorld(["mumbai", "pune"], { ack: "off" });
  world.advance(1000);
  world.client("mumbai", put("x", "A"));
  world.change({ phase: "draining" });
  world.deliverCoordination();
  expect(world.host("mumbai").writing.length).toBeGreaterThan(0);
  world.settle();
  expect(world.snapshot("pune").keys).toHaveProperty("x");
});

test("[E67] semi: one replica that has received the write is enough, long before any replica's disk", () => {
  const world = createWorld(["mumbai", "pune", "delhi"], { ack: "semi" });
  world.advance(1000);
  world.host("pune").diskSlow = true;
  world.cut("mumbai", "delhi");
  const id = world.client("mumbai", put("x", "A"));
  world.flush("mumbai");
  // AFTER_SYNC: nobody sees it before a replica has it.
  expect(world.outcome(world.client("mumbai", get("x")))).toMatchObject({ value: null });
  expect(world.snapshot("mumbai").cannotWrite).toBe("Writes wait until one replica has received them.");
  world.settle();
  expect(world.outcome(id)?.status).toBe("ok");
  expect(world.snapshot("pune").keys).toEqual({});
});

test("[E67] semi falls back to nobody after one timeout without a word to the client, says so in the trace, and waits again (A19)", () => {
  const world = createWorld(["mumbai", "pune"], { ack: "semi" });
  world.advance(1000);
  world.cut("mumbai", "pune");
  const id = world.client("mumbai", put("x", "A"), "asha:1", 20_000);
  world.advance(2900);
  expect(world.outcome(id)).toBeNull();
  world.advance(400);
  expect(world.outcome(id)).toMatchObject({ status: "ok" });
  const sentence = "Degraded: Mumbai acknowledges writes alone, because no replica confirmed one in time.";
  expect(world.snapshot("mumbai").degraded).toBe(sentence);
  expect(world.snapshot("mumbai").cannotWrite).toBeNull();
  const quick = world.client("mumbai", put("x", "B"));
  world.flush("mumbai");
  expect(world.outcome(quick)?.status).toBe("ok");
  world.mend("mumbai", "pune");
  world.advance(3000);
  expect(world.snapshot("mumbai").degraded).toBeNull();
  expect(notes(world)).toEqual([
    "Mumbai acknowledges alone from now on: no replica has confirmed a write for 3.0 s.",
    "Mumbai waits for a replica again: Pune has caught up.",
  ]);
  world.cut("mumbai", "pune");
  const waiting = world.client("mumbai", put("x", "C"));
  world.advance(1000);
  expect(world.outcome(waiting)).toBeNull();
});

test("[E68] remote-write waits for what the standby has received, sync for its disk, remote-apply for its readers", () => {
  const stages = { "remote-write": "received", sync: "on disk", "remote-apply": "shown" } as const;
  for (const ack of ["remote-write", "sync", "remote-apply"] as const) {
    const world = createWorld(["mumbai", "pune"], level(ack));
    world.advance(1000);
    world.host("pune").diskSlow = true;
    world.input("pune", { type: "condition", applyPerSec: 1 });
    const id = world.client("mumbai", put("x", "A"), `${ack}:1`, 20_000);
    world.settle();
    expect(world.outcome(id)?.status ?? null, stages[ack]).toBe(ack === "remote-write" ? "ok" : null);
    world.host("pune").diskSlow = false;
    world.settle();
    expect(world.snapshot("pune").keys).toEqual({});
    expect(world.outcome(id)?.status ?? null, stages[ack]).toBe(ack === "remote-apply" ? null : "ok");
    if (ack === "remote-apply")
      expect(world.snapshot("mumbai").cannotWrite).toBe("Writes wait until readers at Pune see them.");
    world.advance(1000);
    expect(world.outcome(id)?.status).toBe("ok");
    expect(world.snapshot("pune").keys).toHaveProperty("x");
  }
});

test("[E68] a replica that restarts no longer counts for what it had only received", () => {
  const world = createWorld(["mumbai", "pune"], level("remote-write"));
  world.advance(1000);
  world.host("pune").diskSlow = true;
  const id = world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.outcome(id)?.status).toBe("ok");
  world.crash("pune");
  world.host("pune").diskSlow = false;
  world.restart("pune");
  world.cut("mumbai", "pune");
  const next = world.client("mumbai", put("y", "B"));
  world.settle();
  expect(world.outcome(next)).toBeNull();
  world.mend("mumbai", "pune");
  world.advance(2000);
  expect(world.outcome(next)?.status).toBe("ok");
  expect(Object.keys(world.snapshot("pune").keys)).toEqual(["x", "y"]);
});

test("[E90] any 2 of 3: whichever two answer first are enough, and all three are recorded as voters", () => {
  const world = createWorld(["mumbai", "pune", "delhi", "lagos"], level("sync", 2, "any"));
  world.advance(1000);
  expect(world.recorded()).toEqual(["pune", "delhi", "lagos"]);
  world.host("pune").diskSlow = true;
  const one = world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.outcome(one)?.status).toBe("ok");
  world.host("delhi").diskSlow = true;
  const two = world.client("mumbai", put("y", "B"));
  world.settle();
  expect(world.outcome(two)).toBeNull();
  expect(world.snapshot("mumbai").cannotWrite).toBe(
    "Writes wait until they are on the disk of 1 of Pune and Delhi.",
  );
  world.host("pune").diskSlow = false;
  world.settle();
  expect(world.outcome(two)?.status).toBe("ok");
});

test("[E90] while the voters change, a write needs enough of the old ones and enough of the new ones", () => {
  const world = createWorld(["mumbai", "pune", "delhi", "lagos"], {
    ...level("sync", 1, "any"),
    fencing: ["epoch"],
  });
  world.advance(1000);
  world.silence(true);
  world.crash("pune");
  world.crash("delhi");
  world.advance(4000);
  // Lagos alone is wanted now; the coordinator still has all three, of which one is enough.
  expect(world.recorded()).toEqual(["pune", "delhi", "lagos"]);
  const id = world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.outcome(id)?.status).toBe("ok");
  world.crash("lagos");
  world.restart("pune");
  const next = world.client("mumbai", put("y", "B"), "asha:2", 60_000);
  world.advance(500);
  // Pune has it, which is enough of the recorded voters, and none of the wanted ones has.
  expect(world.snapshot("pune").keys).toHaveProperty("y");
  expect(world.outcome(next)).toBeNull();
});

test("[E91] what a received write was acknowledged for, the site that received it claims when it is asked", () => {
  const world = createWorld(["mumbai", "pune"], level("remote-write"));
  world.advance(1000);
  world.host("pune").diskSlow = true;
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.change({ primary: null });
  world.settle();
  expect(world.lastBeat.get("pune" as never)?.position).toEqual({ epoch: 1, lsn: 1 });
  expect(world.snapshot("pune").position.lsn).toBe(0);
});

test("[E97] the guard refuses writes of a primary that has not heard from enough replicas lately", () => {
  const world = createWorld(["mumbai", "pune"], { guard: { replicas: 1, maxLagMs: 2000 } });
  world.advance(1000);
  const id = world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.outcome(id)?.status).toBe("ok");
  world.cut("mumbai", "pune");
  world.advance(3500);
  const refused = world.client("mumbai", put("x", "B"));
  const why = "Mumbai has heard from 0 of the 1 replicas it needs within 2.0 s.";
  expect(world.outcome(refused)).toMatchObject({ status: "fail", error: "NO_REPLICAS", why });
  expect(world.snapshot("mumbai").cannotWrite).toBe(why);
});

test("[E98] what waits to be acknowledged is bounded: more is refused", () => {
  const world = createWorld(["mumbai", "pune"], level("sync"));
  world.advance(1000);
  world.host("pune").diskSlow = true;
  for (let n = 0; n < 2500; n += 1) {
    world.client("mumbai", put("x", `${n}`), `b:${n}`, 1);
    world.input("mumbai", { type: "timer", id: `deadline:b:${n}` as never });
  }
  const refused = world.client("mumbai", put("x", "one too many"));
  expect(world.outcome(refused)).toMatchObject({ status: "fail", error: "TOO_BUSY" });
});

test("[E99] a phantom: readers at the standby see a write whose client has only heard unknown (A20)", () => {
  const world = createWorld(["mumbai", "pune", "delhi"], level("sync", 2));
  world.advance(1000);
  expect(world.recorded()).toEqual(["pune", "delhi"]);
  world.host("delhi").diskSlow = true;
  const id = world.client("mumbai", put("x", "A"), "asha:1", 1000);
  world.advance(1500);
  expect(world.outcome(id)).toMatchObject({ status: "unknown", error: "TIMEOUT" });
  expect(world.outcome(world.client("pune", get("x")))).toMatchObject({ status: "ok", value: "A" });
  expect(world.outcome(world.client("mumbai", get("x")))).toMatchObject({ status: "ok", value: null });
});
