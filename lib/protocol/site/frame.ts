import * as z from "zod/mini";
import { limits } from "../limits";
import { hlcSchema, vectorSchema } from "../vector";
import { siteMessageSchema } from "./message";

/**
 * Observer-only: what the sender's trace had seen when it sent this. It orders the two sites' events
 * for people (happened-before); no engine ever reads it.
 */
const causalStampSchema = z.object({
  vc: vectorSchema.check(z.refine((vc) => Object.keys(vc).length <= limits.sitesPerPod, "one entry a site")),
  hlc: hlcSchema,
});
export type CausalStamp = z.infer<typeof causalStampSchema>;

/** What travels on a link's `engine` port: one message and the stamp of its sender's trace. */
export const siteFrameSchema = z.object({ m: siteMessageSchema, t: causalStampSchema });
