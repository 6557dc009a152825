import * as z from "zod/mini";
import { opIdSchema, sessionIdSchema, siteIdSchema } from "../ids";
import { limits } from "../limits";
import { operationSchema, outcomeSchema } from "../operation";
import { positionSchema, reignSchema } from "../position";
import { hlcSchema, vectorSchema } from "../vector";
import { consensusCopySchema, consensusMessages } from "./consensus";
import { decidingMessages } from "./deciding";
import { logEntrySchema } from "./log-entry";
import { mergeCopySchema } from "./merge-copy";
import { quorumCopySchema, quorumMessages } from "./quorum";
import { replicatedOpSchema } from "./replicated-op";
import { storedKeySchema } from "./stored-key";

const epoch = z.int().check(z.gte(0));
const generation = z.int().check(z.gte(0));

/** Replica to primary: "stream to me from here". `history` lets the primary find where the two logs part. */
const follow = z.object({
  type: z.literal("follow"),
  epoch,
  generation,
  position: positionSchema,
  history: z.array(reignSchema).check(z.maxLength(1000)),
});

/**
 * Upstream to replica: entries that come right after `prev`; empty as a keep-alive. `end` is the end of
 * the sender's own log, `primaryEnd` what a standby in between knows of the primary's.
 */
const append = z.object({
  type: z.literal("append"),
  epoch,
  generation,
  prev: positionSchema,
  /** Who wrote `prev`; null before the first entry. */
  prevBy: z.nullable(siteIdSchema),
  entries: z.array(logEntrySchema).check(z.maxLength(limits.entriesPerMessage)),
  end: positionSchema,
  primaryEnd: z.optional(positionSchema),
});

/**
 * Replica to upstream: what it has received, what of it is on its disk, and the last entry its readers
 * see. Each level of the axis `ack` waits for one of the three.
 */
const ack = z.object({
  type: z.literal("ack"),
  epoch,
  generation,
  received: positionSchema,
  receivedBy: z.nullable(siteIdSchema),
  flushed: positionSchema,
  flushedBy: z.nullable(siteIdSchema),
  appliedLsn: z.int().check(z.gte(0)),
});

/** Primary to replica: your log leaves mine after `fork`; rewind to it. */
const diverged = z.object({
  type: z.literal("diverged"),
  epoch,
  generation,
  fork: positionSchema,
  history: z.array(reignSchema).check(z.maxLength(1000)),
});

/** Any site to a sender of an older epoch: fence yourself. */
const stale = z.object({ type: z.literal("stale"), epoch });

/**
 * A client's operation passed on to the primary of `epoch`; the reply comes back as `forward-reply`.
 * `request` is the forwarder's own number for it: repeats of one request are carried out once.
 * `since` is the epoch in which any primary was first asked: a later one may find it in its log.
 */
const forward = z.object({
  type: z.literal("forward"),
  epoch,
  since: epoch,
  request: z.int().check(z.gte(0)),
  opId: opIdSchema,
  session: sessionIdSchema,
  op: operationSchema,
  /** `certify`: the version that the write was made upon; absent elsewhere. */
  basis: z.optional(z.nullable(z.string())),
  hops: z.int().check(z.gte(1), z.lte(2)),
  /** The farthest position that the client's session has written or read. */
  token: z._default(z.nullable(positionSchema), null),
});
const forwardReply = z.object({
  type: z.literal("forward-reply"),
  request: z.int().check(z.gte(0)),
  opId: opIdSchema,
  outcome: outcomeSchema,
});

/** Active-active: writes, in the order of their origin, possibly of several origins. */
const ops = z.object({
  type: z.literal("ops"),
  generation,
  ops: z.array(replicatedOpSchema).check(z.maxLength(limits.entriesPerMessage)),
});

/** Active-active anti-entropy: "this is what I have"; the other side answers with what is missing. */
const digest = z.object({
  type: z.literal("digest"),
  generation,
  seen: vectorSchema,
  hlc: hlcSchema,
  stream: z.optional(z.string().check(z.maxLength(48))),
  /** The sender's wall clock: the other side says so where that is too far ahead. */
  wallMs: z.optional(hlcSchema.shape.l),
  /** No write of the sender to come is stamped lower. */
  stampsFrom: z.optional(hlcSchema.shape.l),
  /** The sender remembers deletions of up to this stamp, and waits for everybody's clock to pass it. */
  waits: z.optional(hlcSchema.shape.l),
  /** Where deletions are forgotten in time: what the sender holds, under every rule. */
  data: z.optional(z.string().check(z.maxLength(64))),
  /** The sender has lost its disk, and does not know yet what the others have forgotten. */
  isNew: z.optional(z.boolean()),
});

/** Active-active: "your clock is that far ahead of mine", and farther than the cluster allows. */
const clockAhead = z.object({ type: z.literal("clock-ahead"), generation, byMs: z.int() });

/** Active-active: "pass rights to `amount` of this bounded counter on to my stream". */
const rights = z.object({
  type: z.literal("rights"),
  generation,
  key: z.string().check(z.maxLength(limits.keyChars)),
  amount: z.int().check(z.gte(1)),
  stream: z.string().check(z.maxLength(48)),
});

/** Asks for a full copy: the log no longer reaches back far enough, or the generation is newer. */
const copyRequest = z.object({ type: z.literal("copy-request"), generation });

/** A full copy. Travels on the `stream` lane, fragmented. */
export const copySchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("log"),
    position: positionSchema,
    history: z.array(reignSchema).check(z.maxLength(1000)),
    keys: z.array(storedKeySchema).check(z.maxLength(limits.keysPerSite * 2)),
    shadow: vectorSchema,
  }),
  mergeCopySchema,
  consensusCopySchema,
  quorumCopySchema,
]);
export type Copy = z.infer<typeof copySchema>;
const copy = z.object({ type: z.literal("copy"), epoch, generation, copy: copySchema });

/** Everything one site's engine may say to another's. */
export const siteMessageSchema = z.discriminatedUnion("type", [
  follow,
  append,
  ack,
  diverged,
  stale,
  forward,
  forwardReply,
  ops,
  digest,
  rights,
  clockAhead,
  copyRequest,
  copy,
  ...consensusMessages,
  ...decidingMessages,
  ...quorumMessages,
]);
export type SiteMessage = z.infer<typeof siteMessageSchema>;
export type SiteMessageOf<Type extends SiteMessage["type"]> = Extract<SiteMessage, { type: Type }>;
