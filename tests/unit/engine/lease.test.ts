import { expect, test } from "vitest";
import type { Operation } from "@/lib/protocol/operation";
import { createWorld, site } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });

test("[E20] a named primary is a candidate until the coordinator grants a heartbeat of this reign", () => {
  const world = createWorld(["mumbai", "pune"]);
  expect(world.snapshot("mumbai").role).toBe("candidate");
  expect(world.outcome(world.client("mumbai", put("x", "A")))).toMatchObject({
    status: "fail",
    error: "NO_LEASE",
  });
  world.settle();
  expect(world.snapshot("mumbai").role).toBe("primary");
  expect(
    world.trace.filter(({ at }) => at === "mumbai").map(({ event }) => "role" in event && event.role),
  ).toEqual(expect.arrayContaining(["candidate", "primary"]));
});

test("[E20] a grant to a heartbeat of an earlier reign is void", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.input("mumbai", { type: "timer", id: "heartbeat" });
  const [late] = world.coordination.splice(0);
  world.change({ primary: site("pune") });
  world.settle();
  world.change({ primary: site("mumbai") });
  world.silence(true);
  while (world.coordination.length > 0) world.deliverCoordination();
  expect(late?.message).toMatchObject({ type: "beat-reply", granted: true });
  if (late !== undefined) world.input("mumbai", { type: "coordination", message: late.message });
  expect(world.snapshot("mumbai")).toMatchObject({ role: "candidate", epoch: 3 });
});

test("[E20] an answer to a heartbeat of an earlier life grants nothing", () => {
  const world = createWorld(["mumbai", "pune"]);
  const late = world.coordination[0]?.message;
  expect(late).toMatchObject({ type: "beat-reply", beat: 1, granted: true });
  world.crash("mumbai", "lost");
  world.freeze(10);
  world.restart("mumbai");
  if (late !== undefined) world.input("mumbai", { type: "coordination", message: late });
  expect(world.snapshot("mumbai")).toMatchObject({ role: "fenced", leaseUntilMono: null });
});

test("[E21] the lease counts from when the heartbeat was sent, and every request checks it", () => {
  const world = createWorld(["mumbai", "pune"], { readFrom: "primary" });
  world.settle();
  expect(world.snapshot("mumbai").leaseUntilMono).toBe(2500);
  world.cut("mumbai", "coordinator");
  world.advance(2499);
  expect(world.outcome(world.client("mumbai", { f: "get", key: "x" }))?.status).toBe("ok");
  // No timer runs in between: the request itself must notice that the time is over.
  world.freeze(1);
  expect(world.outcome(world.client("mumbai", { f: "get", key: "x" }))).toMatchObject({
    status: "fail",
    error: "NO_LEASE",
  });
  expect(world.outcome(world.client("mumbai", put("x", "A")))).toMatchObject({
    status: "fail",
    error: "NO_LEASE",
  });
});

test("[E22] a write whose lease ran out before its acknowledgement is unknown, not ok", () => {
  const world = createWorld(["mumbai", "pune"], { ack: "sync" });
  world.advance(1000);
  world.cut("mumbai", "coordinator");
  const id = world.client("mumbai", put("x", "A"));
  while (world.flush("mumbai") || world.flush("pune")) world.flush("mumbai");
  // The frozen primary wakes up: its messages are handled before its timers.
  world.freeze(5000);
  world.settle();
  expect(world.outcome(id)).toMatchObject({ status: "unknown", error: "NO_LEASE", servedBy: "mumbai" });
  expect(world.snapshot("pune").keys).toHaveProperty("x");
});

test("[E23] a primary without a lease is fenced, says so, and acts again when it is renewed", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.silence(true);
  world.advance(4500);
  expect(world.snapshot("mumbai")).toMatchObject({
    role: "fenced",
    cannotWrite: "The lease of Mumbai ran out 2.0 s ago because the coordinator does not answer.",
  });
  world.silence(false);
  world.advance(1000);
  expect(world.snapshot("mumbai")).toMatchObject({ role: "primary", epoch: 1, cannotWrite: null });
});

test("[E23] without `lease-request` in fencing an isolated primary goes on", () => {
  const world = createWorld(["mumbai", "pune"], { fencing: ["epoch"] });
  world.settle();
  world.silence(true);
  world.advance(20_000);
  const id = world.client("mumbai", put("x", "A"));
  world.settle();
  expect(world.outcome(id)?.status).toBe("ok");
});

test("[E24] a claim of a newer epoch fences at once; the coordinator's word decides", () => {
  const world = createWorld(["mumbai", "pune"], { fencing: ["epoch"] });
  world.settle();
  world.input("mumbai", { type: "message", from: site("pune"), message: { type: "stale", epoch: 99 } });
  expect(world.snapshot("mumbai")).toMatchObject({ role: "fenced", epoch: 1 });
  expect(world.outcome(world.client("mumbai", put("x", "A")))).toMatchObject({
    status: "fail",
    error: "NO_LEASE",
  });
  world.settle();
  expect(world.snapshot("mumbai")).toMatchObject({ role: "primary", epoch: 1 });

  // The claim is true: Pune reigns, and Mumbai, cut off from the coordinator, stops at the first hint.
  world.cut("mumbai", "coordinator");
  world.change({ primary: site("pune") });
  world.advance(3000);
  expect(world.snapshot("mumbai").role).toBe("fenced");
  expect(world.snapshot("pune").role).toBe("primary");
});

test("[E25] a view that ends the reign leaves what was not acknowledged unknown", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.cut("mumbai", "pune");
  world.host("mumbai").diskSlow = true;
  const appended = world.client("mumbai", put("x", "A"));
  const refusedLater = world.client("mumbai", { f: "cas", key: "x", from: "B", to: "C" });
  world.change({ primary: site("pune") });
  world.settle();
  expect(world.outcome(appended)).toMatchObject({ status: "unknown", error: "FENCED" });
  expect(world.outcome(refusedLater)).toMatchObject({ status: "fail", error: "FENCED" });
});

test("[E26] leaving answers what is open, gives the lease back and ends everything", () => {
  const released: unknown[] = [];
  const world = createWorld(
    ["mumbai", "pune"],
    {},
    {
      onOutput: (_, output) => {
        if (output.type === "coordinate" && output.message.type === "release") released.push(output.message);
      },
    },
  );
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.host("mumbai").diskSlow = true;
  const open = world.client("mumbai", put("x", "B"));
  world.input("mumbai", { type: "leave" });
  expect(world.outcome(open)).toMatchObject({ status: "unknown", error: "CONNECTION_LOST" });
  expect(released).toEqual([{ type: "release", incarnation: 1, epoch: 1, position: { epoch: 1, lsn: 1 } }]);
  const { length } = world.trace;
  world.client("mumbai", put("x", "C"));
  world.input("mumbai", { type: "persisted", seq: 99 });
  expect(world.trace).toHaveLength(length);
});
