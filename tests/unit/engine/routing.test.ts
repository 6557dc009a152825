import { expect, test } from "vitest";
import { limits } from "@/lib/protocol/limits";
import type { Operation } from "@/lib/protocol/operation";
import { createWorld, plainCluster, site, type World } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const get = (key: string): Operation => ({ f: "get", key });

test("[E70] reads are served locally or by the primary, as the axis says", () => {
  for (const readFrom of ["local", "primary"] as const) {
    const world = createWorld(["mumbai", "pune"], { readFrom });
    world.settle();
    world.client("mumbai", put("x", "A"));
    world.settle();
    const id = world.client("pune", get("x"));
    world.settle();
    expect(world.outcome(id)).toMatchObject({
      status: "ok",
      value: "A",
      servedBy: readFrom === "local" ? "pune" : "mumbai",
    });
  }
});

test("[E71] a write at a replica is forwarded, or refused with the primary's name", () => {
  const forwarding = createWorld(["mumbai", "pune"]);
  forwarding.settle();
  const id = forwarding.client("pune", put("x", "A"));
  forwarding.settle();
  expect(forwarding.outcome(id)).toMatchObject({ status: "ok", servedBy: "mumbai", version: id });
  for (const writeAt of ["redirect", "reject"] as const) {
    const world = createWorld(["mumbai", "pune"], { writeAt });
    world.settle();
    expect(world.outcome(world.client("pune", put("x", "A")))).toMatchObject({
      status: "fail",
      error: "NOT_PRIMARY",
      why: expect.stringContaining("Mumbai"),
    });
  }
});

test("[E71] without a primary, or without a way to it, a write fails at once and certainly", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.input("pune", { type: "link", peer: site("mumbai"), up: false });
  expect(world.outcome(world.client("pune", put("x", "A")))).toMatchObject({
    status: "fail",
    error: "UNREACHABLE",
  });
  world.change({ primary: null, reason: "Mumbai is dead." });
  world.settle();
  expect(world.outcome(world.client("pune", put("x", "A")))).toMatchObject({
    status: "fail",
    error: "NO_PRIMARY",
  });
  expect(world.snapshot("pune").cannotWrite).toBe("No site is primary at the moment. Mumbai is dead.");
});

test("[E72] a repeated request is carried out once, also where it was refused the first time", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  const add = world.client("pune", { f: "increment", key: "n", by: 1 });
  const cas = world.client("pune", { f: "cas", key: "x", from: "A", to: "B" });
  const repeats = [...world.network];
  world.settle();
  expect(world.outcome(add)).toMatchObject({ status: "ok", value: 1 });
  expect(world.outcome(cas)).toMatchObject({ status: "fail", error: "CAS_MISMATCH" });
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.network.push(...repeats);
  world.settle();
  expect(world.snapshot("mumbai").keys).toMatchObject({ n: { value: 1 }, x: { value: "A" } });
});

test("[E72] numbers of requests go on where the mode changes and comes back", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  const write = (value: string) => {
    const asked = world.client("pune", put("x", value));
    world.settle();
    return world.outcome(asked);
  };
  expect(write("A")).toMatchObject({ status: "ok" });
  const many = { ...plainCluster, mode: "active-active", route: "local" } as const;
  world.change({ cluster: many, generation: 2, seed: site("mumbai"), primary: null, epoch: 2 });
  world.advance(5000);
  const one = { cluster: plainCluster, generation: 3, seed: site("mumbai") };
  world.change({ ...one, primary: site("mumbai"), epoch: 3 });
  world.advance(5000);
  // Under the number of the first request the primary would remember an answer of an earlier reign.
  expect(write("B")).toMatchObject({ status: "ok", servedBy: "mumbai", epoch: 3 });
});

test("[E72] a lost request is repeated in the same epoch, and reaches a primary two hops away", () => {
  const world = createWorld(["mumbai", "pune", "delhi"]);
  world.settle();
  const id = world.client("pune", put("x", "A"));
  world.network.splice(0);
  world.advance(1000);
  expect(world.outcome(id)).toMatchObject({ status: "ok", servedBy: "mumbai" });

  // Pune has not heard that Delhi reigns now: Mumbai passes its write on.
  world.cuts.add("coordinator>pune");
  world.change({ primary: site("delhi") });
  world.settle();
  const stray = world.client("pune", put("x", "B"));
  world.settle();
  expect(world.outcome(stray)).toMatchObject({ status: "ok", servedBy: "delhi", epoch: 2 });
});

/** Pune's client asks Mumbai, which dies when `reach` has let as much of it happen as it likes. */
function primaryDies(op: Operation, reach: (world: World) => void, names = ["mumbai", "pune", "delhi"]) {
  const world = createWorld(names);
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.settle();
  const id = world.client("pune", op);
  reach(world);
  world.crash("mumbai");
  world.network.splice(0);
  world.advance(1000);
  expect(world.outcome(id)).toBeNull();
  return { world, id };
}

/** Mumbai has appended it and told nobody. */
const reachesMumbai = (world: World) => {
  while (world.network.some(({ message }) => message.type === "forward")) world.deliver();
};

