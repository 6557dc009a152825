import type { FaultState } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import type { SeatConnection } from "./connections";

/** A command answers at the latest after this, naming the tabs that have not confirmed. */
export const confirmWithinMs = 2000;

/**
 * Sends the faults to every tab and resolves when all have them in force, or the time is up, to the
 * sites that did not confirm. Socket.IO keeps order, so a confirmation also proves that everything
 * sent to that tab before has arrived.
 */
export async function pushFaults(
  seats: readonly SeatConnection[],
  faults: FaultState,
): Promise<readonly SiteId[]> {
  const confirmed = await Promise.all(seats.map((seat) => confirms(seat, faults)));
  return seats.filter((_, index) => !confirmed[index]).map((seat) => seat.site);
}

async function confirms(seat: SeatConnection, faults: FaultState): Promise<boolean> {
  const { control } = seat.sockets;
  if (control === undefined) return false;
  try {
    const version: unknown = await control.timeout(confirmWithinMs).emitWithAck("faults", faults);
    return typeof version === "number" && version >= faults.version;
  } catch {
    return false;
  }
}
