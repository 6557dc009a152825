import * as z from "zod/mini";
import type { Result } from "../kernel/result";
import {
  type CoordinatorToSite,
  coordinatorToSiteSchema,
  type SiteToCoordinator,
} from "../protocol/coordination/message";
import { type FaultState, faultStateSchema } from "../protocol/faults";
import { podIdSchema, siteIdSchema } from "../protocol/ids";
import { type LabPicture, labPictureSchema } from "../protocol/lab/picture";
import {
  type ApiError,
  type CoordinationClientEvents,
  type CoordinationServerEvents,
  type EdgeRequest,
  type EdgeServerEvents,
  type LabClientEvents,
  type LabServerEvents,
  type Operate,
  operateSchema,
  type SeatReport,
  type SignalFrom,
  type SignalTo,
  type SiteInspection,
  type SocketAuth,
  signalSchema,
} from "../protocol/lab/wire";
import type { Outcome } from "../protocol/operation";
import { type TraceEvent, traceEventSchema } from "../protocol/trace";
import { isPassing } from "./claim";
import { checked, openManager, openPlane, refusalOf } from "./plane";

const peersSchema = z.array(z.object({ site: siteIdSchema, incarnation: z.int() })).check(z.maxLength(12));
const signalFromSchema = z.object({ from: siteIdSchema, fromIncarnation: z.int(), signal: signalSchema });
const timelineSchema = z.object({
  pod: podIdSchema,
  events: z.array(traceEventSchema).check(z.maxLength(500)),
});
const overSchema = z.enum(["kicked", "superseded", "lab-ended"]);
const clockSchema = z.tuple([z.number(), z.number()]);
const edgeSchema = z.object({ opId: z.string(), session: z.string(), op: z.unknown(), token: z.unknown() });
export type Peers = z.infer<typeof peersSchema>;
export type OverReason = z.infer<typeof overSchema>;

/** What the server says to a seat. Everything has been checked. */
export type ConnectionEvents = {
  readonly onServer: (connected: boolean) => void;
  /** The server refuses this seat for good; it will not be asked again. */
  readonly onRefused: (error: ApiError) => void;
  readonly onPicture: (picture: LabPicture) => void;
  readonly onTimeline: (events: readonly TraceEvent[]) => void;
  readonly onPeers: (peers: Peers) => void;
  readonly onFaults: (faults: FaultState, confirm: () => void) => void;
  readonly onOperate: (order: Operate, done: (result: Result<Outcome | null, string>) => void) => void;
  readonly onSignal: (signal: SignalFrom) => void;
  readonly onInspect: () => SiteInspection;
  readonly onOver: (why: OverReason) => void;
  readonly onCoordination: (message: CoordinatorToSite) => void;
  readonly onEdge: (request: z.infer<typeof edgeSchema>, answer: (outcome: Outcome) => void) => void;
  readonly onBad: (name: string) => void;
};

/** A seat's connection: the control plane always, coordination and edge while its site runs. */
export type Connection = {
  readonly open: () => void;
  /** The site's process starts: coordinator and edge may reach it. */
  readonly openSite: () => void;
  /** The site's process is gone, the page is not. */
  readonly closeSite: () => void;
  readonly coordinate: (message: SiteToCoordinator) => void;
  readonly signal: (signal: SignalTo) => void;
  readonly report: (report: SeatReport) => void;
  readonly trace: (events: readonly TraceEvent[], stored: (upTo: number) => void) => void;
  /** Number of the last trace event of this site that the server holds; null where it did not answer in time. */
  readonly askStored: () => Promise<number | null>;
  readonly incarnate: () => Promise<number | null>;
  /** Asks that this site be let back in; null where nobody answered. */
  readonly rejoin: () => Promise<{ readonly refused: string | null } | null>;
  /** Tells that this site's disk is lost; true once the server has heard it. */
  readonly tellDiskLost: () => Promise<true | null>;
  readonly askClock: () => Promise<{ readonly serverMs: number; readonly wallMs: number } | null>;
  readonly connected: () => boolean;
  readonly close: () => void;
};

const ackMs = 3_000;
const rejoinSchema = z.object({ refused: z.nullable(z.string()) });

