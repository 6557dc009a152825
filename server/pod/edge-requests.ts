import { createFaultPipe } from "../../lib/net/fault-pipe";
import type { Timing } from "../../lib/net/timing";
import type { FaultState } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import type { EdgeRequest } from "../../lib/protocol/lab/wire";
import { type Outcome, outcomeSchema, unserved } from "../../lib/protocol/operation";
import { linkCondition } from "../../lib/scenario/fault-reducer";
import type { ServerClock } from "../clock";
import type { PlaneSocket } from "./connections";

/** The edge's links to the sites, and the requests that are under way on them. */
export type EdgeRequests = {
  /** Asks a site, and where that one names it another once more; resolves after the timeout at the latest. */
  readonly ask: (site: SiteId, request: EdgeRequest) => Promise<Outcome>;
  readonly setFaults: (faults: FaultState) => void;
  /** The connection to a site is gone: what was under way there is unknown. */
  readonly lost: (site: SiteId) => void;
  readonly close: () => void;
};

/** A client gives up after this, and knows nothing (contract, section 4). */
export const clientTimeoutMs = 5000;

type Pending = { readonly site: SiteId; readonly settle: (outcome: Outcome) => void };

export function createEdgeRequests(options: {
  readonly sites: readonly SiteId[];
  readonly clock: ServerClock;
  readonly socketAt: (site: SiteId) => PlaneSocket<"edge"> | null;
}): EdgeRequests {
  const { clock, socketAt } = options;
  const pending = new Map<string, Pending>();
  const paths = new Map(
    options.sites.map((site) => [site, createPath(site, clock, () => socketAt(site), settleOp)]),
  );

  function settleOp(opId: string, outcome: Outcome): void {
    pending.get(opId)?.settle(outcome);
  }

  function offer(site: SiteId, request: EdgeRequest, settle: Pending["settle"]): void {
    pending.set(request.opId, { site, settle });
    paths.get(site)?.there.offer("stream", 0, request);
  }

  function settleAll(isMeant: (pending: Pending) => boolean, outcome: Outcome): void {
    for (const each of [...pending.values()]) if (isMeant(each)) each.settle(outcome);
  }

  return {
    ask: (site, request) =>
      new Promise((resolve) => {
        let wasRedirected = false;
        const late = unserved(
          "unknown",
          "TIMEOUT",
          `No answer from ${site} within ${clientTimeoutMs / 1000} s.`,
        );
        const cancel = clock.after(clientTimeoutMs, () => settle(late));
        function settle(outcome: Outcome): void {
          const next = outcome.status === "ok" ? undefined : outcome.redirectTo;
          if (next !== undefined && !wasRedirected && paths.has(next)) {
            wasRedirected = true;
            offer(next, request, settle);
            return;
          }
          cancel();
          pending.delete(request.opId);
          resolve(outcome);
        }
        offer(site, request, settle);
      }),
    setFaults(faults) {
      for (const [site, { there, back }] of paths) {
        there.set(linkCondition(faults, "edge", site));
        back.set(linkCondition(faults, site, "edge"));
      }
    },
    lost(site) {
      const outcome = unserved("unknown", "CONNECTION_LOST", `The connection to ${site} was lost.`);
      settleAll((each) => each.site === site, outcome);
    },
    close() {
      for (const { there, back } of paths.values()) {
        there.clear();
        back.clear();
      }
      settleAll(() => true, unserved("unknown", "CONNECTION_LOST", "The lab has ended."));
    },
  };
}

/** There and back again: requests over the socket that the site has then, outcomes to whoever settles them. */
function createPath(
  site: SiteId,
  timing: Timing,
  socket: () => PlaneSocket<"edge"> | null,
  settle: (opId: string, outcome: Outcome) => void,
) {
  const common = { seed: 2, timing };
  const back = createFaultPipe<{ opId: string; outcome: Outcome }>({
    ...common,
    name: `${site}>edge`,
    deliver: ({ opId, outcome }) => settle(opId, outcome),
  });
  const there = createFaultPipe<EdgeRequest>({
    ...common,
    name: `edge>${site}`,
    deliver: (request) =>
      deliver(socket(), site, request, (outcome) => back.offer("stream", 0, { opId: request.opId, outcome })),
  });
  return { there, back };
}

function deliver(
  socket: PlaneSocket<"edge"> | null,
  site: SiteId,
  request: EdgeRequest,
  answer: (outcome: Outcome) => void,
): void {
  if (socket === null) {
    answer(unserved("fail", "SITE_DOWN", `${site} is down: nothing listens there.`));
    return;
  }
  socket.emit("request", request, (raw) => {
    const outcome = outcomeSchema.safeParse(raw);
    if (outcome.success) answer(outcome.data);
  });
}
