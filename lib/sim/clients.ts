import { assert, unreachable } from "../kernel/assert";
import type { Result } from "../kernel/result";
import { type ErrorCode, errorCodes } from "../protocol/error-code";
import { type NodeId, type OpId, opIdOf, type SessionId, type SiteId } from "../protocol/ids";
import { argOf, type Operation, type Outcome } from "../protocol/operation";
import type { Schedule } from "./schedule";
import type { Trace } from "./trace";

/** A client's request as it travels to a site. */
export type ClientRequest = { readonly opId: OpId; readonly session: SessionId; readonly op: Operation };

/** All sessions: they number operations, wait for answers and give up. They write down what a client sees. */
export type Clients = {
  /** `make` gets the operation's number in its session. */
  readonly invoke: (session: SessionId, at: SiteId | "route", make: (n: number) => Operation) => void;
  /** An answer reached the client at `node`; one that comes too late, or twice, changes nothing. */
  readonly answer: (node: NodeId, opId: OpId, outcome: Outcome) => void;
  /** The client notices that its connection to `site` is gone: what it asked may have happened. */
  readonly connectionLost: (node: NodeId, site: SiteId) => void;
  readonly open: () => number;
  /** The run is over: whatever is still open stays unknown. */
  readonly giveUp: () => void;
};

type Open = {
  readonly request: ClientRequest;
  readonly node: NodeId;
  readonly site: SiteId;
  readonly cancelTimeout: () => void;
};

/** Creates the clients of one run. `route` says which site a request goes to, `carry` takes it there. */
export function createClients(options: {
  readonly schedule: Schedule;
  readonly trace: Trace;
  readonly timeoutMs: number;
  readonly route: (at: SiteId | "route", session: SessionId) => Result<SiteId, ErrorCode>;
  readonly carry: (node: NodeId, site: SiteId, request: ClientRequest) => void;
}): Clients {
  const { schedule, trace } = options;
  const counts = new Map<SessionId, number>();
  const open = new Map<OpId, Open>();

  function invoke(session: SessionId, at: SiteId | "route", make: (n: number) => Operation): void {
    const n = (counts.get(session) ?? 0) + 1;
    counts.set(session, n);
    const request = { opId: opIdOf(session, n), session, op: make(n) };
    const node = at === "route" ? "edge" : at;
    trace.record(node, { kind: "invoke", ...fieldsOf(request) });
    const site = options.route(at, session);
    if (!site.ok) {
      record(node, request, notDone("fail", site.error));
      return;
    }
    const cancelTimeout = schedule.after(options.timeoutMs, () => lose(request.opId, "TIMEOUT"));
    open.set(request.opId, { request, node, site: site.value, cancelTimeout });
    options.carry(node, site.value, request);
  }

  function settle(opId: OpId, outcome: Outcome): void {
    const entry = open.get(opId);
    if (entry === undefined) return;
    open.delete(opId);
    entry.cancelTimeout();
    record(entry.node, entry.request, outcome);
  }

  function record(node: NodeId, request: ClientRequest, outcome: Outcome): void {
    const fields = fieldsOf(request);
    switch (outcome.status) {
      case "ok": {
        const { status, ...rest } = outcome;
        trace.record(node, { kind: status, ...fields, ...rest });
        break;
      }
      case "fail":
      case "unknown": {
        const { status, ...rest } = outcome;
        trace.record(node, { kind: status, ...fields, ...rest });
        break;
      }
      default:
        unreachable(outcome);
    }
  }

  function lose(opId: OpId, error: ErrorCode): void {
    settle(opId, notDone("unknown", error));
  }

  return {
    invoke,
    answer(node, opId, outcome) {
      const entry = open.get(opId);
      if (entry === undefined) return;
      assert(entry.node === node, "an answer goes to the client that asked");
      settle(opId, outcome);
    },
    connectionLost(node, site) {
      const lost = [...open.values()].filter((entry) => entry.node === node && entry.site === site);
      for (const { request } of lost) lose(request.opId, "CONNECTION_LOST");
    },
    open: () => open.size,
    giveUp() {
      for (const opId of [...open.keys()]) lose(opId, "TIMEOUT");
    },
  };
}

function notDone(status: "fail" | "unknown", error: ErrorCode): Outcome {
  return { status, error, why: errorCodes[error], value: null, servedBy: null, epoch: 0 };
}

function fieldsOf({ opId, session, op }: ClientRequest) {
  return { id: opId, session, f: op.f, key: op.key, arg: argOf(op) };
}
