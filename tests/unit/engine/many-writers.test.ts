import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeBase64 } from "../../../lib/kernel/base64";
import { actorOf } from "../../../lib/merge/write";
import { limits } from "../../../lib/protocol/limits";
import type { Operation } from "../../../lib/protocol/operation";
import { type SiteMessage, siteMessageSchema } from "../../../lib/protocol/site/message";
import type { ReplicatedOp } from "../../../lib/protocol/site/replicated-op";
import { manyWritersPod } from "./many-writers-pod";

const three = ["mumbai", "pune", "delhi"] as const;
const put = (key: string, value: string | number): Operation => ({ f: "put", key, value });
const increment: Operation = { f: "increment", key: "n", by: 1 };

test("[M13] every site takes writes and answers from its own data; the others hear at once", () => {
  const pod = manyWritersPod(three);
  const ids = three.map((site) => pod.op(site, put(site, site)));
  for (const id of ids) expect(pod.outcomes.get(id)).toMatchObject({ status: "ok", version: id });
  pod.deliver();
  for (const site of three) {
    expect(pod.snapshot(site).merges.lww).toEqual({ mumbai: "mumbai", pune: "pune", delhi: "delhi" });
    expect(pod.snapshot(site).role).toBe("primary");
    expect(pod.snapshot(site).cannotWrite).toBeNull();
  }
  const read = pod.op("delhi", { f: "get", key: "pune" });
  expect(pod.outcomes.get(read)).toMatchObject({
    status: "ok",
    value: "pune",
    version: ids[1],
    servedBy: "delhi",
  });
});

test("[M13] nothing is answered, sent or shown to a reader before this site's disk has it", () => {
  const pod = manyWritersPod(three);
  pod.slowDisk(true);
  const before = pod.sent.length;
  const write = pod.op("mumbai", put("x", 1));
  const read = pod.op("mumbai", { f: "get", key: "x" });
  const other = pod.op("mumbai", { f: "get", key: "y" });
  expect(pod.outcomes.has(write)).toBe(false);
  expect(pod.outcomes.has(read)).toBe(false);
  expect(pod.outcomes.get(other)).toMatchObject({ status: "ok", value: null });
  expect(pod.sent).toHaveLength(before);
  pod.settleDisk("mumbai");
  expect(pod.outcomes.get(write)).toMatchObject({ status: "ok" });
  expect(pod.outcomes.get(read)).toMatchObject({ status: "ok", value: 1, version: write });
  expect(pod.sent.slice(before).map(({ to, message }) => [to, message.type])).toEqual([
    ["pune", "ops"],
    ["delhi", "ops"],
  ]);
});

test("[M13] what the journal commits in one go leaves in one message, large writes by the stream", () => {
  const pod = manyWritersPod(["mumbai", "pune"]);
  pod.slowDisk(true);
  const before = pod.sent.length;
  for (let n = 0; n < 50; n += 1) pod.op("mumbai", increment);
  pod.settleDisk("mumbai");
  const [message] = pod.sent.slice(before);
  expect(pod.sent.slice(before)).toHaveLength(1);
  expect(message?.message.type === "ops" && message.message.ops).toHaveLength(50);
  pod.slowDisk(false);
  for (const text of ["a".repeat(16_000), "b".repeat(8_000)]) {
    pod.op("mumbai", { f: "insert", key: text.slice(0, 1), at: 0, text });
  }
  // Letters of three bytes count as three.
  pod.slowDisk(true);
  for (let n = 0; n < 3; n += 1)
    pod.op("mumbai", { f: "insert", key: `hi${n}`, at: 0, text: "क".repeat(3000) });
  pod.settleDisk("mumbai");
  const lanes = pod.sent.slice(before + 1).map(({ lane, message }) => {
    const bytes = new TextEncoder().encode(JSON.stringify(message)).length;
    if (lane === "replication") expect(bytes).toBeLessThanOrEqual(limits.frameBytes);
    return lane;
  });
  expect(lanes).toEqual(["stream", "replication", "replication", "replication", "replication"]);
});

