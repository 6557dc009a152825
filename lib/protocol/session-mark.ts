import * as z from "zod/mini";
import { vectorSchema } from "./vector";

const stamp = z.number().check(z.gte(-(2 ** 52)), z.lte(2 ** 52));

/**
 * Many writers: what an answer rests on, for the session that got it. Active-active: the writes that the
 * site had (a read) or the one just made. Quorum: the stamp of the version made or seen. Marks of another
 * generation mean nothing any more.
 */
export const sessionMarkSchema = z.object({
  generation: z.int().check(z.gte(0)),
  seen: z.optional(vectorSchema),
  stamp: z.optional(stamp),
});
export type SessionMark = z.infer<typeof sessionMarkSchema>;

/** A version of a key by its stamp; of two with one stamp only those who hold both know the newer. */
const stampedVersion = z.object({ stamp, version: z.string() });
export type StampedVersion = z.infer<typeof stampedVersion>;

/**
 * What a session has written and read, as it brings it along (Terry et al. 1994: the write vector and the
 * read vector of Bayou). With quorums only the key of the operation counts.
 */
export const sessionPastSchema = z.object({
  generation: z.int().check(z.gte(0)),
  wrote: vectorSchema,
  read: vectorSchema,
  stamps: z.object({ wrote: z.nullable(stampedVersion), read: z.nullable(stampedVersion) }),
});
export type SessionPast = z.infer<typeof sessionPastSchema>;
