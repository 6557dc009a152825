import type { RoleChange } from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";

/** Every change of role or epoch, in order. */
export function rolesOf(events: readonly TraceEvent[]): readonly RoleChange[] {
  return events.flatMap((event) =>
    event.kind === "role"
      ? [
          {
            atMs: event.atMs,
            site: event.site,
            role: event.role,
            epoch: event.epoch,
          },
        ]
      : [],
  );
}