test("[E73] a forwarded write goes to the new primary, which carries it out once", () => {
  for (const reach of [() => {}, reachesMumbai]) {
    const { world, id } = primaryDies({ f: "increment", key: "n", by: 1 }, reach);
    const before = world.mono();
    world.change({ primary: site("delhi") });
    world.settle();
    expect(world.outcome(id)).toMatchObject({ status: "ok", value: 1, servedBy: "delhi", epoch: 2 });
    expect(world.mono()).toBe(before);

    world.restart("mumbai");
    world.advance(3000);
    for (const name of ["mumbai", "pune", "delhi"]) {
      expect(world.snapshot(name).keys).toMatchObject({ n: { value: 1, version: id } });
      expect(world.snapshot(name).discarded).toEqual([]);
    }
  }
});

test("[E73] a write that survived its primary is answered from the log, wherever its client is", () => {
  for (const heir of ["delhi", "pune"]) {
    const { world, id } = primaryDies({ f: "increment", key: "n", by: 1 }, (during) => {
      while (during.network.length > 0 || during.flush("mumbai")) {
        const answer = during.network.findIndex(({ message }) => message.type === "forward-reply");
        if (answer !== -1) during.network.splice(answer, 1);
        else during.deliver();
      }
      for (const name of ["pune", "delhi"]) during.flush(name);
    });
    expect(world.snapshot(heir).keys).toMatchObject({ n: { value: 1 } });
    world.change({ primary: site(heir) });
    world.settle();
    expect(world.outcome(id)).toMatchObject({ status: "ok", value: 1, servedBy: heir });
    expect(world.snapshot(heir).keys).toMatchObject({ n: { value: 1 } });
  }
});

test("[E73] where the client's own site becomes primary, it decides what nobody answered", () => {
  const { world, id } = primaryDies(put("x", "B"), reachesMumbai);
  world.change({ primary: site("pune") });
  world.settle();
  expect(world.outcome(id)).toMatchObject({ status: "ok", servedBy: "pune", epoch: 2 });
});

test("[E73] a refusal by a later primary proves nothing about what the earlier one did", () => {
  const { world, id } = primaryDies({ f: "cas", key: "x", from: "Z", to: "B" }, reachesMumbai);
  world.change({ primary: site("delhi") });
  world.settle();
  expect(world.outcome(id)).toMatchObject({ status: "unknown", error: "CAS_MISMATCH", servedBy: "delhi" });
});

test("[E73] a log that no longer reaches back to the first asking answers unknown", () => {
  const { world, id } = primaryDies({ f: "increment", key: "n", by: 1 }, (during) => {
    during.network.splice(0);
    for (let n = 0; n <= limits.logEntries; n += 1) {
      during.client("mumbai", put("y", "filler"));
      if (n % 500 === 0) during.settle();
    }
    during.settle();
  });
  world.change({ primary: site("delhi") });
  world.settle();
  expect(world.outcome(id)).toMatchObject({ status: "unknown", error: "FENCED" });
  expect(world.snapshot("delhi").keys).not.toHaveProperty("n");
});

test("[E73] a forwarded operation that no primary answers is unknown at its deadline", () => {
  const { world, id } = primaryDies(put("x", "B"), () => {});
  world.change({ primary: site("delhi") });
  world.crash("delhi");
  world.advance(3900);
  expect(world.outcome(id)).toBeNull();
  world.advance(200);
  expect(world.outcome(id)).toMatchObject({ status: "unknown", error: "TIMEOUT" });
});

test("[E74] a site refuses more than its limit of open operations", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.crash("mumbai");
  for (let n = 0; n < limits.pendingOps; n += 1) world.client("pune", put("x", `${n}`));
  expect(world.snapshot("pune").pendingOps).toBe(limits.pendingOps);
  expect(world.outcome(world.client("pune", put("x", "A")))).toMatchObject({
    status: "fail",
    error: "TOO_BUSY",
  });
  world.advance(6000);
  expect(world.snapshot("pune").pendingOps).toBe(0);
});

test("[E80] every role is recorded with its reason", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.silence(true);
  world.advance(3000);
  world.silence(false);
  world.change({ primary: site("pune"), reason: "Mumbai was silent for 3 s." });
  world.settle();
  const roles = (name: string) =>
    world.trace.flatMap(({ at, event }) =>
      event.kind === "role" && at === name ? [[event.role, event.epoch]] : [],
    );
  expect(roles("mumbai")).toEqual([
    ["candidate", 1],
    ["primary", 1],
    ["fenced", 1],
    ["replica", 2],
  ]);
  expect(roles("pune")).toEqual([
    ["replica", 1],
    ["candidate", 2],
    ["primary", 2],
  ]);
  expect(world.trace.at(-1)?.event).toBeDefined();
  expect(world.trace.findLast(({ event }) => event.kind === "role")?.event).toMatchObject({
    reason: "Mumbai was silent for 3 s.",
  });
});

test("[E81] the digest is the data's, not the log's", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  const empty = world.snapshot("mumbai").dataDigest;
  world.client("mumbai", put("x", "A"));
  world.settle();
  const one = world.snapshot("mumbai").dataDigest;
  expect(one).not.toBe(empty);
  expect(world.snapshot("pune").dataDigest).toBe(one);
  world.client("mumbai", { f: "delete", key: "x" });
  world.settle();
  expect(world.snapshot("pune").dataDigest).toBe(empty);
});
