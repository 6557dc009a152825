import type { SessionId, SiteId } from "../../protocol/ids";
import { createChecks } from "./checks";
import { createDns } from "./dns";
import type { Surroundings } from "./surroundings";

/** What the edge remembers of its routing. */
export type Routing = {
  readonly around: Surroundings;
  /** What its clients have looked up. */
  dns: ReturnType<typeof createDns>;
  /** Which sites pass the checks of a proxy or a name server. */
  checks: ReturnType<typeof createChecks>;
  /** Where sessions stay that stay where they are. */
  homes: Map<SessionId, SiteId>;
  /** How often somebody was sent to the next in turn. */
  turn: number;
  /** Who announced last that the moving address is its own. */
  vip: SiteId | null;
};

export function createRouting(around: Surroundings): Routing {
  return { around, ...nothingKnown(), turn: 0, vip: null };
}

/** Other routes are in force: what was looked up, found and kept under the earlier ones is void. */
export function forgetRoutes(routing: Routing): void {
  Object.assign(routing, nothingKnown());
}

function nothingKnown(): Pick<Routing, "dns" | "checks" | "homes"> {
  return { dns: createDns(), checks: createChecks(), homes: new Map() };
}
