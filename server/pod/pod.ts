import type { SelfReport } from "../../lib/coordinator/routes/surroundings";
import type { CoordinatorSnapshot } from "../../lib/coordinator/types";
import type { PodId, SiteId } from "../../lib/protocol/ids";
import type { PodPicture } from "../../lib/protocol/lab/picture";
import type { SeatReport } from "../../lib/protocol/lab/wire";
import type { TraceBody } from "../../lib/protocol/trace";
import type { ServerClock } from "../clock";
import type { LabLog } from "../lab/lab-log";
import { podOf } from "../lab/state";
import type { Metrics } from "../metrics";
import type { LabStore, TraceSummary } from "../store/lab-store";
import { type Attendance, createAttendance } from "./attendance";
import { type Connections, createConnections } from "./connections";
import { type CoordinatorHost, createCoordinatorHost } from "./coordinator-host";
import { createEdge, type Edge } from "./edge";
import { createPodEvidence } from "./evidence";
import { createFaultControl, type FaultControl } from "./fault-control";
import { createOpNumbers } from "./op-numbers";
import { pictureOf } from "./picture";
import type { PodTrace } from "./pod-trace";
import { createRelay, type Relay } from "./relay";
import { createStonith } from "./stonith";
import type { Timeline } from "./timeline";
import { createTraffic, type TrafficSource } from "./traffic";

/** One cluster at work: its coordinator, its links as the server carries them, and its evidence. */
export type Pod = {
  readonly id: PodId;
  readonly connections: Connections;
  readonly attendance: Attendance;
  readonly coordinator: CoordinatorHost;
  readonly edge: Edge;
  readonly relay: Relay;
  readonly trace: PodTrace;
  readonly timeline: Timeline;
  readonly traffic: TrafficSource;
  readonly nextOpId: ReturnType<typeof createOpNumbers>;
  /** What a seat says of itself; `null` once its tab is gone. */
  readonly setReport: (site: SiteId, report: SeatReport | null) => void;
  readonly faults: Pick<FaultControl, "inject" | "clear">;
  /** Counts start again: the data they were about is gone. */
  readonly resetFigures: () => void;
  readonly picture: () => PodPicture;
  readonly close: () => Promise<void>;
};

export type PodOptions = {
  readonly log: LabLog;
  readonly id: PodId;
  readonly store: LabStore;
  readonly clock: ServerClock;
  readonly summary: TraceSummary;
  /** Something that pages show has changed. */
  readonly onChange: () => void;
  readonly onError: (error: unknown) => void;
  readonly metrics: Metrics;
};

/** Starts a pod from its durable state: a new one, or as it was before the server restarted. */
export function createPod(options: PodOptions): Pod {
  const { log, id, clock, onChange, onError } = options;
  const state = () => podOf(log.state(), id);
  const { sites, openedAtMs, memory } = state();
  const connections = createConnections();
  const reports = new Map<SiteId, SeatReport>();
  const lab = log.state().code;
  const onPrimary = (site: SiteId) => edge.announce(site);
  const evidence = createPodEvidence({ ...options, lab, pod: id, openedAtMs, onPrimary });
  const { trace, timeline, outage } = evidence;
  const edge: Edge = createEdge({
    ...{ sites, clock, trace, outage },
    socketAt: (site) => connections.at(site)?.sockets.edge ?? null,
    ask: (site) => selfReportOf(coordinator.snapshot(), site),
  });
  const relay = createRelay({ faults: state().faults, timing: clock });
  const coordinator = startCoordinator(options, { connections, trace, edge });
  const ageMs = memory === null ? 0 : trace.nowMs();
  const firstNumber = Math.floor(ageMs) + 1;
  const traffic = createTraffic({ sites, timing: clock, firstNumber, run: edge.run });
  const carriers = [coordinator, edge, relay];
  const faults = createFaultControl({ id, log, clock, trace, connections, carriers, onChange, onError });

  function setReport(site: SiteId, report: SeatReport | null): void {
    if (report === null) reports.delete(site);
    else reports.set(site, report);
    onChange();
  }

  const attendance = createAttendance({
    ...{ connections, coordinator, edge, onChange },
    faults: () => state().faults,
    record: (body) => trace.record("coordinator", body),
    onGone: (site) => setReport(site, null),
  });
  faults.begin();
  edge.setView(coordinator.snapshot().view);
  traffic.setFrozen(log.state().frozen);
  traffic.set(state().traffic);

  return {
    ...{ id, connections, attendance, coordinator, edge, relay, trace, timeline, traffic, faults },
    nextOpId: createOpNumbers(ageMs),
    setReport,
    resetFigures: evidence.reset,
    picture: () =>
      pictureOf({
        state: state(),
        coordinator: coordinator.snapshot(),
        held: new Set(log.state().seats.flatMap((seat) => (seat.pod === id ? [seat.site] : []))),
        reports,
        ...evidence.read(),
      }),
    async close() {
      for (const part of [faults, attendance, traffic, edge, relay, coordinator]) part.close();
      await trace.close();
    },
  };
}

/** The coordinator with what it has of the world: sockets, its memory in the log, and fencing from outside. */
function startCoordinator(
  { log, id, clock, onChange, onError }: PodOptions,
  { connections, trace, edge }: Pick<Pod, "connections" | "trace" | "edge">,
): CoordinatorHost {
  const state = () => podOf(log.state(), id);
  const { sites, cluster, memory } = state();
  const record = (body: TraceBody) => trace.record("coordinator", body);
  const coordinator: CoordinatorHost = createCoordinatorHost({
    ...{ sites, cluster, memory, record, timing: clock, onError },
    remember: (next) => log.commit({ type: "remembered", pod: id, memory: next }),
    send: (site, message) => void connections.at(site)?.sockets.coordination?.emit("message", message),
    onView(view) {
      edge.setView(view);
      onChange();
    },
    fence: createStonith({
      ...{ connections, timing: clock, record },
      faults: () => state().faults,
      cluster: () => coordinator.snapshot().view.cluster,
    }),
  });
  return coordinator;
}

/** What a site last said of itself; nothing, once a heartbeat of it is overdue: a paused tab answers no check. */
function selfReportOf({ sites, view }: CoordinatorSnapshot, site: SiteId): SelfReport | null {
  const belief = sites.find((each) => each.site === site);
  const { heartbeatMs } = view.cluster.detector;
  if (belief === undefined || (belief.silentMs ?? Number.POSITIVE_INFINITY) > 1.5 * heartbeatMs) return null;
  const { role, epoch, upstream } = belief;
  return { role, epoch, leader: role === "primary" ? site : upstream };
}
