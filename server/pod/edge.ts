import { createCheckTimer } from "../../lib/coordinator/check-timer";
import { createRouter } from "../../lib/coordinator/router";
import type { SelfReport } from "../../lib/coordinator/routes/surroundings";
import { isServed } from "../../lib/history/outcomes";
import { createFaultPipe } from "../../lib/net/fault-pipe";
import type { ErrorCode } from "../../lib/protocol/error-code";
import type { FaultState } from "../../lib/protocol/faults";
import type { OpId, SessionId, SiteId } from "../../lib/protocol/ids";
import type { EdgeRequest } from "../../lib/protocol/lab/wire";
import { argOf, type Outcome, outcomeSchema } from "../../lib/protocol/operation";
import { createSessionTokens, type SessionTokens } from "../../lib/protocol/session-token";
import type { View } from "../../lib/protocol/view";
import { linkCondition } from "../../lib/scenario/fault-reducer";
import { delayMs } from "../catalogue";
import type { ServerClock } from "../clock";
import type { PlaneSocket } from "./connections";
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

/** A client gives up after this, and knows nothing (contract, section 4). */
export const clientTimeoutMs = 5000;

type Pending = { readonly site: SiteId; readonly settle: (outcome: Outcome) => void };

/** Creates the edge of one pod. */
export function createEdge(options: EdgeOptions): Edge {
  const { sites, clock, trace } = options;
  const pending = new Map<string, Pending>();
  const sessions = createSessionTokens(() => clock.now());
  const router = createRouter({
    isConnected: (site) => options.socketAt(site) !== null,
    ask: (site) => (isOpen(site) && options.socketAt(site) !== null ? options.ask(site) : null),
    delayMs,
  });
  const checks = createCheckTimer(router, clock.after);
  /** The sites that have had a request since the view last changed. */
  let reached = new Set<SiteId>();
  let condition: FaultState | null = null;
  let newestView: View | null = null;
  let learnsViews = true;
  const paths = new Map(sites.map((site) => [site, createPaths(site)]));

  function createPaths(site: SiteId) {
    const common = { seed: 2, timing: clock };
    const back = createFaultPipe<{ opId: string; outcome: Outcome }>({
      ...common,
      name: `${site}>edge`,
      deliver: ({ opId, outcome }) => pending.get(opId)?.settle(outcome),
    });
    const there = createFaultPipe<EdgeRequest>({
      ...common,
      name: `edge>${site}`,
      deliver: (request) =>
        ask(site, request, (outcome) => back.offer("stream", 0, { opId: request.opId, outcome })),
    });
    return { there, back };
  }

  function ask(site: SiteId, request: EdgeRequest, answer: (outcome: Outcome) => void): void {
    const socket = options.socketAt(site);
    if (socket === null) {
      answer(failed("fail", "SITE_DOWN", `${site} is down: nothing listens there.`));
      return;
    }
    socket.emit("request", request, (raw) => {
      const outcome = outcomeSchema.safeParse(raw);
      if (outcome.success) answer(outcome.data);
    });
  }

  /** Nothing that was injected is in the way of a check. */
  function isOpen(site: SiteId): boolean {
    if (condition === null) return true;
    const ways = [linkCondition(condition, "edge", site), linkCondition(condition, site, "edge")];
    return ways.every(({ cut, pulled }) => !cut && !pulled);
  }

  function learn(view: View): void {
    reached = new Set();
    checks.setView(view);
  }

  /** The first request that a site is sent under a view: from then on traffic has moved there. */
  function noteRouted(site: SiteId, request: ClientRequest): void {
    if (reached.has(site)) return;
    reached.add(site);
    const size = JSON.stringify(request).length;
    trace.record("edge", { kind: "recv", from: "edge", to: site, msg: `client ${request.opId}`, size });
  }

  function settled(request: ClientRequest): Promise<Outcome> {
    const choice = router.route(request.session, clock.now());
    if (choice.site === null) return Promise.resolve(failed("fail", choice.error, choice.why));
    const { site } = choice;
    noteRouted(site, request);
    return new Promise((resolve) => {
      const cancel = clock.after(clientTimeoutMs, () =>
        settle(failed("unknown", "TIMEOUT", `No answer from ${site} within ${clientTimeoutMs / 1000} s.`)),
      );
      function settle(outcome: Outcome): void {
        const next = outcome.status === "ok" ? undefined : outcome.redirectTo;
        if (next !== undefined && !wasRedirected && paths.has(next)) {
          wasRedirected = true;
          ask(next);
          return;
        }
        cancel();
        pending.delete(request.opId);
        router.ended(request.session, outcome.status === "ok" ? null : outcome.error);
        resolve(router.admit(outcome, request.op.f === "get"));
      }
      let wasRedirected = false;
      const asked = { ...request, token: sessions.of(request.session, request.op.key) };
      function ask(whom: SiteId): void {
        pending.set(request.opId, { site: whom, settle });
        paths.get(whom)?.there.offer("stream", 0, asked);
      }
      ask(site);
    });
  }

  async function run(request: ClientRequest): Promise<Outcome> {
    const { op, opId, session } = request;
    const fields = { id: opId, session, f: op.f, key: op.key, arg: argOf(op) };
    trace.record("edge", { kind: "invoke", ...fields });
    if (op.f !== "get") options.outage.began(opId, trace.nowMs());
    const outcome = await settled(request);
    sessions.learn(session, op, outcome);
    if (op.f !== "get") options.outage.ended(opId, wasServed(outcome), trace.nowMs());
    if (outcome.status === "ok") {
      const { status: kind, position: _, context: __, mark: ___, ...result } = outcome;
      trace.record("edge", { kind, ...fields, ...result });
    } else {
      const { status: kind, position: _, redirectTo: __, ...result } = outcome;
      trace.record("edge", { kind, ...fields, ...result });
    }
    return outcome;
  }

  return {
    run,
    sessions,
    announce(site) {
      if (isOpen(site)) router.announce(site);
    },
    setFaults(faults) {
      condition = faults;
      for (const [site, { there, back }] of paths) {
        there.set(linkCondition(faults, "edge", site));
        back.set(linkCondition(faults, site, "edge"));
      }
      const { cut, pulled } = linkCondition(faults, "coordinator", "edge");
      learnsViews = !cut && !pulled;
      if (learnsViews && newestView !== null) learn(newestView);
    },
    setView(next) {
      newestView = next;
      if (learnsViews) learn(next);
    },
    disconnected(site) {
      router.lost(site);
      for (const { site: at, settle } of [...pending.values()]) {
        if (at === site) settle(failed("unknown", "CONNECTION_LOST", `The connection to ${site} was lost.`));
      }
    },
    close() {
      checks.stop();
      for (const { there, back } of paths.values()) {
        there.clear();
        back.clear();
      }
      for (const { settle } of [...pending.values()]) {
        settle(failed("unknown", "CONNECTION_LOST", "The lab has ended."));
      }
    },
  };
}

function wasServed(outcome: Outcome): boolean {
  return isServed(outcome.status, outcome.status === "ok" ? null : outcome.error);
}

function failed(status: "fail" | "unknown", error: ErrorCode, why: string): Outcome {
  return { status, error, why, value: null, servedBy: null, epoch: 0 };
}
