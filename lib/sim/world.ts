import { must, unreachable } from "../kernel/assert";
import { canonicalJson } from "../kernel/json";
import { err, ok, type Result } from "../kernel/result";
import type { CoordinatorToSite, SiteToCoordinator } from "../protocol/coordination/message";
import type { ErrorCode } from "../protocol/error-code";
import { type FaultState, noFaults } from "../protocol/faults";
import type { NodeId, OpId, SessionId, SiteId } from "../protocol/ids";
import type { Outcome } from "../protocol/operation";
import type { SiteMessage } from "../protocol/site/message";
import type { TraceBody, TraceHeader } from "../protocol/trace";
import type { Verb } from "../protocol/verb";
import type { View } from "../protocol/view";
import { resolveCluster } from "../scenario/cluster";
import { isFaultVerb, reduceFaults, siteCondition } from "../scenario/fault-reducer";
import type { Plan } from "../scenario/plan";
import { type ClientRequest, type Clients, createClients } from "./clients";
import { type ConnectionChange, createConnections } from "./connections";
import { type CoordinatorHost, createCoordinatorHost } from "./coordinator-host";
import { routeOf } from "./edge";
import { baselineOf } from "./geography";
import { createNetwork, type Packet } from "./network";
import { createSchedule, type Schedule } from "./schedule";
import { createSiteClock } from "./site-clock";
import { createSiteHost, type SiteHost } from "./site-host";
import { createTrace, type Trace } from "./trace";

/** Wall time at which every run starts; the digest of a run must not depend on the day. */
export const startedAt = "2026-01-01T00:00:00.000Z";

/** How long a commit to a disk takes: an SSD's flush, and what every write pays at least. */
const diskMs = 1;

/** One pod in virtual time: sites, coordinator, edge, clients and the network between them. */
export type World = {
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly header: TraceHeader;
  readonly hosts: readonly SiteHost[];
  readonly coordinator: CoordinatorHost;
  readonly clients: Clients;
  readonly faults: () => FaultState;
  /** True when every link is as the scenario's network has it. */
  readonly isNetworkWhole: () => boolean;
  /** Everybody comes up at time zero, on perfect links and disks, so that a scenario begins with a pod at work. */
  readonly start: () => void;
  /** Does what a verb of the timeline says, now. */
  readonly perform: (verb: Verb) => void;
};

/** A client's request on its way from the edge, and the answer on its way back. */
type EdgeAnswer = { readonly opId: OpId; readonly outcome: Outcome };

