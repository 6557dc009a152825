import type { Json } from "../kernel/json";
import type { ErrorCode } from "../protocol/error-code";
import type { TraceBody, TraceEvent } from "../protocol/trace";

/** Refusals that are the operation's own doing: the cluster did answer, so it was available. */
const answers: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  "CAS_MISMATCH",
  "WRONG_TYPE",
  "KEY_TOO_LONG",
  "VALUE_TOO_LARGE",
  "TOO_MANY_KEYS",
  "BAD_OPERATION",
  "UNSUPPORTED",
]);

/** True when the client was served: with a result, or with a refusal that only it is to blame for. */
export function isServed(status: "ok" | "fail" | "unknown", error: ErrorCode | null): boolean {
  return status === "ok" || (status === "fail" && error !== null && answers.has(error));
}

/** One kind of trace event, with its stamp. */
export type EventOf<Kind extends TraceBody["kind"]> = TraceEvent & Extract<TraceBody, { kind: Kind }>;
export type Completion = EventOf<"ok"> | EventOf<"fail" | "unknown">;
/** A write entering a site's data: there (`append`) or from elsewhere (`apply`). */
export type Arrival = EventOf<"append" | "apply">;

/** True for the end of an operation, as the client's own node saw it. */
export function isCompletion(event: TraceEvent): event is Completion {
  return event.kind === "ok" || event.kind === "fail" || event.kind === "unknown";
}

/** True when a write enters a site's data. */
export function isArrival(event: TraceEvent): event is Arrival {
  return event.kind === "append" || event.kind === "apply";
}

/** True for operations that change nothing. */
export function isRead(f: string): boolean {
  return f === "get";
}

/** The site that a fault names, if it names one. */
export function siteOf(fields: Json): string | null {
  const site = fields !== null && typeof fields === "object" && "site" in fields ? fields.site : null;
  return typeof site === "string" ? site : null;
}

/** True for the fault that takes a site's data with it. */
export function isDiskLoss({ verb, fields }: EventOf<"fault">): boolean {
  return (
    verb === "crash" &&
    fields !== null &&
    typeof fields === "object" &&
    "disk" in fields &&
    fields.disk === "lost"
  );
}
