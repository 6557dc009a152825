import { createFaultPipe } from "../../lib/net/fault-pipe";
import type { ErrorCode } from "../../lib/protocol/error-code";
import type { FaultState } from "../../lib/protocol/faults";
import type { OpId, SessionId, SiteId } from "../../lib/protocol/ids";
import type { EdgeRequest } from "../../lib/protocol/lab/wire";
import { argOf, type Outcome, outcomeSchema } from "../../lib/protocol/operation";
import type { View } from "../../lib/protocol/view";
import { linkCondition } from "../../lib/scenario/fault-reducer";
import type { ServerClock } from "../clock";
import type { PlaneSocket } from "./connections";
import type { OutageWatch } from "./outage";
import type { PodTrace } from "./pod-trace";

/** One operation of one of the world's clients. */
export type ClientRequest = EdgeRequest & { readonly opId: OpId; readonly session: SessionId };

/** The world's clients: outside every site, they reach the pod through the edge's links. */
export type Edge = {
  /** Routes one operation and resolves to what the client learns, at the latest after the timeout. */
  readonly run: (request: ClientRequest) => Promise<Outcome>;
  readonly setFaults: (faults: FaultState) => void;
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
};

/** A client gives up after this, and knows nothing (contract, section 4). */
export const clientTimeoutMs = 5000;

type Pending = { readonly site: SiteId; readonly settle: (outcome: Outcome) => void };

/** Creates the edge of one pod. */
export function createEdge(options: EdgeOptions): Edge {
  const { sites, clock, trace } = options;
  const pending = new Map<string, Pending>();
  let view: View | null = null;
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

  /** One writer: its primary. Many: each session keeps to a site that is connected. */
  function target(session: string): SiteId | null {
    if (view?.cluster.route === "primary" && view.cluster.mode !== "active-active") return view.primary;
    const open = sites.filter((site) => options.socketAt(site) !== null);
    const choice = open.length > 0 ? open : sites;
    return choice[numberOf(session) % choice.length] ?? null;
  }

  function settled(request: ClientRequest): Promise<Outcome> {
    const site = target(request.session);
    if (site === null) {
      return Promise.resolve(failed("fail", "NO_PRIMARY", "No site is primary at the moment."));
    }
    return new Promise((resolve) => {
      const cancel = clock.after(clientTimeoutMs, () =>
        settle(failed("unknown", "TIMEOUT", `No answer from ${site} within ${clientTimeoutMs / 1000} s.`)),
      );
      function settle(outcome: Outcome): void {
        cancel();
        pending.delete(request.opId);
        resolve(outcome);
      }
      pending.set(request.opId, { site, settle });
      paths.get(site)?.there.offer("stream", 0, request);
    });
  }

  async function run(request: ClientRequest): Promise<Outcome> {
    const { op, opId, session } = request;
    const fields = { id: opId, session, f: op.f, key: op.key, arg: argOf(op) };
    trace.record("edge", { kind: "invoke", ...fields });
    if (op.f !== "get") options.outage.began(opId, trace.nowMs());
    const outcome = await settled(request);
    if (op.f !== "get") options.outage.ended(opId, wasServed(outcome), trace.nowMs());
    if (outcome.status === "ok") {
      const { status: kind, ...result } = outcome;
      trace.record("edge", { kind, ...fields, ...result });
    } else {
      const { status: kind, ...result } = outcome;
      trace.record("edge", { kind, ...fields, ...result });
    }
    return outcome;
  }

  return {
    run,
    setFaults(faults) {
      for (const [site, { there, back }] of paths) {
        there.set(linkCondition(faults, "edge", site));
        back.set(linkCondition(faults, site, "edge"));
      }
      const { cut, pulled } = linkCondition(faults, "coordinator", "edge");
      learnsViews = !cut && !pulled;
      if (learnsViews) view = newestView;
    },
    setView(next) {
      newestView = next;
      if (learnsViews) view = next;
    },
    disconnected(site) {
      for (const { site: at, settle } of [...pending.values()]) {
        if (at === site) settle(failed("unknown", "CONNECTION_LOST", `The connection to ${site} was lost.`));
      }
    },
    close() {
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

/** Refusals that are the operation's own fault: the cluster did answer. */
const answers: readonly ErrorCode[] = [
  "CAS_MISMATCH",
  "WRONG_TYPE",
  "KEY_TOO_LONG",
  "VALUE_TOO_LARGE",
  "TOO_MANY_KEYS",
  "BAD_OPERATION",
  "UNSUPPORTED",
];

function wasServed(outcome: Outcome): boolean {
  return outcome.status === "ok" || answers.includes(outcome.error);
}

function failed(status: "fail" | "unknown", error: ErrorCode, why: string): Outcome {
  return { status, error, why, value: null, servedBy: null, epoch: 0 };
}

/** Spreads sessions over sites, the same session always to the same one: by the number in its name. */
function numberOf(session: string): number {
  const digits = /(\d+)$/.exec(session)?.[1];
  return digits === undefined ? 0 : Number(digits) - 1;
}
