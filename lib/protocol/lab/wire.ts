import * as z from "zod/mini";
import type { Result } from "../../kernel/result";
import type { CoordinatorToSite, SiteToCoordinator } from "../coordination/message";
import type { FaultState } from "../faults";
import { labCodeSchema, type PodId, podIdSchema, type SiteId, seatIdSchema, siteIdSchema } from "../ids";
import { type Operation, type Outcome, operationSchema } from "../operation";
import { finalStateSchema } from "../report";
import { type SessionToken, sessionTokenSchema } from "../session-token";
import { type TraceEvent, traceEventSchema } from "../trace";
import { type LabPicture, linkPictureSchema } from "./picture";

/** Path of every Socket.IO connection; Next serves everything else on the same port. */
export const socketPath = "/rt";
/**
 * Namespaces, one per plane (design, section 3). `/relay` uses a Manager of its own so that bulk
 * data cannot delay heartbeats. All of them carry the same `auth` payload.
 */
export const planes = {
  control: "/lab",
  coordination: "/coordinator",
  edge: "/edge",
  relay: "/relay",
} as const;

/** Proof of who connects; travels in the CONNECT packet, never in a URL. */
export const socketAuthSchema = z.discriminatedUnion("as", [
  z.object({
    as: z.literal("seat"),
    code: labCodeSchema,
    seatId: seatIdSchema,
    secret: z.string().check(z.minLength(16), z.maxLength(128)),
    incarnation: z.int().check(z.gte(1)),
  }),
  z.object({
    as: z.literal("console"),
    code: labCodeSchema,
    key: z.string().check(z.minLength(16), z.maxLength(128)),
  }),
  z.object({ as: z.literal("screen"), code: labCodeSchema }),
]);
export type SocketAuth = z.infer<typeof socketAuthSchema>;

/** Errors a page can meet, in the shape of the HTTP API: `{error: {code, message}}`. */
export const apiErrorCodes = [
  "LAB_NOT_FOUND",
  "LAB_FULL",
  "LAB_LOCKED",
  "SEAT_EXPIRED",
  "SEAT_TAKEN",
  "UNAUTHORIZED",
  "FORBIDDEN",
  "BAD_REQUEST",
  "TOO_MANY_REQUESTS",
  "TOO_LARGE",
  "NOT_FOUND",
  "UNAVAILABLE",
] as const;
export type ApiErrorCode = (typeof apiErrorCodes)[number];
export type ApiError = { readonly code: ApiErrorCode; readonly message: string };

/** `POST /api/labs/CODE/seats`: take a free site, or resume a seat this browser holds the secret of. */
export const claimRequestSchema = z.strictObject({
  seatId: z.optional(seatIdSchema),
  secret: z.optional(z.string().check(z.minLength(16), z.maxLength(128))),
  site: z.optional(siteIdSchema),
  pod: z.optional(podIdSchema),
});
export type ClaimRequest = z.infer<typeof claimRequestSchema>;

/**
 * A seat, given with a new incarnation of its site. `resumed` is false where the claim asked for a
 * seat that another live tab holds, or that no longer exists: then this is a new one.
 */
export const claimReplySchema = z.object({
  seatId: seatIdSchema,
  secret: z.string(),
  resumed: z.boolean(),
  code: labCodeSchema,
  title: z.string(),
  pod: podIdSchema,
  site: siteIdSchema,
  city: z.string(),
  index: z.int().check(z.gte(0), z.lte(11)),
  incarnation: z.int().check(z.gte(1)),
  /** `RTCConfiguration.iceServers`; a host of "" stands for the page's own host name. */
  iceServers: z.array(
    z.object({ urls: z.string(), username: z.optional(z.string()), credential: z.optional(z.string()) }),
  ),
});
export type ClaimReply = z.infer<typeof claimReplySchema>;

/** One step of building a peer connection. `attempt` orders them; older attempts are dropped. */
export const signalSchema = z.discriminatedUnion("type", [
  /** The answerer asks the initiator (lower site id) to try again. */
  z.object({ type: z.literal("want"), attempt: z.number() }),
  z.object({ type: z.literal("offer"), attempt: z.number(), sdp: z.string().check(z.maxLength(20_000)) }),
  z.object({ type: z.literal("answer"), attempt: z.number(), sdp: z.string().check(z.maxLength(20_000)) }),
  z.object({
    type: z.literal("candidate"),
    attempt: z.number(),
    candidate: z.string().check(z.maxLength(2_000)),
    sdpMid: z.nullable(z.string().check(z.maxLength(16))),
    sdpMLineIndex: z.nullable(z.int()),
  }),
]);
export type Signal = z.infer<typeof signalSchema>;
export const signalToSchema = z.object({ to: siteIdSchema, toIncarnation: z.int(), signal: signalSchema });
export type SignalTo = z.infer<typeof signalToSchema>;
export type SignalFrom = { readonly from: SiteId; readonly fromIncarnation: number; readonly signal: Signal };

