import { createFaultModel, type FaultModel, isSameCondition } from "../net/fault";
import type { Lane } from "../net/link";
import { type FaultState, healthyLink, type LinkCondition } from "../protocol/faults";
import type { NodeId } from "../protocol/ids";
import type { CausalStamp } from "../protocol/site/frame";
import type { Schedule } from "./schedule";
import type { Trace } from "./trace";

/** One message on its way: text, so that two nodes never share an object. */
export type Packet = {
  readonly from: NodeId;
  readonly to: NodeId;
  /** What it is, in a word or two, for the trace. */
  readonly label: string;
  readonly text: string;
  readonly bytes: number;
  /** What the sender's trace had seen. */
  readonly stamp: CausalStamp;
  /** Whose connection carries it: the incarnations at its two ends when it was sent. */
  readonly lives: string;
};

/** Every directed link between nodes. What happens to a message is the fault layer's own model. */
export type Network = {
  readonly send: (
    from: NodeId,
    to: NodeId,
    lane: Lane,
    label: string,
    message: unknown,
    lives: string,
  ) => void;
  /** Puts other conditions in force; a link that is cut loses what is on its way. */
  readonly apply: (faults: FaultState) => void;
  readonly condition: (from: NodeId, to: NodeId) => LinkCondition;
};

type Flight = { readonly packet: Packet; readonly generation: number; atMs: number; cancel: () => void };
type Direction = { readonly model: FaultModel; condition: LinkCondition; flights: Flight[] };

/** Creates a network of healthy links. `deliver` gets what arrives, at the time at which it arrives. */
export function createNetwork(options: {
  readonly seed: number;
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly deliver: (packet: Packet) => void;
}): Network {
  const { seed, schedule, trace } = options;
  const directions = new Map<string, Direction>();
  const encoder = new TextEncoder();

  function direction(from: NodeId, to: NodeId): Direction {
    const name = `${from}>${to}`;
    const known = directions.get(name);
    if (known !== undefined) return known;
    const created: Direction = { model: createFaultModel(seed, name), condition: healthyLink, flights: [] };
    directions.set(name, created);
    return created;
  }

  function record(
    kind: "send" | "drop" | "duplicate",
    { from, to, label, bytes }: Pick<Packet, "from" | "to" | "label" | "bytes">,
  ): void {
    trace.record(from, { kind, from, to, msg: label, size: bytes });
  }

  function fly(link: Direction, packet: Packet, atMs: number): void {
    const flight: Flight = { packet, generation: link.model.generation(), atMs, cancel: () => undefined };
    link.flights.push(flight);
    landAt(link, flight, atMs);
  }

  function landAt(link: Direction, flight: Flight, atMs: number): void {
    flight.atMs = atMs;
    flight.cancel = schedule.after(atMs - schedule.nowMs(), () => {
      link.flights = link.flights.filter((other) => other !== flight);
      if (flight.generation === link.model.generation()) options.deliver(flight.packet);
      else record("drop", flight.packet);
    });
  }

  /** What is on its way to a link that has become faster arrives no later than what is sent now. */
  function hasten(link: Direction): void {
    const latest = link.model.latest(schedule.nowMs());
    for (const flight of link.flights) {
      if (flight.atMs <= latest) continue;
      flight.cancel();
      landAt(link, flight, latest);
    }
  }

  return {
    send(from, to, lane, label, message, lives) {
      const text = JSON.stringify(message);
      const bytes = encoder.encode(text).length;
      record("send", { from, to, label, bytes });
      const packet: Packet = { from, to, label, text, bytes, stamp: trace.stamp(from), lives };
      const link = direction(from, to);
      const arrivals = link.model.offer(schedule.nowMs(), lane);
      if (arrivals.length === 0) record("drop", packet);
      if (arrivals.length > 1) record("duplicate", packet);
      for (const atMs of arrivals) fly(link, packet, atMs);
    },
    apply(faults) {
      const listed = new Map(faults.links.map(({ from, to, condition }) => [`${from}>${to}`, condition]));
      for (const { from, to } of faults.links) direction(from, to);
      for (const [name, link] of directions) {
        const condition = listed.get(name) ?? healthyLink;
        if (isSameCondition(condition, link.condition)) continue;
        link.condition = condition;
        link.model.set(schedule.nowMs(), condition);
        hasten(link);
      }
    },
    condition: (from, to) => direction(from, to).condition,
  };
}
