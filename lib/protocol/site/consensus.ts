import * as z from "zod/mini";
import { limits } from "../limits";
import { positionSchema } from "../position";
import { vectorSchema } from "../vector";
import { loggedWriteSchema } from "./log-entry";
import { storedKeySchema } from "./stored-key";

/**
 * One place in the log of a consensus cluster: two logs that agree on `(epoch, lsn)` agree on everything
 * before it. A reign begins with an empty entry (`write` null), under which older entries are committed.
 */
export const consensusEntrySchema = z.object({
  epoch: z.int().check(z.gte(0)),
  lsn: z.int().check(z.gte(1)),
  write: z.nullable(loggedWriteSchema),
});
export type ConsensusEntry = z.infer<typeof consensusEntrySchema>;

/** All that is committed up to `position`. */
export const consensusCopySchema = z.object({
  kind: z.literal("consensus"),
  position: positionSchema,
  keys: z.array(storedKeySchema).check(z.maxLength(limits.keysPerSite * 2)),
  shadow: vectorSchema,
});
export type ConsensusCopy = z.infer<typeof consensusCopySchema>;

const stamp = { epoch: z.int().check(z.gte(0)), generation: z.int().check(z.gte(0)) };

/**
 * Candidate to all: "vote for me in `epoch`; my log ends at `end`". A `trial` only asks who would (Raft's
 * PreVote): neither side raises its epoch for it.
 */
const voteRequest = z.object({
  type: z.literal("vote-request"),
  ...stamp,
  trial: z.boolean(),
  end: positionSchema,
});

/** The answer. A refusal carries the voter's own epoch, so that a candidate of an older one hears of it. */
const vote = z.object({ type: z.literal("vote"), ...stamp, trial: z.boolean(), granted: z.boolean() });

/**
 * Primary to replica (Raft's AppendEntries): entries that come right after `prev`, none as a heartbeat;
 * everything up to `committed` is on a majority of disks. `round` numbers the primary's heartbeats.
 */
const entries = z.object({
  type: z.literal("entries"),
  ...stamp,
  round: z.int().check(z.gte(0)),
  prev: positionSchema,
  entries: z.array(consensusEntrySchema).check(z.maxLength(limits.entriesPerMessage)),
  committed: z.int().check(z.gte(0)),
});

/**
 * The answer to round `round`. `agrees`: the two logs are equal up to `position`, and that is on this disk.
 * Else `position` is the latest place at which they may still be equal.
 */
const entriesReply = z.object({
  type: z.literal("entries-reply"),
  ...stamp,
  round: z.int().check(z.gte(0)),
  agrees: z.boolean(),
  position: positionSchema,
});

/** What the sites of a consensus cluster say to each other, besides forwarded operations and copies. */
export const consensusMessages = [voteRequest, vote, entries, entriesReply] as const;
