import { createCheckTimer } from "../../lib/coordinator/check-timer";
import { createRouter } from "../../lib/coordinator/router";
import type { SelfReport } from "../../lib/coordinator/routes/surroundings";
import { isServed } from "../../lib/history/outcomes";
import type { FaultState } from "../../lib/protocol/faults";
import type { OpId, SessionId, SiteId } from "../../lib/protocol/ids";
import type { EdgeRequest } from "../../lib/protocol/lab/wire";
import { argOf, type Outcome, unserved } from "../../lib/protocol/operation";
import { createSessionTokens, type SessionTokens } from "../../lib/protocol/session-token";
import type { TraceBody } from "../../lib/protocol/trace";
import type { View } from "../../lib/protocol/view";
import { isSevered } from "../../lib/scenario/fault-reducer";
import { delayMs } from "../catalogue";
import type { ServerClock } from "../clock";
import type { PlaneSocket } from "./connections";
import { createEdgeRequests } from "./edge-requests";
import type { OutageWatch } from "./outage";
import type { PodTrace } from "./pod-trace";

/** One operation of one of the world's clients. */
export type ClientRequest = Pick<EdgeRequest, "op"> & { readonly opId: OpId; readonly session: SessionId };

/** The world's clients: outside every site, they reach the pod through the edge's links. */
export type Edge = {
  /** Routes one operation and resolves to what the client learns, at the latest after the timeout. */
  readonly run: (request: ClientRequest) => Promise<Outcome>;
  /** What the sessions that the server drives have seen, here and inside sites. */
  readonly sessions: SessionTokens;
  readonly setFaults: (faults: FaultState) => void;
  /** A site has become primary and says so on its network. */
  readonly announce: (site: SiteId) => void;
  /** The edge learns of a view when its own link to the coordinator lets it. */
  readonly setView: (view: View) => void;
  /** The site's edge socket is gone: what was under way there is unknown. */
  readonly disconnected: (site: SiteId) => void;
  readonly close: () => void;
};

export type EdgeOptions = {
  readonly sites: readonly SiteId[];
  readonly clock: ServerClock;
  readonly trace: PodTrace;
  readonly outage: OutageWatch;
  readonly socketAt: (site: SiteId) => PlaneSocket<"edge"> | null;
  /** What the site says of itself, while it says anything. */
  readonly ask: (site: SiteId) => SelfReport | null;
};

/** Creates the edge of one pod. */
export function createEdge(options: EdgeOptions): Edge {
  const { sites, clock, trace, outage, socketAt } = options;
  const requests = createEdgeRequests({ sites, clock, socketAt });
  const sessions = createSessionTokens(() => clock.now());
  const router = createRouter({
    isConnected: (site) => socketAt(site) !== null,
    ask: (site) => (isOpen(condition, site) && socketAt(site) !== null ? options.ask(site) : null),
    delayMs,
  });
  const checks = createCheckTimer(router, clock.after);
  /** The sites that have had a request since the view last changed. */
  let reached = new Set<SiteId>();
  let condition: FaultState | null = null;
  let newestView: View | null = null;

  function learn(): void {
    if (newestView === null || (condition !== null && isSevered(condition, "coordinator", "edge"))) return;
    reached = new Set();
    checks.setView(newestView);
  }

  /** The first request that a site is sent under a view: from then on traffic has moved there. */
  function noteRouted(site: SiteId, request: ClientRequest): void {
    if (reached.has(site)) return;
    reached.add(site);
    const size = JSON.stringify(request).length;
    trace.record("edge", { kind: "recv", from: "edge", to: site, msg: `client ${request.opId}`, size });
  }

  async function serve(request: ClientRequest): Promise<Outcome> {
    const { op, session } = request;
    const choice = router.route(session, clock.now());
    if (choice.site === null) return unserved("fail", choice.error, choice.why);
    noteRouted(choice.site, request);
    const outcome = await requests.ask(choice.site, { ...request, token: sessions.of(session, op.key) });
    router.ended(session, outcome.status === "ok" ? null : outcome.error);
    return router.admit(outcome, op.f === "get");
  }

  return {
    async run(request) {
      const { op, opId, session } = request;
      const fields = { id: opId, session, f: op.f, key: op.key, arg: argOf(op) };
      trace.record("edge", { kind: "invoke", ...fields });
      if (op.f !== "get") outage.began(opId, trace.nowMs());
      const outcome = await serve(request);
      sessions.learn(session, op, outcome);
      if (op.f !== "get") outage.ended(opId, wasServed(outcome), trace.nowMs());
      trace.record("edge", completionOf(fields, outcome));
      return outcome;
    },
    sessions,
    announce(site) {
      if (isOpen(condition, site)) router.announce(site);
    },
    setFaults(faults) {
      condition = faults;
      requests.setFaults(faults);
      learn();
    },
    setView(next) {
      newestView = next;
      learn();
    },
    disconnected(site) {
      router.lost(site);
      requests.lost(site);
    },
    close() {
      checks.stop();
      requests.close();
    },
  };
}

/** Nothing that was injected is in the way of a check. */
function isOpen(faults: FaultState | null, site: SiteId): boolean {
  return faults === null || !(isSevered(faults, "edge", site) || isSevered(faults, site, "edge"));
}

function wasServed(outcome: Outcome): boolean {
  return isServed(outcome.status, outcome.status === "ok" ? null : outcome.error);
}

type Fields = Omit<Extract<TraceBody, { kind: "invoke" }>, "kind">;

/** What the trace keeps of an outcome: not what only its client needs. */
function completionOf(fields: Fields, outcome: Outcome): TraceBody {
  if (outcome.status === "ok") {
    const { status: kind, position: _, context: __, mark: ___, ...result } = outcome;
    return { kind, ...fields, ...result };
  }
  const { status: kind, position: _, redirectTo: __, ...result } = outcome;
  return { kind, ...fields, ...result };
}
