import { expect, test } from "vitest";
import { consensus, isolate, primaries, put, raft, reasons, three } from "./consensus-pod";

test("[E110] the first member asks at once, and leads with the votes of a majority", () => {
  const world = consensus(three);
  expect(primaries(world).map(({ name }) => name)).toEqual(["mumbai"]);
  expect(world.snapshot("mumbai").epoch).toBe(2);
  expect(reasons(world, "mumbai")).toContain("Mumbai won the vote of epoch 2: 2 of 3.");
  world.advance(20_000);
  expect(world.snapshot("mumbai").epoch, "a healthy reign lasts").toBe(2);
});

test("[E110] after a crash a majority elects another one, not before T and not after a few rounds", () => {
  const world = consensus(three);
  world.crash("mumbai");
  world.advance(2900);
  expect(primaries(world)).toEqual([]);
  world.advance(9000);
  expect(primaries(world)).toHaveLength(1);
});

test("[E111] a vote is on the disk before anybody hears of it, and there is one an epoch", () => {
  const world = consensus(three, raft({ checkQuorum: false }));
  world.host("pune").diskSlow = true;
  const ask = (from: string, epoch: number) =>
    world.input("pune", {
      type: "message",
      from: world.host(from).name,
      message: { type: "vote-request", epoch, generation: 1, trial: false, end: { epoch: 9, lsn: 9 } },
    });
  const votes = () =>
    world.network.flatMap(({ from, to, message }) =>
      from === "pune" && message.type === "vote" ? [`${to} ${message.epoch} ${message.granted}`] : [],
    );
  ask("delhi", 5);
  expect(votes()).toEqual([]);
  ask("mumbai", 5);
  expect(votes()).toEqual(["mumbai 5 false"]);
  world.host("pune").diskSlow = false;
  world.flush("pune");
  expect(votes()).toContain("delhi 5 true");
  world.network.length = 0;
  world.crash("pune");
  world.restart("pune");
  ask("mumbai", 5);
  world.flush("pune");
  expect(votes(), "[E123] a restart does not forget it").toEqual(["mumbai 5 false"]);
});

test("[E111] nobody votes for a log that is behind its own", () => {
  const world = consensus(three, raft({ checkQuorum: false }));
  world.client("mumbai", put("x", "A"));
  world.settle();
  world.input("pune", {
    type: "message",
    from: world.host("delhi").name,
    message: { type: "vote-request", epoch: 7, generation: 1, trial: false, end: { epoch: 2, lsn: 1 } },
  });
  world.flush("pune");
  expect(world.network.at(-1)?.message).toMatchObject({ type: "vote", epoch: 7, granted: false });
});

test("[E112] a site that was cut off comes back without having raised the epoch", () => {
  const world = consensus(three);
  isolate(world, "delhi");
  world.advance(20_000);
  expect(world.snapshot("delhi")).toMatchObject({ role: "candidate", epoch: 2 });
  world.cuts.clear();
  world.advance(5000);
  expect(primaries(world).map(({ name }) => name)).toEqual(["mumbai"]);
  expect(world.snapshot("delhi")).toMatchObject({ role: "replica", epoch: 2 });
});

test("[E112] without preVote it deposes a healthy primary at heal", () => {
  const world = consensus(three, raft({ preVote: false }));
  isolate(world, "delhi");
  world.advance(20_000);
  const inflated = world.snapshot("delhi").epoch;
  expect(inflated).toBeGreaterThan(4);
  expect(world.snapshot("mumbai").epoch).toBe(2);
  world.cuts.clear();
  world.advance(2000);
  expect(reasons(world, "mumbai").at(-1)).toMatch(/^Delhi knows of epoch \d+, which is newer\.$/);
  world.advance(10_000);
  expect(primaries(world)).toHaveLength(1);
  expect(world.snapshot("mumbai").epoch).toBeGreaterThanOrEqual(inflated);
});

test("[E113] a primary that no majority answers steps down within T; without checkQuorum it never does", () => {
  for (const checkQuorum of [true, false]) {
    const world = consensus(three, raft({ checkQuorum }));
    world.advance(1000);
    isolate(world, "mumbai");
    world.advance(3100);
    expect(world.snapshot("mumbai").role).toBe(checkQuorum ? "replica" : "primary");
    if (checkQuorum) expect(reasons(world, "mumbai").at(-1)).toContain("No majority has answered Mumbai");
    world.advance(7000);
    expect(primaries(world).filter(({ name }) => name !== "mumbai")).toHaveLength(1);
  }
});

test("[E113] who hears a primary, or has just restarted, takes no note of a newer epoch", () => {
  const world = consensus(three);
  const ask = () => {
    world.input("pune", {
      type: "message",
      from: world.host("delhi").name,
      message: { type: "vote-request", epoch: 9, generation: 1, trial: false, end: { epoch: 9, lsn: 9 } },
    });
    world.settle();
  };
  ask();
  expect(world.snapshot("pune").epoch).toBe(2);
  world.cut("mumbai", "pune");
  world.crash("pune");
  world.restart("pune");
  ask();
  expect(world.snapshot("pune").epoch).toBe(2);
  world.freeze(3000);
  ask();
  expect(world.snapshot("pune").epoch).toBe(9);
});

test("[E123] three sites that all restart have forgotten nothing", () => {
  const world = consensus(three);
  world.client("mumbai", put("x", "A"));
  world.settle();
  for (const name of three) world.crash(name);
  for (const name of three) world.restart(name);
  expect(world.snapshot("mumbai").role).toBe("replica");
  world.advance(9000);
  expect(primaries(world)).toHaveLength(1);
  for (const name of three) expect(world.snapshot(name).keys.x?.value).toBe("A");
});

test("[E123] a lost disk has lost its vote: one epoch, two primaries", () => {
  const world = consensus(three, { detector: { kind: "fixed", heartbeatMs: 1000, timeoutMs: 3000 } });
  // Delhi wins epoch 3 with Pune's vote; Pune loses its disk and votes again, for Mumbai.
  const vote = (to: string, from: string, epoch: number) =>
    world.input(to, {
      type: "message",
      from: world.host(from).name,
      message: { type: "vote-request", epoch, generation: 1, trial: false, end: { epoch: 2, lsn: 1 } },
    });
  world.freeze(3000);
  vote("pune", "delhi", 3);
  world.flush("pune");
  expect(world.network.at(-1)?.message).toMatchObject({ type: "vote", epoch: 3, granted: true });
  world.network.length = 0;
  world.crash("pune", "lost");
  world.restart("pune");
  world.network.length = 0;
  // It copies its data anew, from a site that has not heard of epoch 3 either.
  world.advance(3);
  world.freeze(3000);
  world.network.length = 0;
  vote("pune", "mumbai", 3);
  world.flush("pune");
  expect(world.network.at(-1)?.message).toMatchObject({ type: "vote", epoch: 3, granted: true });
});
