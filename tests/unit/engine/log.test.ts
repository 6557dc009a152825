import { expect, test } from "vitest";
import { limits } from "@/lib/protocol/limits";
import type { Operation } from "@/lib/protocol/operation";
import { createWorld } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });

test("[E30] a write is journalled and shipped in one step, before the primary's own disk has it", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.host("mumbai").diskSlow = true;
  const id = world.client("mumbai", put("x", "A"));
  expect(world.host("mumbai").writing.flatMap(({ records }) => records)).toMatchObject([
    { type: "entry", entry: { epoch: 1, lsn: 1, opId: id } },
  ]);
  expect(world.network).toMatchObject([{ to: "pune", message: { type: "append", entries: [{ opId: id }] } }]);
  world.settle();
  expect(world.snapshot("pune").keys).toHaveProperty("x");
  expect(world.outcome(id)).toBeNull();
  world.host("mumbai").diskSlow = false;
  world.settle();
  expect(world.outcome(id)).toEqual({
    ...{ status: "ok", value: null, version: id, servedBy: "mumbai", epoch: 1 },
    position: { epoch: 1, lsn: 1 },
  });
});

test("[E31] every operation works on a key of its type, and is refused on any other", () => {
  const world = createWorld(["mumbai"]);
  world.settle();
  const run = (op: Operation) => {
    const id = world.client("mumbai", op);
    world.settle();
    const outcome = world.outcome(id);
    return outcome?.status === "ok" ? outcome.value : outcome?.error;
  };
  expect(run({ f: "get", key: "x" })).toBeNull();
  expect(run(put("x", "A"))).toBeNull();
  expect(run({ f: "cas", key: "x", from: "B", to: "C" })).toBe("CAS_MISMATCH");
  expect(run({ f: "cas", key: "x", from: "A", to: "C" })).toBeNull();
  expect(run({ f: "get", key: "x" })).toBe("C");
  expect(run({ f: "increment", key: "x", by: 1 })).toBe("WRONG_TYPE");
  expect(run({ f: "increment", key: "n", by: 3 })).toBe(3);
  expect(run({ f: "increment", key: "n", by: -1 })).toBe(2);
  expect(run(put("n", "A"))).toBe("WRONG_TYPE");
  run({ f: "add", key: "s", value: "b" });
  run({ f: "add", key: "s", value: "a" });
  run({ f: "add", key: "s", value: "b" });
  run({ f: "remove", key: "s", value: "c" });
  expect(run({ f: "get", key: "s" })).toEqual(["a", "b"]);
  run({ f: "patch", key: "r", field: "name", value: "Asha" });
  run({ f: "patch", key: "r", field: "age", value: 20 });
  expect(run({ f: "get", key: "r" })).toEqual({ name: "Asha", age: 20 });
  run({ f: "insert", key: "t", at: 0, text: "held" });
  run({ f: "insert", key: "t", at: 2, text: "llo wor" });
  run({ f: "erase", key: "t", at: 0, length: 1 });
  expect(run({ f: "get", key: "t" })).toBe("ello world");
  expect(run({ f: "delete", key: "t" })).toBeNull();
  expect(run({ f: "get", key: "t" })).toBeNull();
});

test("[E31] keys, values and the number of keys have limits, half of a character is no text, and a refusal changes nothing", () => {
  const world = createWorld(["mumbai"]);
  world.settle();
  const refusal = (op: Operation) => world.outcome(world.client("mumbai", op)) ?? "none yet";
  expect(refusal(put("k".repeat(129), "A"))).toMatchObject({ status: "fail", error: "KEY_TOO_LONG" });
  expect(refusal(put("x", "v".repeat(limits.valueBytes)))).toMatchObject({ error: "VALUE_TOO_LARGE" });
  expect(refusal(put("x", "half a fox: \ud83e"))).toMatchObject({ error: "BAD_OPERATION" });
  world.client("mumbai", { f: "insert", key: "t", at: 0, text: "t".repeat(10_000) });
  world.settle();
  expect(refusal({ f: "insert", key: "t", at: 0, text: "t".repeat(10_000) })).toMatchObject({
    error: "VALUE_TOO_LARGE",
  });
  for (let n = 1; n < limits.keysPerSite; n += 1) {
    world.client("mumbai", put(`k${n}`, ""));
    world.settle();
  }
  const before = world.snapshot("mumbai");
  expect(refusal(put("one more", ""))).toMatchObject({ status: "fail", error: "TOO_MANY_KEYS" });
  world.client("mumbai", put("k1", "an old key still takes values"));
  world.settle();
  expect(world.snapshot("mumbai").position.lsn).toBe(before.position.lsn + 1);
  expect(Object.keys(before.keys)).toHaveLength(limits.keysPerSite);
});

test("[E32] readers, and refusals that tell what they read, wait for the acknowledgement", () => {
  const world = createWorld(["mumbai", "pune"], { readFrom: "primary" });
  world.settle();
  world.host("mumbai").diskSlow = true;
  world.client("mumbai", put("x", "A"));
  const early = world.client("mumbai", { f: "get", key: "x" });
  const mismatch = world.client("mumbai", { f: "cas", key: "x", from: "B", to: "C" });
  world.settle();
  expect(world.outcome(early)).toMatchObject({ status: "ok", value: null, version: null });
  expect(world.outcome(mismatch)).toBeNull();
  world.host("mumbai").diskSlow = false;
  world.settle();
  expect(world.outcome(mismatch)).toMatchObject({ status: "fail", error: "CAS_MISMATCH", value: "A" });
});

test("[E33] a repeated id is answered from the log: an increment retried counts once", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  const first = world.client("mumbai", { f: "increment", key: "n", by: 1 }, "asha:1");
  world.settle();
  world.crash("mumbai");
  world.change({ primary: world.host("pune").name });
  world.settle();
  world.outcomes.delete(first);
  world.client("pune", { f: "increment", key: "n", by: 1 }, "asha:1");
  world.settle();
  expect(world.outcome("asha:1")).toMatchObject({
    status: "ok",
    value: 1,
    version: "asha:1",
    servedBy: "pune",
  });
  expect(world.snapshot("pune")).toMatchObject({ keys: { n: { value: 1 } }, position: { epoch: 1, lsn: 1 } });
});

test("[E34] a read names the write it saw, also where that was a deletion", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  const seen = () => world.outcome(world.client("pune", { f: "get", key: "x" }));
  expect(seen()).toMatchObject({ value: null, version: null, servedBy: "pune" });
  const write = world.client("mumbai", put("x", "A"));
  world.settle();
  expect(seen()).toMatchObject({ value: "A", version: write });
  const removal = world.client("mumbai", { f: "delete", key: "x" });
  world.settle();
  expect(seen()).toMatchObject({ value: null, version: removal });
});

test("[E35] a write's shadow covers what its site had seen, and a number is never used twice", () => {
  const world = createWorld(["mumbai", "pune"]);
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.cut("mumbai", "pune");
  world.client("mumbai", put("x", "lost"));
  world.advance(100);
  world.change({ primary: world.host("pune").name });
  world.settle();
  world.client("pune", put("y", "B"));
  world.mend("mumbai", "pune");
  world.advance(3000);
  world.change({ primary: world.host("mumbai").name });
  world.settle();
  world.client("mumbai", put("z", "C"));
  world.settle();
  const shadows = world.trace.flatMap(({ event }) => (event.kind === "append" ? [event.shadow] : []));
  expect(shadows).toEqual([{ mumbai: 1 }, { mumbai: 2 }, { mumbai: 1, pune: 1 }, { mumbai: 3, pune: 1 }]);
});
