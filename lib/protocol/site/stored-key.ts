import { z } from "zod";
import { limits } from "../limits";
import { dataTypeSchema } from "./replicated-op";

/** One key of a full copy of a log's data; a null type is a deleted key, kept for its version. */
export const storedKeySchema = z.object({
  key: z.string().max(limits.keyChars),
  type: dataTypeSchema.nullable(),
  value: z.unknown(),
  version: z.string(),
});
export type StoredKey = z.infer<typeof storedKeySchema>;
