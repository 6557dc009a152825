import type { SiteId } from "../../protocol/ids";
import type { SiteMessageOf } from "../../protocol/site/message";
import { finish, isOpen, leaveUnknown } from "../answer";
import type { Request } from "../request";
import { send } from "../site";
import type { Forwarded, OneWriter } from "./state";

/** How long a forwarded operation stays unanswered before it is sent again, in ms; then twice that. */
const firstWaitMs = 500;

/** Passes an operation on to the primary. A repeat keeps its number, so it is carried out once. */
export function forward(writer: OneWriter, request: Request, to: SiteId): void {
  request.mayHaveHappened = true;
  ask(writer, request, to, writer.site.now.mono);
}

/** Gives the primary's answer to whoever asked here. */
export function onForwardReply(
  { site, forwarded }: OneWriter,
  from: SiteId,
  { request: number, opId, outcome }: SiteMessageOf<"forward-reply">,
): void {
  const one = forwarded.get(number);
  if (one === undefined || one.to !== from || one.request.opId !== opId) return;
  forwarded.delete(number);
  finish(site, one.request, outcome);
}

/** Repeats what is unanswered, longer and longer apart. The client's deadline ends that, or another site's patience. */
export function resendForwarded(writer: OneWriter): void {
  const { site, forwarded } = writer;
  const { mono } = site.now;
  const patienceMs = 2 * (site.view?.cluster.detector.timeoutMs ?? 0);
  for (const [number, one] of forwarded) {
    if (one.request.asker.kind === "site" && mono - one.firstMono > patienceMs) {
      leaveUnknown(site, one.request, { error: "TIMEOUT", why: "The primary did not answer in time." });
    }
    if (!isOpen(site, one.request)) forwarded.delete(number);
    else if (one.epoch === site.leadership.epoch && mono - one.lastMono >= one.waitMs) {
      one.waitMs *= 2;
      transmit(writer, number, one);
    }
  }
}

/**
 * Another site is primary now: asks it for what its predecessor left unanswered, by a new number. If
 * the predecessor's entry survived, the log answers; else it can only have been erased. What another
 * site forwarded here is left to that site, which asks again by itself.
 */
export function forwardAgain(writer: OneWriter, to: SiteId): void {
  for (const { request, firstMono } of takeUnanswered(writer)) ask(writer, request, to, firstMono);
}

/** The new primary's reign has begun: what came before that it did not hear. */
export function hastenForwarded(writer: OneWriter): void {
  for (const [number, one] of writer.forwarded) {
    if (one.epoch === writer.site.leadership.epoch) transmit(writer, number, one);
  }
}

/** What this site's own clients still wait for from the primary of an earlier reign. */
export function takeUnanswered({ site, forwarded }: OneWriter): readonly Forwarded[] {
  const { epoch } = site.leadership;
  const taken = [...forwarded].filter(
    ([, one]) => one.epoch < epoch && one.request.asker.kind === "client" && isOpen(site, one.request),
  );
  for (const [number] of taken) forwarded.delete(number);
  return taken.map(([, one]) => one);
}

/** Notes that the primary of this epoch is asked. */
export function noteAsked({ site }: OneWriter, request: Request): void {
  const { epoch } = site.leadership;
  request.asked = { first: request.asked?.first ?? epoch, last: epoch };
}

function ask(writer: OneWriter, request: Request, to: SiteId, firstMono: number): void {
  const { epoch } = writer.site.leadership;
  noteAsked(writer, request);
  writer.lastRequest += 1;
  const one: Forwarded = { request, to, epoch, firstMono, lastMono: 0, waitMs: firstWaitMs };
  writer.forwarded.set(writer.lastRequest, one);
  transmit(writer, writer.lastRequest, one);
}

function transmit({ site }: OneWriter, number: number, one: Forwarded): void {
  const { request, to, epoch } = one;
  const { opId, session, op, asker, asked, token } = request;
  one.lastMono = site.now.mono;
  const hops = asker.kind === "client" ? 1 : asker.hops + 1;
  const since = asked?.first ?? epoch;
  const fields = { epoch, since, request: number, opId, session, op, hops, token: token.position };
  send(site, to, { type: "forward", ...fields }, "stream");
}
