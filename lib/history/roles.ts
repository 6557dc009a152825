import type { RoleChange } from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";

/** Every change of role or epoch, in order. */
export function rolesOf(events: readonly TraceEvent[]): readonly RoleChange[] {
  return events
    .filter((event) => event.kind === "role")
    .map(({ atMs, site, role, epoch }) => ({ atMs, site, role, epoch }));
}
