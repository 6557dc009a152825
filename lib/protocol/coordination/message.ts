import * as z from "zod/mini";
import { siteIdSchema } from "../ids";
import { positionSchema } from "../position";
import { roleSchema, viewSchema } from "../view";

/** What one site believes of another. */
const peerBeliefSchema = z.object({
  site: siteIdSchema,
  state: z.enum(["alive", "suspect", "dead"]),
});
export type PeerBelief = z.infer<typeof peerBeliefSchema>;

/**
 * Site to coordinator, once per `heartbeatMs`, ticked by a Worker and sent by the page; besides, at
 * once after connecting and after obeying a new view, so that decisions rest on fresh positions.
 * From the primary it is also the renewal of its lease, counted by the holder from `sentMono`.
 */
const heartbeat = z.object({
  type: z.literal("heartbeat"),
  incarnation: z.int().check(z.gte(1)),
  /** Rises with each heartbeat of this incarnation. */
  beat: z.int().check(z.gte(1)),
  /** The site's own monotonic clock when it sent this; echoed, never interpreted. */
  sentMono: z.number(),
  viewNumber: z.int().check(z.gte(0)),
  epoch: z.int().check(z.gte(0)),
  generation: z.int().check(z.gte(0)),
  role: roleSchema,
  /** End of the flushed log (one-writer modes). */
  position: positionSchema,
  /** Equal texts mean equal data (many-writer modes); empty in one-writer modes. */
  seenDigest: z.string().check(z.maxLength(64)),
  /** With `ack: sync`, the primary asks that only these may succeed it (design in coordinator/SPEC.md). */
  syncSet: z.array(siteIdSchema).check(z.maxLength(12)),
  hidden: z.boolean(),
  /** How far readers here see the log: everything up to this entry is applied (one-writer modes). */
  appliedLsn: z.int().check(z.gte(0)),
  /** A replica's stream: from whom, and whether anything has come of it lately; null where there is none. */
  upstream: z.nullable(z.object({ site: siteIdSchema, ok: z.boolean() })),
  /** What this site itself observes of others, where sites detect failures (`swim`, `monitors`). */
  peers: z.array(peerBeliefSchema).check(z.maxLength(12)),
});

/** Site to coordinator on `pagehide`: the lease ends now, which alone allows promotion before the timeout. */
const release = z.object({
  type: z.literal("release"),
  incarnation: z.int().check(z.gte(1)),
  epoch: z.int().check(z.gte(0)),
  position: positionSchema,
});

export const siteToCoordinatorSchema = z.discriminatedUnion("type", [heartbeat, release]);
export type SiteToCoordinator = z.infer<typeof siteToCoordinatorSchema>;
export type Heartbeat = Extract<SiteToCoordinator, { type: "heartbeat" }>;

/**
 * Answer to each heartbeat. `granted` is true only for the primary of the present epoch: its lease
 * then runs `leaseMs` from its own `sentMono`. `syncSet` is what the coordinator has recorded.
 */
const beatReply = z.object({
  type: z.literal("beat-reply"),
  beat: z.int().check(z.gte(1)),
  sentMono: z.number(),
  granted: z.boolean(),
  leaseMs: z.number().check(z.gte(0)),
  syncSet: z.array(siteIdSchema).check(z.maxLength(12)),
});
const view = z.object({ type: z.literal("view"), view: viewSchema });
/**
 * The operator asks a site to take its place again under view `viewNumber`: to give up what the surviving
 * history does not have and to stream from its upstream, whatever the `rejoin` axis made it wait for.
 */
const rejoin = z.object({ type: z.literal("rejoin"), viewNumber: z.int().check(z.gte(0)) });

export const coordinatorToSiteSchema = z.discriminatedUnion("type", [beatReply, view, rejoin]);
export type CoordinatorToSite = z.infer<typeof coordinatorToSiteSchema>;
