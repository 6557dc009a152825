import * as z from "zod/mini";
import { limits } from "../limits";
import { dataTypeSchema } from "./replicated-op";

/** One key of a full copy of a log's data; a null type is a deleted key, kept for its version. */
export const storedKeySchema = z.object({
  key: z.string().check(z.maxLength(limits.keyChars)),
  type: z.nullable(dataTypeSchema),
  value: z.unknown(),
  version: z.string(),
});
export type StoredKey = z.infer<typeof storedKeySchema>;
