import { createCoordinator } from "../coordinator/coordinator";
import { none } from "../coordinator/routes/surroundings";
import type { Coordinator } from "../coordinator/types";
import { createEngine } from "../engine/engine";
import type { Engine, EngineIdentity } from "../engine/types";
import { must } from "../kernel/assert";
import { errorCodes } from "../protocol/error-code";
import type { NodeId, SiteId } from "../protocol/ids";
import type { CheckName } from "../protocol/report";
import type { TraceBody, TraceHeader } from "../protocol/trace";
import type { Plan } from "../scenario/plan";
import { type Clients, createClients } from "./clients";
import { type Connections, createConnections } from "./connections";
import { type CoordinatorHost, createCoordinatorHost } from "./coordinator-host";
import { createEdge } from "./edge";
import type { Network } from "./network";
import { createPost, type Ends, type Inspect } from "./post";
import { createSchedule, type Schedule } from "./schedule";
import { createSiteClock, type SiteClock } from "./site-clock";
import { createSiteHost, type SiteHost } from "./site-host";
import { createTrace, type Detail, type Trace } from "./trace";

/** Wall time at which every run starts; the digest of a run must not depend on the day. */
const startedAt = "2026-01-01T00:00:00.000Z";
const epochMs = Date.parse(startedAt);

/** The machines of one pod in virtual time: sites, coordinator, edge, clients and the network between them. */
export type Pod = {
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly header: TraceHeader;
  readonly network: Network;
  readonly connections: Connections;
  readonly hosts: readonly SiteHost[];
  readonly host: (node: NodeId) => SiteHost | undefined;
  readonly clock: (site: SiteId) => SiteClock;
  readonly coordinator: CoordinatorHost;
  readonly clients: Clients;
  /** Sends the edge the present view if it lacks it: it may have been out of reach when that was new. */
  readonly tellEdge: () => void;
};

/** What is kept of a run, and who looks on. */
export type Watch = {
  readonly detail?: Detail;
  readonly inspect?: Inspect;
  /** The properties that the report is to hold the history against; by default all of them. */
  readonly checks?: readonly CheckName[] | undefined;
  /** What the pod's sites and its coordinator run; by default the product's own. */
  readonly machines?: Machines | undefined;
  /** Whether to hold sites that have seen the same against each other after every step. */
  readonly digests?: boolean;
};

/** The state machines of a pod. A test of the checks hands in faulty ones. */
export type Machines = {
  readonly createEngine: (identity: EngineIdentity) => Engine;
  readonly createCoordinator: () => Coordinator;
};

/** The product's own. */
export const sound: Machines = { createEngine, createCoordinator };

/** Builds the pod of a plan, everything in it switched off. `commitMs` is what a disk's commit takes now. */
export function createPod(
  plan: Plan,
  commitMs: () => number,
  { inspect = () => {}, detail = "whole", machines = sound }: Watch,
): Pod {
  const sites = plan.sites.map((city) => city.id);
  const schedule = createSchedule();
  const clocks = new Map(sites.map((site) => [site, createSiteClock(epochMs)]));
  const clock = (site: SiteId) => must(clocks.get(site), "every site has a clock");
  const header = headerOf(plan, sites);
  const wallMs = (node: NodeId) => {
    const nowMs = schedule.nowMs();
    return clocks.get(node as SiteId)?.read(nowMs).wall ?? epochMs + nowMs;
  };
  const trace = createTrace(header, { nowMs: schedule.nowMs, wallMs }, detail);
  const hosts = sites.map((site, index) =>
    createSiteHost({
      ...{ site, index, schedule, commitMs, clock: clock(site), createEngine: machines.createEngine },
      send: (to, lane, message) => post.send(site, to, lane, labelOf(message), message),
      coordinate: (message) => {
        edge.overhear(site, message);
        post.send(site, "coordinator", "stream", message.type, message);
      },
      reply: (opId, outcome) => post.answer(site, opId, outcome),
      record: (body) => {
        if (!isClientView(body)) trace.record(site, body);
        if (body.kind === "role" && body.role === "primary") edge.announce(site);
      },
    }),
  );
  const byId = new Map<NodeId, SiteHost>(hosts.map((each) => [each.site, each]));
  function host(node: NodeId): SiteHost | undefined {
    return byId.get(node);
  }
  const connections = createConnections(sites, (node) => lifeOf(host(node)));
  const post = createPost({ ...plan, schedule, trace, connections, inspect, ends: (): Ends => ends });
  const edge = createEdge({
    ...{ cities: plan.sites, schedule, connections, host, network: () => post.network },
  });
  const coordinator = createCoordinatorHost({
    coordinator: machines.createCoordinator(),
    schedule,
    send: (to, message) => post.send("coordinator", to, "stream", message.type, message),
    record: (body) => trace.record("coordinator", body),
    onView: tellEdge,
  });
  function tellEdge(): void {
    const view = coordinator.view();
    if (connections.between("coordinator", "edge").number() === null) return;
    if (post.edgeView()?.number !== view.number) post.send("coordinator", "edge", "stream", "view", view);
  }
  const clients = createClients({
    ...{ schedule, trace, timeoutMs: plan.timeoutMs, retry: plan.retry, carry: post.request, edge },
    route(at, session) {
      if (at === "route") return edge.route(session);
      return host(at)?.isUp() ? { site: at } : none("SITE_DOWN", errorCodes.SITE_DOWN);
    },
  });
  const ends: Ends = { host, coordinator, clients, edge };
  return {
    schedule,
    trace,
    header,
    network: post.network,
    connections,
    hosts,
    host,
    clock,
    coordinator,
    clients,
    tellEdge,
  };
}

function headerOf(plan: Plan, sites: readonly SiteId[]): TraceHeader {
  const v = "faultline-trace/1";
  return { v, lab: null, pod: "pod-1", seed: plan.seed, config: plan.cluster, sites: [...sites], startedAt };
}

/** Tells the incarnation of a node; null while it is down. The outsiders never fail. */
function lifeOf(host: SiteHost | undefined): () => number | null {
  return () => (host === undefined ? 0 : host.isUp() ? host.incarnation() : null);
}

/** What a client sees is written down by `clients`, also while its site is paused or down. */
function isClientView({ kind }: TraceBody): boolean {
  return kind === "invoke" || kind === "ok" || kind === "fail" || kind === "unknown";
}

/** A message of the trace: its type, and the operation it is about where there is one. */
function labelOf(message: { readonly type: string; readonly opId?: string }): string {
  return message.opId === undefined ? message.type : `${message.type} ${message.opId}`;
}
