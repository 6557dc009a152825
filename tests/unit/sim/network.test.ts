import { expect, test } from "vitest";
import { noFaults } from "../../../lib/protocol/faults";
import type { SiteId } from "../../../lib/protocol/ids";
import { type FaultVerb, reduceFaults } from "../../../lib/scenario/fault-reducer";
import { createConnections } from "../../../lib/sim/connections";
import { createNetwork, type Packet } from "../../../lib/sim/network";
import { createSchedule } from "../../../lib/sim/schedule";
import { createTrace } from "../../../lib/sim/trace";

const [pune, delhi] = ["pune", "delhi"] as SiteId[] as [SiteId, SiteId];

function createWorld() {
  const schedule = createSchedule();
  const header = {
    v: "faultline-trace/1",
    lab: null,
    pod: "p",
    seed: 1,
    config: {},
    sites: [],
    startedAt: "",
  } as const;
  const trace = createTrace({ ...header, sites: [] }, { nowMs: schedule.nowMs, wallMs: schedule.nowMs });
  const arrived: (readonly [atMs: number, text: string])[] = [];
  const deliver = (packet: Packet) => void arrived.push([schedule.nowMs(), JSON.stringify(packet.message)]);
  const connections = { between: () => ({ number: () => 1 }) };
  const network = createNetwork({ seed: 1, schedule, trace, connections, deliver });
  let faults = noFaults;
  return {
    ...{ schedule, trace, arrived },
    do(verb: FaultVerb) {
      faults = reduceFaults(faults, verb, [pune, delhi]);
      network.apply(faults);
    },
    send: (n: number) => network.send(pune, delhi, "stream", "test", n),
    kinds: () => trace.events().map((event) => event.kind),
  };
}
const slow = { do: "link", from: pune, to: delhi, oneWay: false } as const;

test("a cut kills what is on its way, although it is mended before it would have arrived", () => {
  const world = createWorld();
  world.do({ ...slow, delayMs: 100 });
  world.send(1);
  world.schedule.runUntil(40);
  world.do({ do: "cut", from: pune, to: delhi, oneWay: true });
  world.schedule.runUntil(50);
  world.do({ do: "mend", from: pune, to: delhi, oneWay: true });
  world.send(2);
  world.schedule.runUntil(1000);
  expect(world.arrived).toEqual([[150, "2"]]);
  expect(world.kinds()).toEqual(["send", "send", "drop"]);
});

test("messages of a link that became faster arrive in their order, none later than a new one would", () => {
  const world = createWorld();
  world.do({ ...slow, delayMs: 5000 });
  world.send(1);
  world.send(2);
  world.schedule.runUntil(10);
  world.do({ ...slow, delayMs: 20 });
  world.send(3);
  world.schedule.runUntil(1000);
  expect(world.arrived).toEqual([
    [30, "1"],
    [30, "2"],
    [30, "3"],
  ]);
});

test("a message carries what its sender's trace had seen, the sending included", () => {
  const world = createWorld();
  world.send(1);
  expect(world.trace.stamp(pune).vc).toEqual({ pune: 1 });
  world.trace.witness(delhi, world.trace.stamp(pune));
  world.trace.record(delhi, { kind: "note", text: "seen" });
  expect(world.trace.events().at(-1)).toMatchObject({ site: "delhi", e: 1, vc: { pune: 1, delhi: 1 } });
});

test("a restart behind a cut is noticed when the link is mended; a crash in the open at once", () => {
  const lives = new Map<string, number | null>([
    ["pune", 1],
    ["delhi", 1],
  ]);
  const connections = createConnections(
    [pune, delhi],
    (node) => () => lives.get(node) ?? (lives.has(node) ? null : 0),
  );
  const between = (changes: readonly { a: string; b: string; up: boolean }[]) =>
    changes.filter(({ a, b }) => a === pune && b === delhi).map(({ up }) => up);
  expect(between(connections.refresh(noFaults))).toEqual([true]);
  const cut = reduceFaults(noFaults, { do: "cut", from: delhi, to: pune, oneWay: true }, [pune, delhi]);
  lives.set("delhi", 2);
  expect(between(connections.refresh(cut))).toEqual([]);
  expect(connections.between(pune, delhi).number()).toBeNull();
  expect(between(connections.refresh(noFaults))).toEqual([false, true]);
  lives.set("delhi", null);
  expect(between(connections.refresh(noFaults))).toEqual([false]);
  const pulled = reduceFaults(noFaults, { do: "pull", from: delhi, to: pune }, [pune, delhi]);
  lives.set("delhi", 3);
  expect(between(connections.refresh(pulled))).toEqual([]);
});
