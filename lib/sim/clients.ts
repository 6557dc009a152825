import type { Choice } from "../coordinator/routes/surroundings";
import { completion, invocation } from "../engine/answer";
import { assert } from "../kernel/assert";
import type { Json } from "../kernel/json";
import type { ErrorCode } from "../protocol/error-code";
import { type NodeId, type OpId, opIdOf, type SessionId, type SiteId } from "../protocol/ids";
import { type Operation, type Outcome, unserved } from "../protocol/operation";
import { createSessionTokens, type SessionToken } from "../protocol/session-token";
import { settler } from "../protocol/verb";
import type { Edge } from "./edge";
import type { Schedule } from "./schedule";
import type { Trace } from "./trace";

/** A client's request as it travels to a site. */
export type ClientRequest = {
  readonly opId: OpId;
  readonly session: SessionId;
  readonly op: Operation;
  readonly token: SessionToken;
};

/** All sessions: they number operations, wait for answers and give up. They write down what a client sees. */
export type Clients = {
  /** `make` gets the operation's number in its session. */
  readonly invoke: (session: SessionId, at: SiteId | "route", make: (n: number) => Operation) => void;
  /** Settles a key by hand at a site, whatever it holds there. */
  readonly settle: (site: SiteId, key: string, value: Json) => void;
  /** An answer reached the client at `node`; one that comes too late, or twice, changes nothing. */
  readonly answer: (node: NodeId, opId: OpId, outcome: Outcome) => void;
  /** The client notices that its connection to `site` is gone: what it asked may have happened. */
  readonly connectionLost: (node: NodeId, site: SiteId) => void;
  readonly open: () => number;
  /** The run is over: whatever is still open stays unknown. */
  readonly giveUp: () => void;
};

type Asked = Omit<ClientRequest, "token"> & { readonly context?: "held" };

/** An operation that its client still waits for. */
type Open = {
  readonly request: Asked;
  readonly node: NodeId;
  readonly at: SiteId | "route";
  /** Who has been sent it; null between two attempts. */
  site: SiteId | null;
  attempt: number;
  isRedirected: boolean;
  /** An attempt ended without an answer: from then on a refusal proves nothing. */
  isInDoubt: boolean;
  cancelTimer: () => void;
};

/** With `retry`: how often an operation is tried, and the pause between two attempts. */
const attempts = 3;
const retryAfterMs = 500;

/** Creates the clients of one run. `route` says which site a request goes to, `carry` takes it there. */
export function createClients(options: {
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly timeoutMs: number;
  /** A client that got no answer asks again, with the same operation id. */
  readonly retry: boolean;
  readonly route: (at: SiteId | "route", session: SessionId) => Choice;
  /** What the clients of the world learn passes through it. */
  readonly edge: Pick<Edge, "settle" | "lost">;
  readonly carry: (node: NodeId, site: SiteId, request: ClientRequest) => void;
}): Clients {
  const { schedule, trace, edge } = options;
  const counts = new Map<SessionId, number>();
  const open = new Map<OpId, Open>();
  const tokens = createSessionTokens(schedule.nowMs);

  function invoke(
    session: SessionId,
    at: SiteId | "route",
    make: (n: number) => Operation,
    context?: "held",
  ): void {
    const n = (counts.get(session) ?? 0) + 1;
    counts.set(session, n);
    const request: Asked = { opId: opIdOf(session, n), session, op: make(n), ...(context && { context }) };
    const node = at === "route" ? "edge" : at;
    trace.record(node, invocation(request));
    const state = { site: null, attempt: 1, isRedirected: false, isInDoubt: false };
    const entry: Open = { request, node, at, ...state, cancelTimer: () => {} };
    open.set(request.opId, entry);
    attempt(entry);
  }

  function attempt(entry: Open): void {
    const choice = options.route(entry.at, entry.request.session);
    if (choice.site === null) {
      end(entry, unserved("fail", choice.error, choice.why));
      return;
    }
    entry.isRedirected = false;
    entry.cancelTimer = schedule.after(options.timeoutMs, () => lose(entry, "TIMEOUT"));
    send(entry, choice.site);
  }

  function send(entry: Open, site: SiteId): void {
    entry.site = site;
    const { node, request } = entry;
    const { opId, session, op, context } = request;
    const token = { ...tokens.of(session, op.key), ...(context && { context }) };
    options.carry(node, site, { opId, session, op, token });
  }

  /** What an attempt came to. Only where an earlier one may have been carried out is there a next one. */
  function end(entry: Open, outcome: Outcome): void {
    entry.cancelTimer();
    entry.site = null;
    entry.isInDoubt ||= outcome.status === "unknown";
    if (options.retry && entry.isInDoubt && outcome.status !== "ok" && entry.attempt < attempts) {
      entry.attempt += 1;
      entry.cancelTimer = schedule.after(retryAfterMs, () => attempt(entry));
      return;
    }
    finish(entry, entry.isInDoubt && outcome.status === "fail" ? { ...outcome, status: "unknown" } : outcome);
  }

  function finish({ request, node }: Open, outcome: Outcome): void {
    open.delete(request.opId);
    tokens.learn(request.session, request.op, outcome);
    trace.record(node, completion(request, outcome));
  }

  function told({ node, request }: Open, outcome: Outcome): Outcome {
    return node === "edge" ? edge.settle(request, outcome) : outcome;
  }

  function lose(entry: Open, error: ErrorCode): void {
    end(entry, told(entry, unserved("unknown", error)));
  }

  return {
    invoke,
    settle: (site, key, value) => invoke(settler, site, () => ({ f: "put", key, value }), "held"),
    answer(node, opId, outcome) {
      const entry = open.get(opId);
      if (entry === undefined) return;
      assert(entry.node === node, "an answer goes to the client that asked");
      const next = outcome.status === "ok" ? undefined : outcome.redirectTo;
      if (next !== undefined && node === "edge" && entry.site !== null && !entry.isRedirected) {
        entry.isRedirected = true;
        send(entry, next);
      } else end(entry, told(entry, outcome));
    },
    connectionLost(node, site) {
      if (node === "edge") edge.lost(site);
      const lost = [...open.values()].filter((entry) => entry.node === node && entry.site === site);
      for (const entry of lost) lose(entry, "CONNECTION_LOST");
    },
    open: () => open.size,
    giveUp() {
      for (const entry of [...open.values()]) {
        entry.cancelTimer();
        finish(entry, told(entry, unserved("unknown", "TIMEOUT")));
      }
    },
  };
}