/** Nothing is said into a closed connection: what would be old when it opens again is not kept. */
export function createConnection(auth: () => SocketAuth, events: ConnectionEvents): Connection {
  const manager = openManager();
  const control = openPlane<LabServerEvents, LabClientEvents>(manager, "control", auth);
  const coordination = openPlane<CoordinationServerEvents, CoordinationClientEvents>(
    manager,
    "coordination",
    auth,
  );
  const edge = openPlane<EdgeServerEvents, Record<string, never>>(manager, "edge", auth);
  const bad = (name: string) => () => events.onBad(name);

  control.on("connect", () => events.onServer(true));
  control.on("disconnect", () => events.onServer(false));
  control.on("connect_error", (error) => {
    const refusal = refusalOf(error);
    if (refusal !== null && !isPassing(refusal)) events.onRefused(refusal);
  });
  control.on("picture", (value: unknown) =>
    checked(labPictureSchema, value, bad("PICTURE"), events.onPicture),
  );
  control.on("timeline", (value: unknown) =>
    checked(timelineSchema, value, bad("TIMELINE"), ({ events: told }) => events.onTimeline(told)),
  );
  control.on("peers", (value: unknown) => checked(peersSchema, value, bad("PEERS"), events.onPeers));
  control.on("faults", (value: unknown, confirm) =>
    checked(faultStateSchema, value, bad("FAULTS"), (faults) =>
      events.onFaults(faults, () => confirm(faults.version)),
    ),
  );
  control.on("operate", (value: unknown, done) =>
    checked(operateSchema, value, bad("OPERATE"), (order) => events.onOperate(order, done)),
  );
  control.on("signal", (value: unknown) => checked(signalFromSchema, value, bad("SIGNAL"), events.onSignal));
  control.on("inspect", (answer) => answer(events.onInspect()));
  control.on("probe", (alive) => alive());
  control.on("over", (value: unknown) => checked(overSchema, value, bad("OVER"), events.onOver));
  coordination.on("message", (value: unknown) =>
    checked(coordinatorToSiteSchema, value, bad("COORDINATION"), events.onCoordination),
  );
  edge.on("request", (value: EdgeRequest, answer) =>
    checked(edgeSchema, value, bad("EDGE"), (request) => events.onEdge(request, answer)),
  );

  async function ask<T>(schema: z.ZodMiniType<T>, question: (answer: (value: unknown) => void) => void) {
    if (!control.connected) return null;
    return new Promise<T | null>((resolve) => {
      const timer = setTimeout(() => resolve(null), ackMs);
      question((value) => {
        clearTimeout(timer);
        checked(schema, value, () => resolve(null), resolve);
      });
    });
  }

  return {
    open: () => void control.connect(),
    openSite: () => {
      coordination.connect();
      edge.connect();
    },
    closeSite: () => {
      coordination.disconnect();
      edge.disconnect();
    },
    coordinate: (message) => void (coordination.connected && coordination.emit("message", message)),
    signal: (signal) => void (control.connected && control.emit("signal", signal)),
    report: (report) => void (control.connected && control.emit("report", report)),
    trace: (batch, stored) => void (control.connected && control.emit("trace", batch, stored)),
    askStored: () => ask(z.int().check(z.gte(0)), (answer) => control.emit("trace", [], answer)),
    incarnate: () => ask(z.int().check(z.gte(1)), (answer) => control.emit("incarnate", answer)),
    rejoin: () => ask(rejoinSchema, (answer) => control.emit("rejoin", answer)),
    tellDiskLost: () => ask(z.literal(true), (answer) => control.emit("disk-lost", () => answer(true))),
    askClock: async () => {
      const reading = await ask(clockSchema, (answer) =>
        control.emit("clock", (serverMs, wallMs) => answer([serverMs, wallMs])),
      );
      return reading === null ? null : { serverMs: reading[0], wallMs: reading[1] };
    },
    connected: () => control.connected,
    close: () => {
      // Not plane by plane: the server passes over what it finds before a plane's farewell in one and the
      // same read, and with it the lease that this page has just given back.
      manager.reconnection(false);
      manager.engine?.close();
    },
  };
}
