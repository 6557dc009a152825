import { seatIdSchema } from "../protocol/ids";

/** The seat that this page's address names: `#seat=…`. It is an id, never a secret. */
export function readSeatFragment(): string | null {
  const named = new URLSearchParams(window.location.hash.slice(1)).get("seat");
  const seatId = seatIdSchema.safeParse(named);
  return seatId.success ? seatId.data : null;
}

/** Puts the seat into the address without a new entry in the history, so that a refresh resumes it. */
export function writeSeatFragment(seatId: string): void {
  const { pathname, search } = window.location;
  window.history.replaceState(window.history.state, "", `${pathname}${search}#seat=${seatId}`);
}
