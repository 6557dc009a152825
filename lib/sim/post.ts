import type { EngineInput, Now } from "../engine/types";
import type { Lane } from "../net/link";
import type { CoordinatorToSite, SiteToCoordinator } from "../protocol/coordination/message";
import type { NodeId, OpId, SiteId } from "../protocol/ids";
import type { Outcome } from "../protocol/operation";
import type { SiteMessage } from "../protocol/site/message";
import type { View } from "../protocol/view";
import type { ClientRequest, Clients } from "./clients";
import type { Connections } from "./connections";
import type { CoordinatorHost } from "./coordinator-host";
import type { Edge } from "./edge";
import { createNetwork, type Network, type Packet } from "./network";
import type { Schedule } from "./schedule";
import type { SiteHost } from "./site-host";
import type { Trace } from "./trace";

/** Sees every message as it is handed to the network. */
export type Inspect = (from: NodeId, to: NodeId, message: unknown) => void;

/** Everybody who can be sent something. */
export type Ends = {
  readonly host: (node: NodeId) => SiteHost | undefined;
  readonly coordinator: CoordinatorHost;
  readonly clients: Clients;
  readonly edge: Edge;
};

/** Carries messages between nodes over the network, and hands each to the one it is for. */
export type Post = {
  readonly network: Network;
  readonly send: (from: NodeId, to: NodeId, lane: Lane, label: string, message: unknown) => void;
  /** Takes a client's request to a site: over the edge's link, or from inside the site itself. */
  readonly request: (from: NodeId, site: SiteId, request: ClientRequest) => void;
  /** Takes a site's answer to the client, the way the request came. */
  readonly answer: (site: SiteId, opId: OpId, outcome: Outcome) => void;
  /** The view that last reached the edge. */
  readonly edgeView: () => View | null;
};

type EdgeAnswer = { readonly opId: OpId; readonly outcome: Outcome };

/** Creates the post of one pod; `ends` is called once something arrives. */
export function createPost(options: {
  readonly seed: number;
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly connections: Connections;
  readonly timeoutMs: number;
  readonly inspect: Inspect;
  readonly ends: () => Ends;
}): Post {
  const { trace, timeoutMs, ends } = options;
  const network = createNetwork({ ...options, deliver });
  /** Operations that a site handles for a client of the world, and not for one inside it. */
  const forEdge = new Set<OpId>();
  let edgeView: View | null = null;

  function send(from: NodeId, to: NodeId, lane: Lane, label: string, message: unknown): void {
    options.inspect(from, to, message);
    network.send(from, to, lane, label, message);
  }

  function deliver(packet: Packet): void {
    const { from, to, message } = packet;
    const host = ends().host(to);
    if (host === undefined) {
      receive(packet);
      deliverOutside(from, to, message);
      return;
    }
    if (from === "edge") forEdge.add((message as ClientRequest).opId);
    // A site takes a message when it handles it; one that is paused has not received it yet.
    host.input((now) => {
      receive(packet);
      return inputOf(packet, now);
    });
  }

  function receive(packet: Packet): void {
    trace.witness(packet.to, packet.stamp);
    trace.recordMessage(packet.to, "recv", packet);
  }

  function inputOf({ from, message }: Packet, now: Now): EngineInput {
    if (from === "coordinator") return { type: "coordination", now, message: message as CoordinatorToSite };
    if (from === "edge") return clientInput(message as ClientRequest, now);
    return { type: "message", now, from, message: message as SiteMessage };
  }

  function clientInput({ opId, session, op, token }: ClientRequest, now: Now): EngineInput {
    return { type: "client", now, opId, session, op, token, deadlineMs: timeoutMs };
  }

  function deliverOutside(from: NodeId, to: NodeId, message: unknown): void {
    const { coordinator, clients, edge } = ends();
    if (to === "coordinator") {
      const site = from as SiteId;
      coordinator.input((mono) => ({
        type: "message",
        mono,
        from: site,
        message: message as SiteToCoordinator,
      }));
    } else if (from === "coordinator") {
      edgeView = message as View;
      edge.setView(edgeView);
    } else {
      const { opId, outcome } = message as EdgeAnswer;
      clients.answer("edge", opId, outcome);
    }
  }

  return {
    network,
    send,
    request(from, site, request) {
      if (from === "edge") send("edge", site, "stream", `client ${request.opId}`, request);
      else
        ends()
          .host(site)
          ?.input((now) => clientInput(request, now));
    },
    answer(site, opId, outcome) {
      if (forEdge.delete(opId)) send(site, "edge", "stream", `reply ${opId}`, { opId, outcome });
      else ends().clients.answer(site, opId, outcome);
    },
    edgeView: () => edgeView,
  };
}
