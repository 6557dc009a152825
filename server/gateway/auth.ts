import { err, ok, type Result } from "../../lib/kernel/result";
import { type ApiError, socketAuthSchema } from "../../lib/protocol/lab/wire";
import { apiError } from "../api-error";
import type { Lab } from "../lab/lab";
import type { Labs } from "../lab/labs";
import type { SeatState } from "../lab/state";
import { matchesHash } from "../secrets";

/** Who is at the other end of a socket, as far as it has been proved. */
export type Binding =
  | { readonly as: "seat"; readonly lab: Lab; readonly seat: SeatState }
  | { readonly as: "console" | "screen"; readonly lab: Lab };

/** Checks what a socket presents as it connects. `isGuess` errors count against its address. */
export function authenticate(
  labs: Labs,
  raw: unknown,
): Result<Binding, ApiError & { readonly isGuess: boolean }> {
  const parsed = socketAuthSchema.safeParse(raw);
  if (!parsed.success) return refuse(apiError("BAD_REQUEST"), false);
  const auth = parsed.data;
  const lab = labs.get(auth.code);
  if (lab === null) return refuse(apiError("LAB_NOT_FOUND"), true);
  if (auth.as === "screen") return ok({ as: auth.as, lab });
  if (auth.as === "console") {
    return matchesHash(auth.key, lab.state().keyHash)
      ? ok({ as: auth.as, lab })
      : refuse(apiError("FORBIDDEN"), true);
  }
  const seat = lab.state().seats.find(({ seatId }) => seatId === auth.seatId);
  if (seat === undefined) return refuse(apiError("SEAT_EXPIRED"), false);
  if (!matchesHash(auth.secret, seat.secretHash)) return refuse(apiError("SEAT_EXPIRED"), true);
  if (auth.incarnation !== seat.incarnation) return refuse(apiError("SEAT_TAKEN"), false);
  return ok({ as: "seat", lab, seat });
}

function refuse(error: ApiError, isGuess: boolean) {
  return err({ ...error, isGuess });
}
