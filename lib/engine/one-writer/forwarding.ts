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
  const { site } = writer;
  const { mono } = site.now;
  writer.lastRequest += 1;
  const forwarded: Forwarded = {
    request,
    to,
    epoch: site.leadership.epoch,
    firstMono: mono,
    lastMono: mono,
    waitMs: firstWaitMs,
  };
  writer.forwarded.set(writer.lastRequest, forwarded);
  request.mayHaveHappened = true;
  transmit(writer, writer.lastRequest, forwarded);
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

/**
 * Repeats what is unanswered, to the same primary in the same epoch only: another primary does not
 * know what the first one made of it, so then the outcome stays open until the client's deadline.
 */
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
      one.lastMono = mono;
      one.waitMs *= 2;
      transmit(writer, number, one);
    }
  }
}

function transmit({ site }: OneWriter, number: number, { request, to, epoch }: Forwarded): void {
  const { opId, session, op, asker } = request;
  const hops = asker.kind === "client" ? 1 : asker.hops + 1;
  send(site, to, { type: "forward", epoch, request: number, opId, session, op, hops }, "stream");
}
