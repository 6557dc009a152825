import type { SelfReport } from "../../lib/coordinator/routes/surroundings";
import type { CoordinatorSnapshot } from "../../lib/coordinator/types";
import { createLiveFigures } from "../../lib/history/live-figures";
import type { PodId, SiteId } from "../../lib/protocol/ids";
import type { PodPicture } from "../../lib/protocol/lab/picture";
import type { SeatReport } from "../../lib/protocol/lab/wire";
import type { TraceEvent } from "../../lib/protocol/trace";
import type { FaultVerb } from "../../lib/scenario/fault-reducer";
import type { ServerClock } from "../clock";
import type { LabLog } from "../lab/lab-log";
import { podOf } from "../lab/state";
import type { Metrics } from "../metrics";
import { plainJson } from "../plain-json";
import type { LabStore, TraceSummary } from "../store/lab-store";
import { type Attendance, createAttendance } from "./attendance";
import { type Connections, createConnections } from "./connections";
import { type CoordinatorHost, createCoordinatorHost } from "./coordinator-host";
import { createEdge, type Edge } from "./edge";
import { pushFaults } from "./fault-push";
import { createOpNumbers } from "./op-numbers";
import { createOutageWatch } from "./outage";
import { pictureOf } from "./picture";
import { createPodTrace, type PodTrace } from "./pod-trace";
import { createRelay, type Relay } from "./relay";
import { createStonith } from "./stonith";
import { createTimeline, type Timeline } from "./timeline";
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
  /** Records a fault verb, puts it in force on the server and in every tab; resolves to who did not confirm. */
  readonly inject: (verb: FaultVerb) => Promise<readonly SiteId[]>;
  /** The same for everything at once: no injected fault is left, clocks and pauses included. */
  readonly clearFaults: () => Promise<readonly SiteId[]>;
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

/** What a site last said of itself; nothing, once a heartbeat of it is overdue: a paused tab answers no check. */
function selfReportOf({ sites, view }: CoordinatorSnapshot, site: SiteId): SelfReport | null {
  const belief = sites.find((each) => each.site === site);
  const { heartbeatMs } = view.cluster.detector;
  if (belief === undefined || (belief.silentMs ?? Number.POSITIVE_INFINITY) > 1.5 * heartbeatMs) return null;
  const { role, epoch, upstream } = belief;
  return { role, epoch, leader: role === "primary" ? site : upstream };
}

/** Starts a pod from its durable state: a new one, or as it was before the server restarted. */
export function createPod(options: PodOptions): Pod {
  const { log, id, clock } = options;
  const state = () => podOf(log.state(), id);
  const { sites, openedAtMs, memory, cluster } = state();
  const connections = createConnections();
  const reports = new Map<SiteId, SeatReport>();
  const timeline = createTimeline();
  let figures = createLiveFigures();
  const outage = createOutageWatch();
  const resumes = new Map<SiteId, () => void>();

  function onEvents(events: readonly TraceEvent[]): void {
    for (const event of events) figures.add(event);
    options.metrics.count("faultline_trace_events_total", {}, events.length);
    timeline.add(events);
    for (const event of events)
      if (event.kind === "role" && event.role === "primary") edge.announce(event.site as SiteId);
    options.onChange();
  }

  const trace = createPodTrace({ ...options, lab: log.state().code, pod: id, openedAtMs, onEvents });
  const edge: Edge = createEdge({
    sites,
    clock,
    trace,
    outage,
    socketAt: (site) => connections.at(site)?.sockets.edge ?? null,
    ask: (site) => selfReportOf(coordinator.snapshot(), site),
  });
  const relay = createRelay({ faults: state().faults, timing: clock });
  const coordinator: CoordinatorHost = createCoordinatorHost({
    sites,
    cluster,
    memory,
    timing: clock,
    remember: (next) => log.commit({ type: "remembered", pod: id, memory: next }),
    record: (body) => trace.record("coordinator", body),
    send: (site, message) => void connections.at(site)?.sockets.coordination?.emit("message", message),
    onView: (view) => {
      edge.setView(view);
      options.onChange();
    },
    fence: createStonith({
      connections,
      timing: clock,
      faults: () => state().faults,
      cluster: () => coordinator.snapshot().view.cluster,
      record: (body) => trace.record("coordinator", body),
    }),
    onError: options.onError,
  });
  const firstNumber = memory === null ? 0 : trace.nowMs();
  const traffic = createTraffic({
    sites,
    timing: clock,
    firstNumber: Math.floor(firstNumber) + 1,
    run: edge.run,
  });

  /** Puts the present faults in force here at once, and in the tabs as fast as they confirm. */
  function enforce(): Promise<readonly SiteId[]> {
    const { faults } = state();
    coordinator.setFaults(faults);
    edge.setFaults(faults);
    relay.setFaults(faults);
    options.onChange();
    return pushFaults(connections.all(), faults);
  }

  async function inject(verb: FaultVerb): Promise<readonly SiteId[]> {
    const resumeAtMs = verb.do === "pause" && verb.forMs !== undefined ? clock.wall() + verb.forMs : null;
    const durable = log.commit({ type: "fault", pod: id, verb, resumeAtMs });
    const { do: name, ...fields } = verb;
    trace.record("coordinator", { kind: "fault", verb: name, fields: plainJson(fields), cause: "planned" });
    if (verb.do === "pause" || verb.do === "resume") scheduleResume(verb.site, resumeAtMs);
    const [unreached] = await Promise.all([enforce(), durable]);
    return unreached;
  }

  function scheduleResume(site: SiteId, atMs: number | null): void {
    resumes.get(site)?.();
    resumes.delete(site);
    if (atMs === null) return;
    const resume = () => void inject({ do: "resume", site }).catch(options.onError);
    resumes.set(site, clock.after(Math.max(0, atMs - clock.wall()), resume));
  }

  function setReport(site: SiteId, report: SeatReport | null): void {
    if (report === null) reports.delete(site);
    else reports.set(site, report);
    options.onChange();
  }

  const attendance = createAttendance({
    connections,
    coordinator,
    edge,
    faults: () => state().faults,
    record: (body) => trace.record("coordinator", body),
    onGone: (site) => setReport(site, null),
    onChange: options.onChange,
  });
  coordinator.setFaults(state().faults);
  edge.setFaults(state().faults);
  edge.setView(coordinator.snapshot().view);
  traffic.setFrozen(log.state().frozen);
  traffic.set(state().traffic);
  for (const site of sites) scheduleResume(site, state().resumesAtMs[site] ?? null);

  return {
    id,
    connections,
    attendance,
    coordinator,
    edge,
    relay,
    trace,
    timeline,
    traffic,
    nextOpId: createOpNumbers(firstNumber),
    setReport,
    inject,
    async clearFaults() {
      for (const cancel of resumes.values()) cancel();
      resumes.clear();
      const durable = log.commit({ type: "faults-cleared", pod: id });
      const [unreached] = await Promise.all([enforce(), durable]);
      return unreached;
    },
    resetFigures() {
      figures = createLiveFigures();
      outage.reset();
    },
    picture: () =>
      pictureOf({
        state: state(),
        coordinator: coordinator.snapshot(),
        held: new Set(log.state().seats.flatMap((seat) => (seat.pod === id ? [seat.site] : []))),
        reports,
        figures: figures.read(),
        outage: outage.read(trace.nowMs()),
        nowMs: trace.nowMs(),
      }),
    async close() {
      for (const cancel of resumes.values()) cancel();
      attendance.close();
      traffic.close();
      edge.close();
      relay.close();
      coordinator.close();
      await trace.close();
    },
  };
}
