import * as z from "zod/mini";
import { siteIdSchema } from "../ids";
import { limits } from "../limits";
import { positionSchema } from "../position";

/** What sites say to one another where they decide, or detect, without the coordinator. */

const epoch = z.int().check(z.gte(0));
const sentence = z.string().check(z.maxLength(300));

/** Monitor to site: are you there? (Redis Sentinel: PING and INFO in one.) */
const ping = z.object({ type: z.literal("ping") });

/** What a site says of itself: whom it believes, whether it leads, and how far its disk reaches. */
const pong = z.object({
  type: z.literal("pong"),
  epoch,
  primary: z.nullable(siteIdSchema),
  leads: z.boolean(),
  /** False while it copies its data: it could not be promoted. */
  ready: z.boolean(),
  position: positionSchema,
});

/** Monitor to monitor: do you reach this primary? A candidate also asks for the vote of `epoch`. */
const downQuery = z.object({
  type: z.literal("down-query"),
  about: siteIdSchema,
  epoch,
  candidate: z.boolean(),
});

/** `down` is null while the monitor distrusts itself. `vote` is the last it gave, durable before it is told. */
const downAnswer = z.object({
  type: z.literal("down-answer"),
  about: siteIdSchema,
  down: z.nullable(z.boolean()),
  vote: z.nullable(z.object({ epoch, leader: siteIdSchema })),
});

/** The elected monitor to the replica it has chosen. */
const promote = z.object({ type: z.literal("promote"), epoch, reason: sentence });

/** Monitor to everybody, every heartbeat: who is primary since which epoch. `converts` also demotes a primary. */
const configuration = z.object({
  type: z.literal("configuration"),
  epoch,
  primary: siteIdSchema,
  reason: sentence,
  converts: z.boolean(),
});

/** VRRP: the primary of `epoch` is here. Priority 0 is not a primary's: it tells a newer epoch than yours. */
const advert = z.object({ type: z.literal("advert"), epoch, priority: z.int().check(z.gte(0), z.lte(255)) });

/** One row of a member table: the highest incarnation wins, in it the worse news; `by` lists who suspects. */
const memberRowSchema = z.object({
  site: siteIdSchema,
  incarnation: z.int().check(z.gte(0)),
  state: z.enum(["alive", "suspect", "dead"]),
  by: z.array(siteIdSchema).check(z.maxLength(limits.sitesPerPod)),
});
export type MemberRow = z.infer<typeof memberRowSchema>;
const table = z.array(memberRowSchema).check(z.maxLength(limits.sitesPerPod));

/** SWIM: are you there? With a `target` other than the receiver: please ask it for me. */
const probe = z.object({
  type: z.literal("probe"),
  probe: z.int().check(z.gte(1)),
  target: siteIdSchema,
  table,
});

/** SWIM: `target` answered; or (`reached` false) the helper has not heard from it, but is well itself. */
const probeAnswer = z.object({
  type: z.literal("probe-answer"),
  probe: z.int().check(z.gte(1)),
  target: siteIdSchema,
  reached: z.boolean(),
  table,
});

export const decidingMessages = [
  ping,
  pong,
  downQuery,
  downAnswer,
  promote,
  configuration,
  advert,
  probe,
  probeAnswer,
] as const;
