import { jsonBytes } from "../kernel/json-bytes";
import { isWholeText } from "../kernel/whole-text";
import type { Refusal } from "../merge/refusal";
import type { SiteId } from "../protocol/ids";
import { limits } from "../protocol/limits";
import type { Operation } from "../protocol/operation";
import { newSession } from "../protocol/session-token";
import type { SiteMessageOf } from "../protocol/site/message";
import { cityOf } from "../protocol/words";
import { fail, giveUp, invocation, replyToSite } from "./answer";
import { isNamedPrimary, leads } from "./heartbeat";
import { type Request, requestKey } from "./request";
import type { Shell } from "./shell";
import { record, type Site, setTimer } from "./site";
import type { EngineInput } from "./types";

type ClientInput = Extract<EngineInput, { type: "client" }>;

/** Opens a client's operation. A repeat of one that is still open is answered with it. */
export function openClient(shell: Shell, input: ClientInput): void {
  const { site } = shell;
  const { opId, session, op, deadlineMs, token = newSession } = input;
  if (site.requests.has(opId)) return;
  const asker = { kind: "client" } as const;
  const request: Request = { opId, session, op, asker, token, mayHaveHappened: false, asked: null };
  record(site, invocation(request));
  setTimer(site, `deadline:${opId}`, deadlineMs);
  admit(shell, request);
}

/** Opens an operation that another site forwarded; a repeat of a request gets the first one's answer. */
export function openForwarded(shell: Shell, from: SiteId, message: SiteMessageOf<"forward">): void {
  const { site } = shell;
  const { opId, session, op, request: number, hops, epoch, since, basis } = message;
  const asker = { kind: "site", site: from, request: number, hops } as const;
  const key = requestKey(opId, asker);
  const answered = site.answered.get(key);
  if (answered !== undefined) {
    // What an earlier reign answered may not have survived it: then the first answer was the last.
    if (answered.epoch === site.leadership.epoch) replyToSite(site, asker, opId, answered);
    return;
  }
  if (site.requests.has(key) || !isFirstSeenHere(site, epoch)) return;
  const token = { position: message.token, sinceWriteMs: null };
  const asked = { first: since, last: epoch };
  admit(shell, {
    opId,
    session,
    op,
    asker,
    token,
    mayHaveHappened: false,
    asked,
    ...(basis !== undefined && { basis }),
  });
}

/**
 * Only whoever would remember a request may answer it: of the reign that this life leads, or of a time
 * when it was here, with this generation of the data, and did not lead. Any other is left to be repeated,
 * or to its deadline.
 */
function isFirstSeenHere(site: Site, epoch: number): boolean {
  const { view, leadership } = site;
  if (view === null || epoch > leadership.epoch || epoch < site.generationSince) return false;
  if (isNamedPrimary(site) && epoch === leadership.epoch) return leads(site);
  return epoch > site.epochAtStart;
}

/** The client's patience is over. */
export function onDeadline({ site }: Shell, opId: string): void {
  const request = site.requests.get(opId);
  if (request === undefined) return;
  giveUp(site, request, { error: "TIMEOUT", why: "No answer came in time." });
}

function admit(shell: Shell, request: Request): void {
  const { site } = shell;
  const full = site.requests.size >= limits.pendingOps;
  site.requests.set(requestKey(request.opId, request.asker), request);
  const refusal = full ? tooBusy : (refusalOf(request.op) ?? notServing(shell, request.op));
  if (refusal === null) shell.mode.onRequest(request);
  else fail(site, request, refusal);
}

const tooBusy: Refusal = {
  error: "TOO_BUSY",
  why: `More than ${limits.pendingOps} operations are already waiting here.`,
};

/** Why this site serves nobody at the moment; null when it does. */
function notServing({ site, rebuild }: Shell, op: Operation): Refusal | null {
  if (site.view === null) {
    return { error: "NO_PRIMARY", why: "This site has not yet heard from the coordinator." };
  }
  if (rebuild !== null) {
    return { error: "REBUILDING", why: `This site is copying its data from ${cityOf(rebuild.source)}.` };
  }
  if (site.view.phase === "draining" && op.f !== "get") {
    return { error: "DRAINING", why: "The cluster is being reconfigured: writes are paused for a moment." };
  }
  return null;
}

/** The bounds of one operation, checked here too because a scenario or another site may have made it. */
function refusalOf(op: Operation): Refusal | null {
  if (op.key.length > limits.keyChars) {
    return { error: "KEY_TOO_LONG", why: `Keys are at most ${limits.keyChars} characters.` };
  }
  if (!isWholeText(op)) {
    return { error: "BAD_OPERATION", why: "Half of a character (a lone surrogate) is no text." };
  }
  if (valuesOf(op).some((value) => jsonBytes(value) > limits.valueBytes))
    return { error: "VALUE_TOO_LARGE", why: "Values are at most 16 KB." };
  return null;
}

function valuesOf(op: Operation): readonly unknown[] {
  if (op.f === "cas") return [op.from, op.to];
  if (op.f === "insert") return [op.text];
  return "value" in op ? [op.value] : [];
}
