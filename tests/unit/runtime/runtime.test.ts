import { expect, test } from "vitest";
import type { EngineOutput } from "../../../lib/engine/types";
import { opIdOf, type SessionId } from "../../../lib/protocol/ids";
import type { Outcome } from "../../../lib/protocol/operation";
import { encodeFrame } from "../../../lib/runtime/codec";
import { createRig, mumbai, pune, settled } from "./fakes";

const alice = "alice" as SessionId;
const op1 = opIdOf(alice, 1);
const put = { f: "put", key: "x", value: "A" } as const;
const stamp = { vc: { pune: 3 }, hlc: { l: 5, c: 0 } };
const accepted: Outcome = { status: "ok", value: null, version: op1, servedBy: "mumbai", epoch: 1 };
const reply: EngineOutput = { type: "reply", opId: op1, outcome: accepted };
const persist = (seq: number): EngineOutput => ({ type: "persist", seq, records: [], replace: false });

test("one input is handled to its last output before the next, even when an output causes one", () => {
  const order: string[] = [];
  const rig = createRig(
    (input) => {
      order.push(input.type);
      if (input.type !== "visibility") return [];
      return [
        { type: "send", to: pune, lane: "stream", message: { type: "stale", epoch: 1 } },
        { type: "record", event: { kind: "note", text: "last output" } },
      ];
    },
    () => {
      // A link in memory may answer from within `send`.
      rig.runtime.link(pune, true);
      order.push(`sent, ${rig.recorded.length} recorded`);
    },
  );
  rig.runtime.start([]);
  rig.runtime.visibility(true);
  expect(order).toEqual(["start", "visibility", "sent, 0 recorded", "link"]);
  expect(rig.recorded).toHaveLength(1);
});

test("nothing that waits for the disk is released before the disk has it, and one commit serves many", async () => {
  let seq = 0;
  const rig = createRig((input) => {
    if (input.type === "client") return [persist(++seq)];
    return input.type === "persisted" ? [reply] : [];
  });
  rig.runtime.start([]);
  let answered = false;
  void rig.runtime.run(op1, alice, put, 60_000).then(() => {
    answered = true;
  });
  await settled();
  expect(rig.disk.groups).toHaveLength(1);
  void rig.runtime.run(opIdOf(alice, 2), alice, put, 60_000);
  void rig.runtime.run(opIdOf(alice, 3), alice, put, 60_000);
  await settled();
  expect({ answered, underWay: rig.disk.groups.length }).toEqual({ answered: false, underWay: 1 });

  await rig.disk.finish();
  expect(answered).toBe(true);
  expect(rig.disk.groups[0]?.changes).toHaveLength(2);
  await rig.disk.finish();
  const persisted = rig.inputs.filter((input) => input.type === "persisted").map(({ seq: upTo }) => upTo);
  expect(persisted).toEqual([1, 3]);
});

test("a paused site handles nothing while time goes on, and then everything in order with the time it is then", () => {
  const rig = createRig((input) =>
    input.type === "start" ? [{ type: "set-timer", id: "heartbeat", afterMs: 100 }] : [],
  );
  rig.runtime.start([]);
  rig.runtime.pause();
  rig.runtime.link(pune, true);
  rig.timing.advance(5000);
  expect(rig.types()).toEqual(["start"]);
  rig.runtime.resume();
  expect(rig.types()).toEqual(["start", "link", "timer"]);
  expect(rig.inputs.map(({ now }) => now.mono)).toEqual([0, 5000, 5000]);
});

test("a paused site's inbox is bounded: what does not fit is dropped and counted, timers are kept", () => {
  const rig = createRig((input) =>
    input.type === "start" ? [{ type: "set-timer", id: "resend", afterMs: 1 }] : [],
  );
  rig.runtime.start([]);
  rig.runtime.pause();
  const ack = encodeFrame(
    {
      type: "ack",
      epoch: 1,
      generation: 0,
      received: { epoch: 1, lsn: 1 },
      receivedBy: mumbai,
      flushed: { epoch: 1, lsn: 1 },
      flushedBy: mumbai,
      appliedLsn: 1,
    },
    stamp,
  );
  if (!ack.ok) throw new Error(ack.error);
  for (let n = 0; n < 6000; n += 1) rig.runtime.receive(pune, ack.value);
  rig.timing.advance(10);
  rig.runtime.resume();
  expect(rig.dropped).toHaveLength(1000);
  expect(rig.types().filter((type) => type === "message")).toHaveLength(5000);
  expect(rig.types().at(-1)).toBe("timer");
});

