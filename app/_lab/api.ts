import * as z from "zod/mini";
import { err, ok, type Result } from "@/lib/kernel/result";
import { type ApiError, apiErrorCodes } from "@/lib/protocol/lab/wire";

const createdSchema = z.object({
  code: z.string(),
  key: z.string(),
  replayToken: z.string(),
  consoleUrl: z.string(),
  joinUrls: z.array(z.string()),
});
/** A lab as the server made it. `key` operates it; whoever holds it is the teacher. */
export type CreatedLab = z.infer<typeof createdSchema>;

const refusalSchema = z.object({ error: z.object({ code: z.enum(apiErrorCodes), message: z.string() }) });
const away: ApiError = { code: "UNAVAILABLE", message: "The lab server cannot be reached." };

/** Makes a new lab. */
export function createLab(wish: {
  readonly title: string;
  readonly preset: string;
  readonly sites: number;
}): Promise<Result<CreatedLab, ApiError>> {
  const { title, ...rest } = wish;
  const body = JSON.stringify(title === "" ? rest : wish);
  return call(
    "/api/labs",
    { method: "POST", headers: { "content-type": "application/json" }, body },
    createdSchema,
  );
}

const publicSchema = z.object({ code: z.string(), joinUrls: z.optional(z.array(z.string())) });

/** Looks a code up, so that a wrong one is told before a page is opened for it. */
export function findLab(code: string): Promise<Result<z.infer<typeof publicSchema>, ApiError>> {
  return call(`/api/labs/${encodeURIComponent(code)}`, {}, publicSchema);
}

/** Erases a lab with everything it holds. There is no way back. */
export function eraseLab(code: string, key: string): Promise<Result<unknown, ApiError>> {
  const headers = { authorization: `Bearer ${key}` };
  return call(`/api/labs/${encodeURIComponent(code)}`, { method: "DELETE", headers }, z.unknown());
}

async function call<T>(
  path: string,
  init: RequestInit,
  schema: z.ZodMiniType<T>,
): Promise<Result<T, ApiError>> {
  try {
    const answer = await fetch(path, init);
    const body: unknown = await answer.json().catch(() => null);
    const refusal = refusalSchema.safeParse(body);
    if (refusal.success) return err(refusal.data.error);
    const parsed = schema.safeParse(body);
    return answer.ok && parsed.success ? ok(parsed.data) : err(away);
  } catch {
    return err(away);
  }
}