/** Builds the world of a plan; nothing in it has happened yet. */
export function createWorld(plan: Plan): World {
  const ids = plan.sites.map((city) => city.id);
  const baseline = baselineOf(plan);
  const schedule = createSchedule();
  const epochMs = Date.parse(startedAt);
  const clocks = new Map(ids.map((site) => [site, createSiteClock(epochMs)]));
  const header: TraceHeader = {
    v: "faultline-trace/1",
    lab: null,
    pod: "pod-1",
    seed: plan.seed,
    config: plan.cluster,
    sites: ids,
    startedAt,
  };
  const trace = createTrace(header, (node) => {
    const atMs = schedule.nowMs();
    return { atMs, wallMs: clocks.get(node as SiteId)?.read(atMs).wall ?? epochMs + atMs };
  });
  const network = createNetwork({ seed: plan.seed, schedule, trace, deliver });
  const hosts = ids.map((site, index) => createHost(site, index));
  const byId = new Map<NodeId, SiteHost>(hosts.map((host) => [host.site, host]));
  const connections = createConnections(ids, lifeOf);
  const clients = createClients({ schedule, trace, timeoutMs: plan.timeoutMs, route, carry });
  const coordinator = createCoordinatorHost({
    schedule,
    send: (to, message) => send("coordinator", to, "stream", message.type, message),
    record: (body) => trace.record("coordinator", body),
    onView: (view) => send("coordinator", "edge", "stream", "view", view),
  });
  /** Operations that a site handles for a client of the world, and not for one inside it. */
  const forEdge = new Set<OpId>();
  let faults = noFaults;
  let edgeView: View | null = null;
  let isBooting = true;

  function createHost(site: SiteId, index: number): SiteHost {
    const clock = must(clocks.get(site), "every site has a clock");
    return createSiteHost({
      site,
      index,
      schedule,
      clock,
      commitMs: () => (isBooting ? 0 : diskMs),
      send: (to, lane, message) => send(site, to, lane, labelOf(message), message),
      coordinate: (message) => send(site, "coordinator", "stream", message.type, message),
      reply: (opId, outcome) => answer(site, opId, outcome),
      record: (body) => recordOfEngine(site, body),
    });
  }

  /** What a client sees is written down by `clients`, also while its site is paused or down. */
  function recordOfEngine(site: SiteId, body: TraceBody): void {
    const isClientView =
      body.kind === "invoke" || body.kind === "ok" || body.kind === "fail" || body.kind === "unknown";
    if (!isClientView) trace.record(site, body);
  }

  function lifeOf(node: NodeId): number | null {
    const host = byId.get(node);
    if (host === undefined) return 0;
    return host.isUp() ? host.incarnation() : null;
  }

  function send(from: NodeId, to: NodeId, lane: "replication" | "stream", label: string, message: unknown) {
    network.send(from, to, lane, label, message, connections.between(from, to) ?? "none");
  }

  function deliver(packet: Packet): void {
    const { from, to, label, bytes } = packet;
    if (connections.between(from, to) !== packet.lives) {
      trace.record(from, { kind: "drop", from, to, msg: label, size: bytes });
      return;
    }
    const received = () => {
      trace.witness(to, packet.stamp);
      trace.record(to, { kind: "recv", from, to, msg: label, size: bytes });
    };
    const message: unknown = JSON.parse(packet.text);
    const host = byId.get(to);
    if (host !== undefined) {
      deliverToSite(host, from, message, received);
      return;
    }
    received();
    if (to === "coordinator") {
      coordinator.input({ type: "message", from: from as SiteId, message: message as SiteToCoordinator });
    } else if (from === "coordinator") edgeView = message as View;
    else clients.answer("edge", (message as EdgeAnswer).opId, (message as EdgeAnswer).outcome);
  }

  /** A site takes a message when it handles it; one that is paused has not received it yet. */
  function deliverToSite(host: SiteHost, from: NodeId, message: unknown, received: () => void): void {
    if (from === "coordinator") {
      host.input({ type: "coordination", message: message as CoordinatorToSite }, received);
    } else if (from === "edge") {
      const request = message as ClientRequest;
      forEdge.add(request.opId);
      host.input({ type: "client", ...request, deadlineMs: plan.timeoutMs }, received);
    } else {
      host.input({ type: "message", from, message: message as SiteMessage }, received);
    }
  }

  function answer(site: SiteId, opId: OpId, outcome: Outcome): void {
    const isForEdge = forEdge.delete(opId);
    if (isForEdge) send(site, "edge", "stream", `reply ${opId}`, { opId, outcome });
    else clients.answer(site, opId, outcome);
  }

  function route(at: SiteId | "route", session: SessionId): Result<SiteId, ErrorCode> {
    if (at === "route") {
      return routeOf(edgeView, session, (site) => connections.between("edge", site) !== null);
    }
    return byId.get(at)?.isUp() ? ok(at) : err("SITE_DOWN");
  }

  function carry(node: NodeId, site: SiteId, request: ClientRequest): void {
    if (node === "edge") send("edge", site, "stream", `client ${request.opId}`, request);
    else byId.get(site)?.input({ type: "client", ...request, deadlineMs: plan.timeoutMs });
  }

  function onConnection({ a, b, up }: ConnectionChange): void {
    const host = byId.get(a);
    if (host === undefined) return;
    if (b === "coordinator") {
      const site = host.site;
      const incarnation = host.incarnation();
      coordinator.input(up ? { type: "connected", site, incarnation } : { type: "disconnected", site });
    } else if (b === "edge") {
      if (!up) clients.connectionLost("edge", host.site);
    } else {
      host.input({ type: "link", peer: b, up });
      byId.get(b)?.input({ type: "link", peer: host.site, up });
    }
  }

  function refreshConnections(): void {
    for (const change of connections.refresh(faults)) onConnection(change);
  }

  function setFaults(next: FaultState): void {
    const before = faults;
    faults = next;
    network.apply(faults);
    for (const host of hosts) {
      const then = siteCondition(before, host.site);
      const now = siteCondition(faults, host.site);
      if (then.skewMs !== now.skewMs || then.driftPpm !== now.driftPpm) {
        clocks.get(host.site)?.set(schedule.nowMs(), now.skewMs, now.driftPpm);
      }
      if (now.paused && !then.paused) host.pause();
      if (then.paused && !now.paused) host.resume();
    }
    refreshConnections();
  }

  function crash(site: SiteId, disk: "kept" | "lost"): void {
    const host = must(byId.get(site), "the plan knows its sites");
    if (!host.isUp()) return;
    host.crash(disk);
    clients.connectionLost(site, site);
    if (disk === "lost") coordinator.input({ type: "forget", site });
    // A process that is started again is not paused any more.
    if (siteCondition(faults, site).paused) {
      setFaults(reduceFaults(faults, { do: "resume", site }, ids, baseline));
    }
    refreshConnections();
  }

  function configure(verb: Extract<Verb, { do: "configure" }>): void {
    const cluster = resolveCluster(verb.cluster, coordinator.view().cluster);
    if (cluster.ok) coordinator.input({ type: "configure", cluster: cluster.value });
    else trace.record("coordinator", { kind: "note", text: `Refused: ${cluster.error.expected}` });
  }

  function perform(verb: Verb): void {
    if (verb.do === "op") {
      clients.invoke(verb.session, verb.site, () => verb.op);
      return;
    }
    const { do: name, ...fields } = verb;
    const node = "site" in verb ? verb.site : "coordinator";
    trace.record(node, {
      kind: "fault",
      verb: name,
      fields: JSON.parse(JSON.stringify(fields)),
      cause: "planned",
    });
    if (isFaultVerb(verb)) {
      setFaults(reduceFaults(faults, verb, ids, baseline));
      if (verb.do === "pause" && verb.forMs !== undefined) {
        schedule.after(verb.forMs, () => perform({ do: "resume", site: verb.site }));
      }
      return;
    }
    switch (verb.do) {
      case "crash":
        crash(verb.site, verb.disk);
        break;
      case "restart":
        byId.get(verb.site)?.start();
        refreshConnections();
        break;
      case "promote":
        coordinator.input({ type: "promote", site: verb.site });
        break;
      case "configure":
        configure(verb);
        break;
      default:
        unreachable(verb);
    }
  }

  return {
    schedule,
    trace,
    header,
    hosts,
    coordinator,
    clients,
    faults: () => faults,
    isNetworkWhole: () => linksOf(faults) === linksOf(reduceFaults(faults, { do: "heal" }, ids, baseline)),
    start() {
      coordinator.start(ids, plan.cluster);
      for (const host of hosts) host.start();
      refreshConnections();
      schedule.runUntil(0);
      isBooting = false;
      setFaults(reduceFaults(faults, { do: "heal" }, ids, baseline));
    },
    perform,
  };
}

function linksOf({ links }: FaultState): string {
  return links
    .map((link) => canonicalJson(link))
    .sort()
    .join();
}

/** A message of the trace: its type, and the operation it is about where there is one. */
function labelOf(message: { readonly type: string; readonly opId?: string }): string {
  return message.opId === undefined ? message.type : `${message.type} ${message.opId}`;
}