test("an operation that a paused site never answers is unknown after its deadline", async () => {
  const rig = createRig(() => []);
  rig.runtime.start([]);
  rig.runtime.pause();
  const outcome = rig.runtime.run(op1, alice, put, 5000);
  rig.timing.advance(5300);
  expect(await outcome).toMatchObject({ status: "unknown", error: "TIMEOUT" });
});

test("a crash says farewell to nobody: open operations are unknown, and nothing happens any more", async () => {
  const rig = createRig((input) => (input.type === "client" ? [persist(1)] : [reply]));
  rig.runtime.start([]);
  const outcome = rig.runtime.run(op1, alice, put, 5000);
  await settled();
  rig.runtime.crash();
  expect(await outcome).toMatchObject({ status: "unknown", error: "CONNECTION_LOST" });
  await rig.disk.finish();
  rig.runtime.link(pune, true);
  rig.timing.advance(60_000);
  expect(rig.types()).toEqual(["start", "client"]);
  expect(await rig.runtime.run(op1, alice, put, 5000)).toMatchObject({ status: "fail", error: "SITE_DOWN" });
});

test("leaving lets the engine give its lease back, and then nothing more", () => {
  const rig = createRig(() => []);
  rig.runtime.start([]);
  rig.runtime.leave();
  rig.runtime.visibility(true);
  expect(rig.types()).toEqual(["start", "leave"]);
});

test("an engine whose assertion fails stops the site and says which; the caller sees no exception", () => {
  const rig = createRig((input) => {
    if (input.type === "link") throw new Error("a log without gaps");
    return [];
  });
  rig.runtime.start([]);
  rig.runtime.link(pune, true);
  rig.runtime.link(pune, false);
  expect(rig.stops).toEqual([{ type: "assertion", message: "a log without gaps" }]);
  expect(rig.types()).toEqual(["start", "link"]);
});

test("a disk that fails stops the site", async () => {
  const rig = createRig((input) => (input.type === "start" ? [persist(1)] : []));
  rig.runtime.start([]);
  await settled();
  const failure = { code: "TAKEN", message: "Another tab runs this site now." } as const;
  await rig.disk.finish({ ok: false, error: failure });
  expect(rig.stops).toEqual([{ type: "disk", failure }]);
});

test("what is no message is dropped by name and never reaches the engine", () => {
  const rig = createRig(() => []);
  rig.runtime.start([]);
  const bytes = (text: string) => new TextEncoder().encode(text);
  rig.runtime.receive(pune, bytes("not json"));
  rig.runtime.receive(pune, bytes(JSON.stringify({ m: { type: "promote-me" }, t: stamp })));
  rig.runtime.receive(pune, bytes(JSON.stringify({ m: { type: "stale", epoch: -1 }, t: stamp })));
  rig.runtime.receive(pune, new Uint8Array([0xff, 0xfe, 0x00]));
  expect(rig.dropped).toEqual(["NOT_JSON", "MALFORMED", "MALFORMED", "NOT_JSON"]);
  expect(rig.types()).toEqual(["start"]);
});

test("what one site sends the other receives as it was, its sender added by the link alone", () => {
  const message = { type: "stale", epoch: 4 } as const;
  const sender = createRig((input) =>
    input.type === "link" ? [{ type: "send", to: pune, lane: "replication", message }] : [],
  );
  const receiver = createRig(() => []);
  sender.runtime.start([]);
  receiver.runtime.start([]);
  sender.runtime.link(pune, true);
  const [frame] = sender.sent;
  expect(frame?.to).toBe(pune);
  receiver.runtime.receive(mumbai, new TextEncoder().encode(frame?.text));
  expect(receiver.inputs.at(-1)).toMatchObject({ type: "message", from: mumbai, message });
});
