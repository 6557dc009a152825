import { expect, test } from "vitest";
import type { Cluster } from "@/lib/protocol/cluster";
import type { Operation } from "@/lib/protocol/operation";
import { createWorld, site, type World } from "./world";

const put = (key: string, value: string): Operation => ({ f: "put", key, value });
const get = (key: string): Operation => ({ f: "get", key });

/** Mumbai acknowledges a write that nobody else has, and Pune reigns when it comes back (A15). */
function diverged(rejoin: Cluster["rejoin"], between: (world: World) => void = () => {}): World {
  const world = createWorld(["mumbai", "pune", "delhi"], { rejoin });
  world.settle();
  world.client("mumbai", put("shared", "S"));
  world.settle();
  world.cut("mumbai", "pune");
  world.cut("mumbai", "delhi");
  world.client("mumbai", put("x", "lost"));
  world.settle();
  world.crash("mumbai");
  world.change({ primary: site("pune") });
  world.settle();
  world.client("pune", put("y", "new"));
  world.settle();
  world.mend("mumbai", "pune");
  world.mend("mumbai", "delhi");
  between(world);
  world.restart("mumbai");
  world.advance(5000);
  return world;
}

const sentence =
  "REFUSE DIVERGED: the requested starting point, epoch 1, write 2, is not in this server's history: Mumbai left the history of Pune after epoch 1, write 1.";

test("[E53] follow: a log that left the surviving history stays out, says so, and serves no reads", () => {
  const world = diverged("follow");
  expect(world.snapshot("mumbai")).toMatchObject({
    role: "replica",
    diverged: sentence,
    position: { epoch: 1, lsn: 2 },
    discarded: [{ op: { value: "lost" }, acknowledged: true }],
  });
  expect(world.trace).toContainEqual({ at: "mumbai", event: { kind: "note", text: sentence } });
  expect(world.outcome(world.client("mumbai", get("x")))).toMatchObject({
    status: "fail",
    error: "STALE",
    why: sentence,
  });
  world.client("pune", put("y", "newer"));
  world.advance(5000);
  expect(world.snapshot("mumbai").position).toEqual({ epoch: 1, lsn: 2 });
});

test("[E53] follow: where nothing left the history, the old primary just follows", () => {
  const world = createWorld(["mumbai", "pune"], { rejoin: "follow" });
  world.settle();
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.crash("mumbai");
  world.change({ primary: site("pune") });
  world.settle();
  world.restart("mumbai");
  world.client("pune", put("x", "B"));
  world.advance(3000);
  expect(world.snapshot("mumbai")).toMatchObject({ diverged: null, keys: { x: { value: "B" } } });
});

test("[E56] the operator's rejoin lets it rewind, and lists what went", () => {
  const world = diverged("follow");
  const { number } = world.view();
  world.input("mumbai", { type: "coordination", message: { type: "rejoin", viewNumber: number - 1 } });
  expect(world.snapshot("mumbai").diverged, "an order for another view is void").toBe(sentence);
  world.input("mumbai", { type: "coordination", message: { type: "rejoin", viewNumber: number } });
  world.settle();
  expect(world.snapshot("mumbai")).toMatchObject({
    diverged: null,
    keys: { shared: { value: "S" }, y: { value: "new" } },
    discarded: [{ op: { value: "lost" }, acknowledged: true }],
  });
  expect(world.snapshot("mumbai").keys.x).toBeUndefined();
});

test("[E54] reinit: everything is copied anew, nothing is served meanwhile, and what goes is listed first", () => {
  const world = diverged("reinit", (before) => {
    // The copy gets lost the first time.
    before.cuts.add("pune>mumbai");
    before.restart("mumbai");
    before.settle();
    before.cuts.delete("pune>mumbai");
    before.crash("mumbai");
  });
  expect(world.snapshot("mumbai")).toMatchObject({
    role: "replica",
    keys: { shared: { value: "S" }, y: { value: "new" } },
    discarded: [{ op: { value: "lost" }, acknowledged: true }],
  });
  expect(world.snapshot("mumbai").dataDigest).toBe(world.snapshot("pune").dataDigest);
  expect(world.host("mumbai").disk.map(({ type }) => type)).toEqual(["meta", "truncate", "copy"]);
});

test("[E54] reinit: a site that waits for its copy is rebuilding and refuses reads", () => {
  const world = diverged("reinit", (before) => {
    before.restart("mumbai");
    before.cuts.add("mumbai>pune");
    before.settle();
    // What Pune tells Mumbai arrives; Mumbai's request for a copy does not.
    before.cuts.delete("mumbai>pune");
    before.input("mumbai", { type: "link", peer: site("pune"), up: true });
    while (!before.network.some(({ message }) => message.type === "copy-request")) before.deliver();
    before.network.splice(0);
    expect(before.snapshot("mumbai").role).toBe("rebuilding");
    expect(before.outcome(before.client("mumbai", get("shared")))).toMatchObject({
      status: "fail",
      error: "REBUILDING",
    });
    before.advance(10_000);
    expect(before.snapshot("mumbai")).toMatchObject({ role: "replica", keys: { y: { value: "new" } } });
    before.crash("mumbai");
  });
  expect(world.snapshot("mumbai").keys).toMatchObject({ y: { value: "new" } });
});

test("[E55] discard: the list comes first, then everything goes at once, copy or no copy", () => {
  const order: string[] = [];
  const world = createWorld(
    ["mumbai", "pune"],
    { rejoin: "discard" },
    {
      onOutput: (at, output) => {
        if (at !== "mumbai") return;
        if (output.type === "record" && output.event.kind === "discard")
          order.push(`discard ${output.event.op}`);
        if (output.type === "persist" && output.replace) order.push("erased");
      },
    },
  );
  world.settle();
  world.client("mumbai", put("shared", "S"));
  world.settle();
  world.cut("mumbai", "pune");
  const lost = world.client("mumbai", put("x", "lost"));
  world.settle();
  world.change({ primary: site("pune") });
  world.settle();
  order.splice(0);
  // The order to throw away arrives, the copy does not.
  world.cuts.delete("mumbai>pune");
  world.cuts.delete("pune>mumbai");
  world.input("mumbai", { type: "link", peer: site("pune"), up: true });
  while (!world.network.some(({ message }) => message.type === "copy-request")) world.deliver();
  world.cut("mumbai", "pune");
  world.settle();
  expect(order).toEqual([`discard ${lost}`, "erased"]);
  expect(world.snapshot("mumbai")).toMatchObject({
    role: "rebuilding",
    position: { lsn: 0 },
    keys: {},
    discarded: [{ opId: lost, acknowledged: true }],
  });
  world.crash("mumbai");
  world.restart("mumbai");
  world.settle();
  expect(world.snapshot("mumbai"), "it is gone for good, and its list is not").toMatchObject({
    keys: {},
    discarded: [{ opId: lost }],
  });
  world.mend("mumbai", "pune");
  world.advance(10_000);
  expect(world.snapshot("mumbai")).toMatchObject({ role: "replica", keys: { shared: { value: "S" } } });
  expect(world.snapshot("mumbai").dataDigest).toBe(world.snapshot("pune").dataDigest);
});
