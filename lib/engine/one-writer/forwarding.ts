import type { Refusal } from "../../merge/refusal";
import type { SiteId } from "../../protocol/ids";
import type { SiteMessageOf } from "../../protocol/site/message";
import { cityOf } from "../../protocol/words";
import { fail, finish, isOpen, leaveUnknown } from "../answer";
import type { Request } from "../request";
import { type Site, send } from "../site";
import type { Forwarded, Forwarder } from "./state";

/** How long a forwarded operation stays unanswered before it is sent again, in ms; then twice that. */
const firstWaitMs = 500;

/**
 * What a site that is not primary does with what only the primary may serve: passes it on, or refuses it
 * and names the primary. `instead` is the answer where the primary is known to be out of reach.
 */
export function passOn(writer: Forwarder, request: Request, instead: Refusal | null): void {
  const { site } = writer;
  const { asker, op } = request;
  const { primary, reason } = site.leadership;
  if (primary === null) {
    const why = `No site is primary at the moment. ${reason}`;
    fail(site, request, instead ?? { error: "NO_PRIMARY", why });
    return;
  }
  const writeAt = site.view?.cluster.writeAt ?? "forward";
  if ((op.f !== "get" && writeAt !== "forward") || (asker.kind === "site" && asker.hops >= 2)) {
    const why = `${cityOf(site.identity.site)} is a replica: send writes to the primary ${cityOf(primary)}.`;
    refuse(site, request, { error: "NOT_PRIMARY", why }, writeAt === "redirect" ? primary : null);
    return;
  }
  if (site.linkUp.get(primary) === false) {
    const why = `${cityOf(site.identity.site)} has no connection to the primary ${cityOf(primary)}.`;
    fail(site, request, instead ?? { error: "UNREACHABLE", why });
    return;
  }
  if (instead !== null && isSilent(writer, primary)) fail(site, request, instead);
  else forward(writer, request, primary);
}

/** Passes an operation on to the primary. A repeat keeps its number, so it is carried out once. */
export function forward(writer: Forwarder, request: Request, to: SiteId): void {
  request.mayHaveHappened = true;
  ask(writer, request, to, writer.site.now.mono);
}

/** Gives the primary's answer to whoever asked here, or leaves that to `deliver`. */
export function onForwardReply(
  { site, forwarded }: Forwarder,
  from: SiteId,
  { request: number, opId, outcome }: SiteMessageOf<"forward-reply">,
  deliver = (request: Request) => finish(site, request, outcome),
): void {
  const one = forwarded.get(number);
  if (one === undefined || one.to !== from || one.request.opId !== opId) return;
  forwarded.delete(number);
  deliver(one.request);
}

/** Repeats what is unanswered, longer and longer apart. The client's deadline ends that, or another site's patience. */
export function resendForwarded(writer: Forwarder): void {
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
export function forwardAgain(writer: Forwarder, to: SiteId): void {
  for (const { request, firstMono } of takeUnanswered(writer)) ask(writer, request, to, firstMono);
}

/** The new primary's reign has begun: what came before that it did not hear. */
export function hastenForwarded(writer: Forwarder): void {
  for (const [number, one] of writer.forwarded) {
    if (one.epoch === writer.site.leadership.epoch) transmit(writer, number, one);
  }
}

/** What this site's own clients still wait for from the primary of an earlier reign. */
export function takeUnanswered({ site, forwarded }: Forwarder): readonly Forwarded[] {
  const { epoch } = site.leadership;
  const taken = [...forwarded].filter(
    ([, one]) => one.epoch < epoch && one.request.asker.kind === "client" && isOpen(site, one.request),
  );
  for (const [number] of taken) forwarded.delete(number);
  return taken.map(([, one]) => one);
}

/** Notes that the primary of this epoch is asked. */
export function noteAsked({ site }: Forwarder, request: Request): void {
  const { epoch } = site.leadership;
  request.asked = { first: request.asked?.first ?? epoch, last: epoch };
}

function ask(writer: Forwarder, request: Request, to: SiteId, firstMono: number): void {
  const { site } = writer;
  const { epoch } = site.leadership;
  noteAsked(writer, request);
  site.lastRequest += 1;
  const one: Forwarded = { request, to, epoch, firstMono, lastMono: 0, waitMs: firstWaitMs };
  writer.forwarded.set(site.lastRequest, one);
  transmit(writer, site.lastRequest, one);
}

function transmit({ site }: Forwarder, number: number, one: Forwarded): void {
  const { request, to, epoch } = one;
  const { opId, session, op, asker, asked, token, basis } = request;
  one.lastMono = site.now.mono;
  const hops = asker.kind === "client" ? 1 : asker.hops + 1;
  const since = asked?.first ?? epoch;
  const made = basis === undefined ? {} : { basis };
  const fields = { epoch, since, request: number, opId, session, op, hops, token: token.position, ...made };
  send(site, to, { type: "forward", ...fields }, "stream");
}

/** True where this site follows the primary itself and has heard nothing of it for a whole timeout. */
function isSilent({ site, upstream }: Forwarder, primary: SiteId): boolean {
  if (upstream.site !== primary) return false;
  const quietMs = site.now.mono - (upstream.heardMono ?? upstream.sinceMono);
  return quietMs >= (site.view?.cluster.detector.timeoutMs ?? 0);
}

/** `redirectTo` tells a client of the world whom to ask instead. */
function refuse(site: Site, request: Request, { error, why }: Refusal, redirectTo: SiteId | null): void {
  const served = { servedBy: site.identity.site, epoch: site.leadership.epoch };
  const redirect = redirectTo === null ? {} : { redirectTo };
  finish(site, request, { status: "fail", error, why, value: null, ...served, ...redirect });
}
