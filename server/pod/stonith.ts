import { z } from "zod";
import type { Timing } from "../../lib/net/timing";
import type { Cluster } from "../../lib/protocol/cluster";
import type { FaultState } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import type { TraceBody } from "../../lib/protocol/trace";
import { linkCondition } from "../../lib/scenario/fault-reducer";
import type { Connections } from "./connections";
import { confirmWithinMs } from "./fault-push";

/** What stopping a site from outside needs to know and to use. */
export type StonithOptions = {
  readonly connections: Connections;
  readonly timing: Timing;
  readonly faults: () => FaultState;
  readonly cluster: () => Cluster;
  readonly record: (body: TraceBody) => void;
};

const confirmation = z.object({ ok: z.literal(true) });

/**
 * Stops a site from outside: its tab is told to crash, and its confirmation is the proof. A tab that has
 * no socket left proves nothing by that; but where every action needs a lease, it cannot act any more once
 * it has been gone for longer than any lease lasts. Behind an injected cut nothing can be known.
 */
export function createStonith({ connections, timing, faults, cluster, record }: StonithOptions) {
  const goneSince = new Map<string, number>();

  async function crash(site: SiteId): Promise<boolean> {
    record({ kind: "fault", verb: "crash", fields: { site, disk: "kept" }, cause: "reaction" });
    const control = connections.at(site)?.sockets.control;
    const answer: unknown = await control
      ?.timeout(confirmWithinMs)
      .emitWithAck("operate", { do: "crash", disk: "kept" })
      .catch(() => null);
    return confirmation.safeParse(answer).success;
  }

  function isLeaseSurelyOver(life: string): boolean {
    const { fencing, detector } = cluster();
    const since = goneSince.get(life) ?? timing.now();
    goneSince.set(life, since);
    return fencing.includes("lease-request") && timing.now() - since >= detector.timeoutMs;
  }

  /** Resolves to true once that incarnation of the site certainly acts no more. */
  return async (site: SiteId, incarnation: number): Promise<boolean> => {
    const state = faults();
    const ways = [linkCondition(state, "coordinator", site), linkCondition(state, site, "coordinator")];
    if (ways.some(({ cut, pulled }) => cut || pulled)) return false;
    const seat = connections.at(site);
    const life = `${site}#${incarnation}`;
    // A newer incarnation exists because the older one's sockets were closed by this server.
    if (seat !== null && seat.incarnation > incarnation) return true;
    if (seat === null) return isLeaseSurelyOver(life);
    goneSince.delete(life);
    return await crash(site);
  };
}
