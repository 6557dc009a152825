import * as z from "zod/mini";
import { err, ok, type Result } from "../kernel/result";
import { type ApiError, apiErrorCodes, type ClaimReply, claimReplySchema } from "../protocol/lab/wire";
import type { SeatSecret } from "./vault";

export const apiErrorSchema = z.object({
  code: z.enum(apiErrorCodes),
  message: z.string().check(z.maxLength(1000)),
});
const errorBodySchema = z.object({ error: apiErrorSchema });

/** What a tab asks for: its old seat, or a free site, perhaps a certain one. */
export type Claim = {
  readonly code: string;
  readonly old: SeatSecret | null;
  readonly wish: { readonly site?: string; readonly pod?: string };
};

/** Claims a seat over HTTP. `UNAVAILABLE` where the server could not be asked; that is worth another try. */
export async function claimSeat({ code, old, wish }: Claim): Promise<Result<ClaimReply, ApiError>> {
  const body = { ...wish, ...(old === null ? {} : { seatId: old.seatId, secret: old.secret }) };
  try {
    const answer = await fetch(`/api/labs/${encodeURIComponent(code)}/seats`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return readAnswer(await answer.json());
  } catch {
    return err({ code: "UNAVAILABLE", message: "The lab server cannot be reached." });
  }
}

/** Errors that pass by themselves: worth another try. */
export function isPassing(error: ApiError): boolean {
  return error.code === "UNAVAILABLE" || error.code === "TOO_MANY_REQUESTS";
}

function readAnswer(body: unknown): Result<ClaimReply, ApiError> {
  const seat = claimReplySchema.safeParse(body);
  if (seat.success) return ok(seat.data);
  const refusal = errorBodySchema.safeParse(body);
  if (refusal.success) return err(refusal.data.error);
  return err({ code: "UNAVAILABLE", message: "The lab server gave an answer that this page does not know." });
}
