import * as z from "zod/mini";
import type { JournalRecord } from "../engine/types";
import { opIdSchema, siteIdSchema } from "../protocol/ids";
import { operationSchema } from "../protocol/operation";
import { positionSchema, reignSchema } from "../protocol/position";
import { consensusEntrySchema } from "../protocol/site/consensus";
import { logEntrySchema } from "../protocol/site/log-entry";
import { copySchema } from "../protocol/site/message";
import { quorumJournalSchema } from "../protocol/site/quorum";
import { replicatedOpSchema } from "../protocol/site/replicated-op";
import { viewSchema } from "../protocol/view";

const epochSchema = z.int().check(z.gte(0));
const leadershipSchema = z.object({
  epoch: epochSchema,
  primary: z.nullable(siteIdSchema),
  reason: z.string(),
});

const metaSchema = z.object({
  epochSeen: epochSchema,
  generation: z.int().check(z.gte(0)),
  history: z.array(reignSchema),
  view: z.nullable(viewSchema),
  decided: z.exactOptional(
    z.object({
      leadership: leadershipSchema,
      vote: z.nullable(z.object({ epoch: epochSchema, leader: siteIdSchema })),
      configuration: z.nullable(leadershipSchema),
    }),
  ),
});

const discardedSchema = z.object({
  opId: opIdSchema,
  op: operationSchema,
  position: positionSchema,
  acknowledged: z.boolean(),
  why: z.string(),
});

/** What a disk may give back; anything else means that the disk is damaged. */
export const journalRecordSchema: z.ZodMiniType<JournalRecord> = z.discriminatedUnion("type", [
  z.object({ type: z.literal("meta"), meta: metaSchema }),
  z.object({ type: z.literal("entry"), entry: logEntrySchema }),
  z.object({ type: z.literal("truncate"), after: positionSchema, discarded: z.array(discardedSchema) }),
  z.object({
    type: z.literal("ballot"),
    ballot: z.object({ epoch: epochSchema, votedFor: z.nullable(siteIdSchema) }),
  }),
  z.object({ type: z.literal("consensus-entry"), entry: consensusEntrySchema }),
  z.object({ type: z.literal("op"), op: replicatedOpSchema }),
  z.object({
    type: z.literal("life"),
    incarnation: z.int().check(z.gte(1)),
    isNew: z.exactOptional(z.boolean()),
  }),
  z.object({ type: z.literal("forget"), keys: z.array(z.string()) }),
  z.object({ type: z.literal("stamps"), wallMs: z.number() }),
  z.object({ type: z.literal("quorum"), record: quorumJournalSchema }),
  z.object({ type: z.literal("copy"), copy: copySchema, generation: z.int().check(z.gte(0)) }),
]);