/** A seat's own account of itself, once a second, for the pictures. */
export const seatReportSchema = z.object({
  links: z.array(z.omit(linkPictureSchema, { from: true })).check(z.maxLength(12)),
  lagOps: z.nullable(z.int()),
  cannotWrite: z.nullable(z.string().check(z.maxLength(300))),
  diverged: z.boolean(),
  dataDigest: z.string().check(z.maxLength(64)),
});
export type SeatReport = z.infer<typeof seatReportSchema>;

/** What the console (or the server for it) makes a seat do. Answered when it is done. */
export const operateSchema = z.discriminatedUnion("do", [
  /** Stop like a crashed process: no farewell, links die; `disk: "lost"` wipes the journal first. */
  z.object({ do: z.literal("crash"), disk: z.enum(["kept", "lost"]) }),
  z.object({ do: z.literal("restart"), incarnation: z.int().check(z.gte(1)) }),
  z.object({
    do: z.literal("op"),
    session: z.string(),
    opId: z.string(),
    op: operationSchema,
    token: sessionTokenSchema,
  }),
]);
export type Operate = z.infer<typeof operateSchema>;

/**
 * What a running site holds, for the report: its state, and the write behind each key. Null while
 * the site is down, and where the data does not fit one frame.
 */
export const siteInspectionSchema = z.nullable(
  z.object({
    state: finalStateSchema,
    versions: z.record(z.string(), z.nullable(z.string())),
    /** All the writes behind a key that holds several values side by side. */
    beside: z.optional(z.record(z.string(), z.array(z.string()))),
  }),
);
export type SiteInspection = z.infer<typeof siteInspectionSchema>;

/** One line of the pod's story, for timelines; the full trace is fetched over HTTP. */
export type TimelineUpdate = { readonly pod: PodId; readonly events: readonly TraceEvent[] };

/** Server to page on the control plane. */
export type LabServerEvents = {
  /** Whole picture, at most five times a second; a seat receives its own pod only. */
  picture: (picture: LabPicture) => void;
  timeline: (update: TimelineUpdate) => void;
  /** Present members of the seat's pod, to build links with. */
  peers: (peers: readonly { site: SiteId; incarnation: number }[]) => void;
  /** The tab confirms once the faults are in force there. */
  faults: (faults: FaultState, confirm: (version: number) => void) => void;
  operate: (order: Operate, done: (result: Result<Outcome | null, string>) => void) => void;
  signal: (signal: SignalFrom) => void;
  inspect: (answer: (site: SiteInspection) => void) => void;
  /** "Is this tab still running the seat?", asked when another tab claims it. */
  probe: (alive: () => void) => void;
  /** The seat is over: kicked, taken by another tab, or the lab has ended. */
  over: (why: "kicked" | "superseded" | "lab-ended") => void;
};

/** Page to server on the control plane. Every payload is validated; a bad one is counted and dropped. */
export type LabClientEvents = {
  /** Clock sample: the server answers with ms since the pod began and its wall clock. */
  clock: (answer: (serverMs: number, wallMs: number) => void) => void;
  signal: (signal: SignalTo) => void;
  report: (report: SeatReport) => void;
  trace: (events: readonly TraceEvent[], stored: (upTo: number) => void) => void;
  /** A fresh incarnation for a restart of the site in the same tab. */
  incarnate: (answer: (incarnation: number) => void) => void;
  /** The seat lets its own site back in, which gives up the writes it holds alone; `refused` says why it may not. */
  rejoin: (answer: (decided: { readonly refused: string | null }) => void) => void;
  /** This site's disk is lost, by its student's choice or by damage: nothing it held counts any more. */
  "disk-lost": (heard: () => void) => void;
  /** Console only. Body as in `POST /api/labs/CODE/command`. */
  command: (body: unknown, answer: (result: Result<CommandDone, ApiError>) => void) => void;
};
export type CommandDone = {
  readonly tookMs: number;
  readonly unreached: readonly SiteId[];
  /** For `op`: what it came to. */
  readonly outcome?: Outcome;
};

/** Coordination plane. Subject to injected faults in both directions, on the server. */
export type CoordinationServerEvents = { message: (message: CoordinatorToSite) => void };
export type CoordinationClientEvents = { message: (message: SiteToCoordinator) => void };

/** Client plane: an operation of the world's clients entering at this site. */
export type EdgeRequest = {
  readonly opId: string;
  readonly session: string;
  readonly op: Operation;
  readonly token: SessionToken;
};
export type EdgeServerEvents = {
  request: (request: EdgeRequest, answer: (outcome: Outcome) => void) => void;
};

/** Relay: opaque link frames between two seats of one pod; the server applies cuts and limits. */
export type RelayServerEvents = {
  frame: (from: SiteId, fromIncarnation: number, frame: ArrayBuffer) => void;
};
export type RelayClientEvents = { frame: (to: SiteId, toIncarnation: number, frame: ArrayBuffer) => void };

export const traceBatchSchema = z.array(traceEventSchema).check(z.maxLength(500));