test("[M14] writes on both sides of a partition: the heal shows what LWW lost and what the CRDT kept", () => {
  const pod = manyWritersPod(three);
  pod.partition(["mumbai", "pune"], ["delhi"]);
  const left = pod.op("mumbai", increment);
  pod.advance(50);
  const right = pod.op("delhi", increment);
  pod.advance(5000);
  expect(pod.outcomes.get(left)).toMatchObject({ status: "ok", value: 1 });
  expect(pod.outcomes.get(right)).toMatchObject({ status: "ok", value: 1 });
  expect(pod.snapshot("pune").dataDigest).not.toBe(pod.snapshot("delhi").dataDigest);
  pod.heal();
  pod.deliver();
  for (const site of three) {
    const { merges, receipts, dataDigest } = pod.snapshot(site);
    expect(merges).toMatchObject({ lww: { n: 1 }, "lww-hlc": { n: 1 }, crdt: { n: 2 } });
    expect(receipts).toContainEqual(
      expect.objectContaining({ op: left, merge: "lww", outcome: "overwritten", by: right, unseen: true }),
    );
    expect(receipts).toContainEqual(expect.objectContaining({ op: left, merge: "crdt", outcome: "merged" }));
    expect(dataDigest).toBe(pod.snapshot("mumbai").dataDigest);
  }
});

test("[M14] a cut with a way round it heals by gossip: anti-entropy passes on other sites' writes", () => {
  const pod = manyWritersPod(three);
  pod.cut("mumbai", "delhi");
  pod.op("mumbai", put("x", "by way of pune"));
  pod.deliver();
  expect(pod.snapshot("delhi").keys).toEqual({});
  pod.advance(2100);
  expect(pod.snapshot("delhi").keys).toMatchObject({ x: { value: "by way of pune" } });
});

test("[M14] a lost datagram is asked for as soon as a later one shows the gap", () => {
  const pod = manyWritersPod(["mumbai", "pune"]);
  pod.advance(500);
  pod.weather({ lossPct: 100 });
  pod.op("mumbai", put("x", "lost on the way"));
  pod.weather({ lossPct: 0 });
  pod.op("mumbai", put("y", "arrives"));
  pod.deliver();
  expect(pod.snapshot("pune").merges.lww).toEqual({ x: "lost on the way", y: "arrives" });
});

test("[M14] a site that was away for longer than the log reaches back gets a copy, and keeps its own writes", () => {
  const pod = manyWritersPod(["mumbai", "pune"]);
  pod.partition(["mumbai"], ["pune"]);
  const own = pod.op("pune", put("mine", "kept"));
  for (let n = 0; n < limits.logEntries + 10; n += 1) pod.op("mumbai", increment);
  pod.heal();
  pod.advance(3000);
  expect(pod.sent.some(({ message }) => message.type === "copy")).toBe(true);
  for (const site of ["mumbai", "pune"]) {
    expect(pod.snapshot(site).merges.crdt).toEqual({ mine: "kept", n: limits.logEntries + 10 });
    expect(pod.snapshot(site).keys).toMatchObject({ mine: { version: own } });
  }
  pod.crash("pune");
  pod.restart("pune");
  expect(pod.snapshot("pune").merges).toEqual(pod.snapshot("mumbai").merges);
}, 60_000);

test("[M15] a restart with its disk resumes the same stream; without it a new one, and no write is lost or repeated", () => {
  const pod = manyWritersPod(three);
  pod.op("mumbai", increment);
  pod.op("mumbai", increment);
  pod.deliver();
  pod.crash("mumbai");
  pod.restart("mumbai");
  pod.op("mumbai", increment);
  pod.deliver();
  expect(pod.snapshot("pune").seen).toEqual({ mumbai: 3 });
  pod.crash("mumbai");
  pod.advance(200);
  pod.restart("mumbai", "lost");
  pod.advance(200);
  pod.op("mumbai", increment);
  pod.advance(3000);
  for (const site of three) {
    expect(pod.snapshot(site).merges.crdt).toEqual({ n: 4 });
    expect(pod.snapshot(site).seen).toEqual({ mumbai: 3, "mumbai#3": 1 });
  }
});

