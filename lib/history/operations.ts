import type { ReportOp } from "../protocol/report";
import type { TraceEvent } from "../protocol/trace";
import { type Completion, type EventOf, isCompletion } from "./outcomes";

/**
 * Every operation as its client saw it, in the order of the calls. The same operation may be traced
 * at two nodes, the edge and the site that served it: the node that invoked it first is the client's.
 */
export function operationsOf(events: readonly TraceEvent[]): readonly ReportOp[] {
  const invoked = new Map<string, EventOf<"invoke">>();
  const completed = new Map<string, Completion>();
  for (const event of events) {
    if (event.kind === "invoke") {
      if (!invoked.has(event.id)) invoked.set(event.id, event);
    } else if (isCompletion(event) && !completed.has(event.id)) {
      if ((invoked.get(event.id)?.site ?? event.site) === event.site) completed.set(event.id, event);
    }
  }
  return [...invoked.values()].map((call) => operation(call, completed.get(call.id)));
}

function operation(call: EventOf<"invoke">, end: Completion | undefined): ReportOp {
  const isOk = end?.kind === "ok";
  return {
    id: call.id,
    session: call.session,
    site: call.site === "edge" ? "route" : call.site,
    f: call.f,
    key: call.key,
    arg: call.arg as ReportOp["arg"],
    value: (end?.value ?? null) as ReportOp["value"],
    version: isOk ? end.version : null,
    status: end?.kind ?? "unknown",
    callMs: call.atMs,
    retMs: end?.atMs ?? null,
    error: isOk || end === undefined ? null : end.error,
    servedBy: end?.servedBy ?? null,
    epoch: end?.epoch ?? 0,
  };
}
