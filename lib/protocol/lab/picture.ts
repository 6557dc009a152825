import * as z from "zod/mini";
import { faultStateSchema } from "../faults";
import { labCodeSchema, podIdSchema, siteIdSchema } from "../ids";
import { positionSchema } from "../position";
import { roleSchema, statusSchema, viewSchema } from "../view";

/** One directed half of a link as its sender reports it, with what it sent in the last second. */
export const linkPictureSchema = z.object({
  from: siteIdSchema,
  to: siteIdSchema,
  status: z.enum(["up", "connecting", "cut", "pulled"]),
  via: z.enum(["direct", "turn", "relay", "memory"]),
  rttMs: z.nullable(z.number()),
  relayReason: z.nullable(z.string().check(z.maxLength(200))),
  /** Messages handed to the link in the last second, by kind: `data`, `ack`, `repair`, `page`. */
  rate: z.record(z.string().check(z.maxLength(16)), z.number().check(z.gte(0))),
});
export type LinkPicture = z.infer<typeof linkPictureSchema>;

/** One site as console and screen draw it. `status: "empty"` is a city nobody holds yet. */
const sitePictureSchema = z.object({
  id: siteIdSchema,
  city: z.string(),
  lat: z.number(),
  lon: z.number(),
  role: roleSchema,
  status: statusSchema,
  epoch: z.int(),
  position: positionSchema,
  /** Paths in use, worst first in words: "relay" as soon as one link is relayed. */
  via: z.nullable(z.enum(["direct", "turn", "relay", "memory"])),
  incarnation: z.int(),
  hidden: z.boolean(),
  lagOps: z.nullable(z.int()),
  /** Why a write at this site would not be acknowledged now; null when it would. */
  cannotWrite: z.nullable(z.string()),
});
export type SitePicture = z.infer<typeof sitePictureSchema>;

/** The outage that the world's clients see, all times on the server's clock (ms since the pod began). */
const outageSchema = z.object({
  lastOkMs: z.number(),
  /** Null while the outage goes on. */
  firstOkMs: z.nullable(z.number()),
  failed: z.int().check(z.gte(0)),
});
export type Outage = z.infer<typeof outageSchema>;

/** A live count of what the trace proves so far. */
const podFiguresSchema = z.object({
  writesOk: z.int(),
  writesFailed: z.int(),
  writesUnknown: z.int(),
  readsOk: z.int(),
  readsFailed: z.int(),
  lostWrites: z.int(),
  silentConflicts: z.int(),
  failovers: z.int(),
  availabilityPct: z.nullable(z.number()),
});
export type PodFigures = z.infer<typeof podFiguresSchema>;

/** Writes to one key that had not seen each other, and what became of them, in one sentence. */
const conflictPictureSchema = z.object({
  atMs: z.number(),
  text: z.string(),
  /** True where one of them is gone without anybody having decided it. */
  lost: z.boolean(),
});
export type ConflictPicture = z.infer<typeof conflictPictureSchema>;

const podPictureSchema = z.object({
  id: podIdSchema,
  preset: z.nullable(z.string()),
  view: viewSchema,
  sites: z.array(sitePictureSchema),
  links: z.array(linkPictureSchema),
  faults: faultStateSchema,
  /** Why nobody is primary, or what a failover waits for; null when all is well. */
  waitingFor: z.nullable(z.string()),
  /** Sentences the console shows about the faults in force ("updates still travel mumbai → pune → delhi"). */
  hints: z.array(z.string()),
  /** Rate of the world's clients; 0 is off. */
  trafficPerSec: z.number(),
  /** The outage under way or the last one; null before the first. */
  outage: z.nullable(outageSchema),
  figures: podFiguresSchema,
  /** The last conflicts between writers, newest first, at most five. */
  conflicts: z.array(conflictPictureSchema),
  /** Server time of this picture, ms since the pod began. */
  nowMs: z.number(),
});
export type PodPicture = z.infer<typeof podPictureSchema>;

/** What every page of a lab is drawn from. Holds nothing secret. */
export const labPictureSchema = z.object({
  code: labCodeSchema,
  title: z.string(),
  phase: z.string(),
  locked: z.boolean(),
  frozen: z.boolean(),
  expiresAt: z.string(),
  pods: z.array(podPictureSchema),
});
export type LabPicture = z.infer<typeof labPictureSchema>;