test("[M15] a journal compacted and read back gives the same site", () => {
  const pod = manyWritersPod(["mumbai", "pune"]);
  for (let n = 0; n < limits.logEntries + 100; n += 1) pod.op("mumbai", increment);
  pod.deliver();
  expect(pod.disk("mumbai").length).toBeLessThan(limits.logEntries);
  const before = pod.snapshot("mumbai");
  pod.crash("mumbai");
  pod.restart("mumbai");
  expect(pod.snapshot("mumbai").merges).toEqual(before.merges);
  expect(pod.snapshot("mumbai").dataDigest).toBe(before.dataDigest);
  pod.op("mumbai", increment);
  pod.deliver();
  expect(pod.snapshot("pune").seen).toEqual({ mumbai: limits.logEntries + 101 });
}, 60_000);

test("[M16] the merge rule of a running pod is a choice of what to show: it takes effect at once", () => {
  const pod = manyWritersPod(three);
  pod.partition(["mumbai"], ["pune", "delhi"]);
  for (const site of ["mumbai", "pune"]) pod.op(site, increment);
  pod.heal();
  pod.deliver();
  const read = () => pod.outcomes.get(pod.op("delhi", { f: "get", key: "n" }));
  expect(read()).toMatchObject({ value: 1 });
  pod.configure({ merge: "crdt" });
  expect(read()).toMatchObject({ value: 2 });
  pod.advance(10);
  pod.op("delhi", increment);
  expect(read()).toMatchObject({ value: 3 });
  pod.configure({ merge: "lww" });
  expect(read()).toMatchObject({ value: 2 });
});

test("[M16] the data goes over to one writer and back without losing a key", () => {
  const pod = manyWritersPod(three, { merge: "crdt" });
  pod.op("mumbai", put("x", "first"));
  pod.op("pune", { f: "add", key: "tags", value: "t" });
  pod.advance(100);
  pod.configure({ mode: "active-passive", fencing: ["lease-request", "epoch"] }, 2, "mumbai");
  pod.advance(1000);
  for (const site of three) expect(pod.snapshot(site).keys).toMatchObject({ x: { value: "first" } });
  pod.configure({ mode: "active-active", fencing: [] }, 3, "pune");
  pod.advance(1000);
  pod.op("delhi", { f: "add", key: "tags", value: "u" });
  pod.advance(100);
  for (const site of three) {
    expect(pod.snapshot(site).merges.crdt).toEqual({ x: "first", tags: ["t", "u"] });
    expect(pod.snapshot(site).merges.lww).toEqual({ x: "first", tags: ["t", "u"] });
  }
});

test("[M17] every write leaves an append at its origin and an apply elsewhere, with what it met and what shows", () => {
  const pod = manyWritersPod(["mumbai", "pune"]);
  pod.skew("mumbai", 2000);
  const first = pod.op("mumbai", put("x", "fast clock"));
  pod.deliver();
  const second = pod.op("pune", put("x", "slow clock"));
  pod.deliver();
  const lines = pod.traced.flatMap(({ site, event }) =>
    event.kind === "append" || event.kind === "apply" ? [{ site, ...event }] : [],
  );
  expect(lines).toMatchObject([
    { site: "mumbai", kind: "append", op: first, over: null, shows: first, shadow: { mumbai: 1 }, f: "put" },
    { site: "pune", kind: "apply", op: first, over: null, shows: first },
    { site: "pune", kind: "append", op: second, over: first, shows: first, shadow: { mumbai: 1, pune: 1 } },
    { site: "mumbai", kind: "apply", op: second, over: first, shows: first },
  ]);
});

test("[M18] two runs of one story send, trace and show the same, Yjs updates included", () => {
  const story = () => {
    const pod = manyWritersPod(three, { merge: "crdt" }, 7);
    pod.weather({ lossPct: 20, duplicatePct: 20, reorder: true });
    for (let n = 0; n < 30; n += 1) {
      pod.op(
        three[n % 3] ?? "pune",
        n % 2 === 0 ? increment : { f: "insert", key: "t", at: n, text: `${n} ` },
      );
      pod.advance(50);
    }
    return { sent: pod.sent, traced: pod.traced, shown: three.map((site) => pod.snapshot(site)) };
  };
  expect(story()).toEqual(story());
});

