import * as z from "zod/mini";
import { opIdSchema, siteIdSchema } from "../ids";
import { limits } from "../limits";
import { operationSchema, type WriteOperation } from "../operation";
import { vectorSchema } from "../vector";
import { typedValueSchema } from "./replicated-op";

const key = z.string().check(z.maxLength(limits.keyChars));

/** One write of a key as the sites that hold it keep it: the newest by its stamp stays, the others go. */
const versionSchema = z.object({
  key,
  opId: opIdSchema,
  /** Null for a value from before the cluster was leaderless: everybody has seen it. */
  op: z.nullable(
    z.pipe(
      operationSchema.check(z.refine((op) => op.f !== "get", "only writes are kept")),
      z.transform((op) => op as WriteOperation),
    ),
  ),
  /** What the coordinating site made of the value that it had read; left out where `op` says it. Null is a tombstone. */
  value: z.optional(z.nullable(typedValueSchema)),
  /** `lww.unit: field`: the field of a record that it is about by itself; absent is the whole key. */
  field: z.optional(z.string().check(z.maxLength(limits.keyChars))),
  /** The coordinating site's wall clock in ms, finer than a ms where it wrote more than once in one. */
  stamp: z.number().check(z.gte(-(2 ** 52)), z.lte(2 ** 52)),
  /** Who coordinated it, and the name of its stream of writes (another after a lost disk). */
  site: siteIdSchema,
  stream: z.string().check(z.maxLength(48)),
  /** Observer-only: everything its coordinator had seen, this write included. */
  shadow: vectorSchema,
  /** `siblings`: how many writes of each stream its session had read of the key. It replaces those. */
  context: z.optional(vectorSchema),
});
export type Version = z.infer<typeof versionSchema>;

/** Everything one site holds. */
export const quorumCopySchema = z.object({
  kind: z.literal("quorum"),
  versions: z.array(versionSchema).check(z.maxLength(limits.keysPerSite * limits.sitesPerPod)),
  shadow: vectorSchema,
});

/** What a site's journal keeps in this mode. */
export const quorumJournalSchema = z.discriminatedUnion("kind", [
  /** The incarnation in which this disk was new: it names the site's stream of writes. */
  z.object({ kind: z.literal("life"), incarnation: z.int().check(z.gte(1)) }),
  /** A version of a key of this site, or (`guest`) one that is only kept for the sites in `owed`. */
  z.object({
    kind: z.literal("version"),
    version: versionSchema,
    guest: z.boolean(),
    owed: z.array(siteIdSchema).check(z.maxLength(limits.sitesPerPod)),
  }),
  /** A key that is held for others no longer, or a tombstone that everybody may forget. */
  z.object({ kind: z.literal("forget"), key, opId: opIdSchema }),
]);
export type QuorumJournal = z.infer<typeof quorumJournalSchema>;

/** Every coordinator may leave its share of values that nobody has read; a message of many keys has fewer. */
const siblingsAtMost = limits.siblingsMost * limits.sitesPerPod;
const generation = z.int().check(z.gte(0));
const request = z.int().check(z.gte(0));

/**
 * "Keep these." With a `request` the receiver answers once they are on its disk; `owed` names the site
 * that a stand-in keeps them for. Coordinators, hints, read repair and anti-entropy all say this.
 */
const quorumWrite = z.object({
  type: z.literal("quorum-write"),
  generation,
  request: z.nullable(request),
  owed: z.nullable(siteIdSchema),
  versions: z.array(versionSchema).check(z.minLength(1), z.maxLength(siblingsAtMost)),
});
const quorumWritten = z.object({ type: z.literal("quorum-written"), generation, request });

/** "What do you hold of this key?" No version: nothing, not even a tombstone. */
const quorumRead = z.object({ type: z.literal("quorum-read"), generation, request, key });
const quorumValue = z.object({
  type: z.literal("quorum-value"),
  generation,
  request,
  versions: z.array(versionSchema).check(z.maxLength(siblingsAtMost)),
});

/** "I am here." Where nothing else is said between two sites. */
const quorumPing = z.object({ type: z.literal("quorum-ping"), generation });

/** Digests of parts of the Merkle tree over what both sides hold; a path is at most two hex digits. */
const quorumTree = z.object({
  type: z.literal("quorum-tree"),
  generation,
  nodes: z
    .array(z.tuple([z.string().check(z.regex(/^[0-9a-f]{0,2}$/)), z.string().check(z.maxLength(32))]))
    .check(z.maxLength(256)),
});

/** Which versions the sender holds in one leaf of that tree. */
const quorumLeaf = z.object({
  type: z.literal("quorum-leaf"),
  generation,
  path: z.string().check(z.regex(/^[0-9a-f]{2}$/)),
  entries: z.array(z.tuple([key, opIdSchema])).check(z.maxLength(limits.keysPerSite)),
});
const quorumWant = z.object({
  type: z.literal("quorum-want"),
  generation,
  keys: z.array(key).check(z.maxLength(limits.keysPerSite)),
});

/** A tombstone on its way out: whoever holds anything older of the key drops it, and answers. */
const quorumBury = z.object({
  type: z.literal("quorum-bury"),
  generation,
  request,
  version: versionSchema,
});
/** Every member has it: it may be forgotten. */
const quorumForget = z.object({ type: z.literal("quorum-forget"), generation, key, opId: opIdSchema });

/** What the sites of a leaderless cluster say to each other, besides copies. */
export const quorumMessages = [
  quorumWrite,
  quorumWritten,
  quorumRead,
  quorumValue,
  quorumPing,
  quorumTree,
  quorumLeaf,
  quorumWant,
  quorumBury,
  quorumForget,
] as const;
