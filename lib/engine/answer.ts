import type { Json } from "../kernel/json";
import type { Refusal } from "../merge/refusal";
import type { OpId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import { argOf, type Outcome } from "../protocol/operation";
import type { Position } from "../protocol/position";
import type { TraceBody } from "../protocol/trace";
import { type Asker, isAskedAgain, type Request, requestKey } from "./request";
import { cancelTimer, record, type Site, send } from "./site";

/** Answers `ok`; `version` is the id of the write made or seen, `position` where in a log that stands. */
export function succeed(
  site: Site,
  request: Request,
  value: Json,
  version: string | null,
  position?: Position,
): void {
  const served = { servedBy: site.identity.site, epoch: site.leadership.epoch };
  const rests = position === undefined ? {} : { position };
  finish(site, request, { status: "ok", value, version, ...served, ...rests });
}

/** Answers `fail`: it certainly did not happen. */
export function fail(site: Site, request: Request, refusal: Refusal): void {
  finish(site, request, unsuccessful(site, "fail", refusal));
}

/** Answers `unknown`: it may have happened, and may yet become visible. */
export function leaveUnknown(site: Site, request: Request, refusal: Refusal): void {
  finish(site, request, unsuccessful(site, "unknown", refusal));
}

/** Answers `unknown` if it may have happened, else `fail`. */
export function giveUp(site: Site, request: Request, refusal: Refusal): void {
  (request.mayHaveHappened ? leaveUnknown : fail)(site, request, refusal);
}

/** True until the request has its answer. */
export function isOpen(site: Site, request: Request): boolean {
  return site.requests.get(requestKey(request.opId, request.asker)) === request;
}

/**
 * Gives the answer to whoever asked, once; a request that is no longer open is left alone. Where an
 * earlier primary was asked too, a refusal says nothing about what that one did.
 */
export function finish(site: Site, request: Request, answer: Outcome): void {
  if (!isOpen(site, request)) return;
  const isDoubtful = answer.status === "fail" && isAskedAgain(request);
  const outcome: Outcome = isDoubtful ? { ...answer, status: "unknown" } : answer;
  const key = requestKey(request.opId, request.asker);
  site.requests.delete(key);
  if (request.asker.kind === "client") {
    record(site, completion(request, outcome));
    site.outputs.push({ type: "reply", opId: request.opId, outcome });
    cancelTimer(site, `deadline:${request.opId}`);
    return;
  }
  if (request.op.f !== "get") remember(site, key, outcome);
  replyToSite(site, request.asker, request.opId, outcome);
}

/** Sends an outcome back to the site that forwarded the operation. */
export function replyToSite(
  site: Site,
  asker: Extract<Asker, { kind: "site" }>,
  opId: OpId,
  outcome: Outcome,
): void {
  send(site, asker.site, { type: "forward-reply", request: asker.request, opId, outcome }, "stream");
}

type Asked = Pick<Request, "opId" | "session" | "op">;

/** The trace event that opens an operation. */
export function invocation({ opId: id, session, op }: Asked): TraceBody {
  return { kind: "invoke", id, session, f: op.f, key: op.key, arg: argOf(op) };
}

/** The trace event that ends it. */
export function completion({ opId: id, session, op }: Asked, outcome: Outcome): TraceBody {
  const { f, key } = op;
  const arg = argOf(op);
  if (outcome.status === "ok") {
    const { value, version, servedBy, epoch } = outcome;
    return { kind: "ok", id, session, f, key, arg, value, version, servedBy, epoch };
  }
  const { status: kind, error, why, value, servedBy, epoch } = outcome;
  return { kind, id, session, f, key, arg, error, why, value, servedBy, epoch };
}

function unsuccessful(site: Site, status: "fail" | "unknown", { error, why, value }: Refusal): Outcome {
  const servedBy = site.identity.site;
  return { status, error, why, value: value ?? null, servedBy, epoch: site.leadership.epoch };
}

function remember(site: Site, key: string, outcome: Outcome): void {
  site.answered.set(key, outcome);
  for (const oldest of site.answered.keys()) {
    if (site.answered.size <= 2 * limits.pendingOps) return;
    site.answered.delete(oldest);
  }
}