test("[M10] hostile messages change no data, stop nobody, and are counted in the trace", () => {
  const pod = manyWritersPod(three);
  pod.op("pune", put("x", "honest"));
  pod.deliver();
  const honest = pod.sent.find(({ message }) => message.type === "ops")?.message;
  if (honest?.type !== "ops") throw new Error("no write was sent");
  const [model] = honest.ops as [ReplicatedOp];
  const spoil = (change: Partial<ReplicatedOp>) => ({ ...model, opId: "evil:1" as never, ...change });
  const mine = actorOf(0, 1);
  const hostile: ReplicatedOp[] = [
    spoil({ origin: "mumbai" as never, actor: mine, seq: 1 }),
    spoil({ origin: "delhi" as never, actor: actorOf(1, 1), seq: 1 }),
    spoil({
      seq: 2,
      op: { f: "put", key: "y", value: 1 },
      update: encodeBase64(new Uint8Array([9, 9, 9, 9])),
    }),
  ];
  const message: SiteMessage = siteMessageSchema.parse({ ...honest, ops: hostile });
  pod.feed("mumbai", { type: "message", from: "delhi" as never, message });
  const notes = pod.traced.flatMap(({ event }) => (event.kind === "note" ? [event.text] : []));
  expect(notes).toMatchObject([
    expect.stringContaining("ACTOR_FORGED"),
    expect.stringContaining("ACTOR_FORGED"),
    expect.stringContaining("UPDATE_UNREADABLE"),
  ]);
  expect(pod.snapshot("mumbai").merges.crdt).toEqual({ x: "honest" });
  pod.feed("mumbai", {
    type: "message",
    from: "delhi" as never,
    message: { ...message, generation: 99 } as SiteMessage,
  });
  expect(pod.traced.filter(({ event }) => event.kind === "note")).toHaveLength(3);
});

test("[M8] any weather, any partition, crashes and lost disks: after the heal all sites hold the same", () => {
  const operation: fc.Arbitrary<Operation> = fc.oneof(
    fc.constant(increment),
    fc.record({ f: fc.constant("put" as const), key: fc.constantFrom("x", "y"), value: fc.nat(9) }),
    fc.record({
      f: fc.constant("insert" as const),
      key: fc.constant("t"),
      at: fc.nat(5),
      text: fc.constant("ab"),
    }),
    fc.record({ f: fc.constant("erase" as const), key: fc.constant("t"), at: fc.nat(5), length: fc.nat(2) }),
    fc.record({ f: fc.constant("delete" as const), key: fc.constantFrom("x", "n", "t") }),
  );
  const site = fc.constantFrom(...three);
  const event = fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant("op" as const), site, op: operation }) },
    {
      weight: 3,
      arbitrary: fc.record({ do: fc.constant("advance" as const), ms: fc.constantFrom(10, 200, 2500) }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("isolate" as const), site }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("heal" as const) }) },
    {
      weight: 1,
      arbitrary: fc.record({
        do: fc.constant("restart" as const),
        site,
        disk: fc.constantFrom("kept" as const, "lost" as const),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), fc.nat(), (script, seed) => {
      const pod = manyWritersPod(three, {}, seed);
      pod.weather({ lossPct: 30, duplicatePct: 30, reorder: true });
      for (const one of script) {
        if (one.do === "op") pod.op(one.site, one.op);
        else if (one.do === "advance") pod.advance(one.ms);
        else if (one.do === "isolate") pod.partition([one.site]);
        else if (one.do === "heal") pod.heal();
        else {
          pod.crash(one.site);
          pod.restart(one.site, one.disk);
        }
      }
      pod.weather({ lossPct: 0 });
      pod.heal();
      pod.advance(5000);
      const [a, b, c] = three.map((id) => pod.snapshot(id));
      expect(b?.seen).toEqual(a?.seen);
      expect(c?.seen).toEqual(a?.seen);
      expect(b?.merges).toEqual(a?.merges);
      expect(c?.merges).toEqual(a?.merges);
      expect(c?.dataDigest).toBe(a?.dataDigest);
    }),
    { numRuns: 60 },
  );
}, 120_000);
