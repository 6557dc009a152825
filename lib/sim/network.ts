import { createFaultModel, type FaultModel, isSameCondition } from "../net/fault";
import type { Lane } from "../net/link";
import { type FaultState, healthyLink, type LinkCondition } from "../protocol/faults";
import type { NodeId } from "../protocol/ids";
import type { CausalStamp } from "../protocol/site/frame";
import { linkCondition } from "../scenario/fault-reducer";
import type { Connection, Connections } from "./connections";
import type { Schedule } from "./schedule";
import type { MessageFields, Trace } from "./trace";

/** One message on its way. */
export type Packet = MessageFields & {
  /** What the receiver gets. Whoever is sent a message only reads it. */
  readonly message: unknown;
  /** What the sender's trace had seen. */
  readonly stamp: CausalStamp;
};

/** Every directed link between nodes. What happens to a message is the fault layer's own model. */
export type Network = {
  readonly send: (from: NodeId, to: NodeId, lane: Lane, label: string, message: unknown) => void;
  /** Puts other conditions in force; a link that is cut loses what is on its way. */
  readonly apply: (faults: FaultState) => void;
  readonly condition: (from: NodeId, to: NodeId) => LinkCondition;
};

/** On its way: the number of the connection that carries it is null where there was none when it was sent. */
type Flight = {
  readonly packet: Packet;
  readonly generation: number;
  readonly connection: number | null;
  atMs: number;
  cancel: () => void;
};
type Direction = {
  readonly model: FaultModel;
  readonly connection: Connection;
  condition: LinkCondition;
  /** In the order in which they were sent. */
  readonly flights: Flight[];
};

const keep = () => undefined;

/** Creates a network of healthy links. `deliver` gets what arrives, at the time at which it arrives. */
export function createNetwork(options: {
  readonly seed: number;
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly connections: Pick<Connections, "between">;
  readonly deliver: (packet: Packet) => void;
}): Network {
  const { seed, schedule, trace, connections } = options;
  const directions = new Map<NodeId, Map<NodeId, Direction>>();
  const encoder = new TextEncoder();

  /**
   * A whole run carries messages through text, as a wire does. In an outline two nodes share the
   * object, which is sound because nobody changes what was sent: a test runs both and compares.
   */
  function pack(from: NodeId, to: NodeId, label: string, message: unknown): Packet {
    const text = trace.detail === "outline" ? null : JSON.stringify(message);
    const bytes = text === null ? 0 : encoder.encode(text).length;
    trace.recordMessage(from, "send", { from, to, label, bytes });
    const carried: unknown = text === null ? message : JSON.parse(text);
    return { from, to, label, bytes, message: carried, stamp: trace.stamp(from) };
  }

  function direction(from: NodeId, to: NodeId): Direction {
    const known = directions.get(from)?.get(to);
    if (known !== undefined) return known;
    const model = createFaultModel(seed, `${from}>${to}`);
    const connection = connections.between(from, to);
    const created: Direction = { model, connection, condition: healthyLink, flights: [] };
    const outgoing = directions.get(from) ?? new Map<NodeId, Direction>();
    outgoing.set(to, created);
    directions.set(from, outgoing);
    return created;
  }

  function fly(link: Direction, packet: Packet, atMs: number): void {
    const generation = link.model.generation();
    const flight: Flight = { packet, generation, connection: link.connection.number(), atMs, cancel: keep };
    link.flights.push(flight);
    landAt(link, flight, atMs);
  }

  function landAt(link: Direction, flight: Flight, atMs: number): void {
    flight.atMs = atMs;
    flight.cancel = schedule.after(atMs - schedule.nowMs(), () => {
      link.flights.splice(link.flights.indexOf(flight), 1);
      if (arrives(link, flight)) options.deliver(flight.packet);
      else trace.recordMessage(flight.packet.from, "drop", flight.packet);
    });
  }

  /** The link has not been cut since, and the connection that it was sent on still stands. */
  function arrives({ model, connection }: Direction, flight: Flight): boolean {
    return (
      flight.generation === model.generation() &&
      flight.connection !== null &&
      flight.connection === connection.number()
    );
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
    send(from, to, lane, label, message) {
      const packet = pack(from, to, label, message);
      const link = direction(from, to);
      const arrivals = link.model.offer(schedule.nowMs(), lane);
      if (arrivals.length === 0) trace.recordMessage(from, "drop", packet);
      if (arrivals.length > 1) trace.recordMessage(from, "duplicate", packet);
      for (const atMs of arrivals) fly(link, packet, atMs);
    },
    apply(faults) {
      for (const { from, to } of faults.links) direction(from, to);
      for (const [from, outgoing] of directions) {
        for (const [to, link] of outgoing) {
          const condition = linkCondition(faults, from, to);
          if (isSameCondition(condition, link.condition)) continue;
          link.condition = condition;
          link.model.set(schedule.nowMs(), condition);
          hasten(link);
        }
      }
    },
    condition: (from, to) => direction(from, to).condition,
  };
}
