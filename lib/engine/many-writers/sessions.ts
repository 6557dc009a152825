import { covers, mergeVectors } from "../../clock/vector";
import { unreachable } from "../../kernel/assert";
import type { SiteId } from "../../protocol/ids";
import type { SessionMark } from "../../protocol/session-mark";
import type { Vector } from "../../protocol/vector";
import { cityOf } from "../../protocol/words";
import { fail, finish, isOpen } from "../answer";
import type { Request } from "../request";
import type { Site } from "../site";
import type { Held } from "./held";

/**
 * Session guarantees by token (Terry et al. 1994): a session brings along what it has written and read,
 * and a site serves it once it has as much of that as the axis `session` asks for.
 */
export type Sessions = {
  /** Runs `run` as soon as this site may serve the request, at once where it may now. */
  readonly admit: (request: Request, run: () => void) => void;
  /** Other sites' writes have come in. */
  readonly retry: () => void;
  /** Refuses what has waited too long. */
  readonly tick: () => void;
  /** What every site must have before a write of this request: null where nothing orders it. */
  readonly depsOf: (request: Request) => Vector | null;
  /** What an answer adds to the session's token: nothing where no guarantee asks for one. */
  readonly mark: (seen: () => Vector) => { readonly mark?: SessionMark };
};

type Waiting = {
  readonly request: Request;
  readonly run: () => void;
  readonly need: Vector;
  readonly sinceMono: number;
};

/** Nobody waits. A wait is at most one heartbeat. */
export function createSessions(site: Site, held: Held): Sessions {
  let waiting: readonly Waiting[] = [];
  const axis = () => site.view?.cluster.session ?? [];
  const isAsked = () => axis().some((each) => each !== "sticky");

  /** What the session has done before that this operation must not fall behind. */
  function needOf({ op, token: { past } }: Request): Vector {
    if (past === undefined || past.generation !== site.generation) return {};
    const isRead = op.f === "get";
    return axis().reduce<Vector>((need, guarantee) => {
      switch (guarantee) {
        case "sticky":
          return need;
        case "read-your-writes":
          return isRead ? mergeVectors(need, past.wrote) : need;
        case "monotonic-reads":
          return isRead ? mergeVectors(need, past.read) : need;
        case "monotonic-writes":
          return isRead ? need : mergeVectors(need, past.wrote);
        case "writes-follow-reads":
          return isRead ? need : mergeVectors(need, past.read);
        default:
          return unreachable(guarantee);
      }
    }, {});
  }

  /** A stream of which this site lacks writes. */
  function lackingIn(need: Vector): string | null {
    const seen = held.store.seen();
    return Object.keys(need).find((stream) => (seen[stream] ?? 0) < (need[stream] ?? 0)) ?? null;
  }

  /** The site that writes, or wrote, a stream. */
  function authorOf(stream: string): SiteId {
    return stream.replace(/#\d+$/, "") as SiteId;
  }

  /** True where its author has lost the disk and every other member has said that it lacks these writes too. */
  function isGone(need: Vector, stream: string): boolean {
    const author = authorOf(stream);
    const now = author === site.identity.site ? held.store.stream : held.told.get(author)?.stream;
    if (now === undefined || now === stream) return false;
    const others = (site.view?.members ?? []).filter((member) => member !== site.identity.site);
    return others.every((member) => {
      const told = held.told.get(member);
      return told !== undefined && (told.seen[stream] ?? 0) < (need[stream] ?? 0);
    });
  }

  function refuse({ request, need }: Waiting, stream: string): void {
    const author = authorOf(stream);
    if (isGone(need, stream)) {
      const why = `This session rests on a write of ${cityOf(author)}, which lost its disk before anybody had it: the session starts again.`;
      fail(site, request, { error: "SESSION_LOST", why });
      return;
    }
    const { site: here } = site.identity;
    const why = `${cityOf(here)} still lacks a write of ${cityOf(author)} that this session has made or read.`;
    const answer = {
      error: "STALE",
      why,
      value: null,
      servedBy: here,
      epoch: site.leadership.epoch,
    } as const;
    finish(site, request, { status: "fail", ...answer, ...(author !== here && { redirectTo: author }) });
  }

  return {
    admit(request, run) {
      const need = needOf(request);
      if (covers(held.store.seen(), need)) run();
      else waiting = [...waiting, { request, run, need, sinceMono: site.now.mono }];
    },
    retry() {
      if (waiting.length === 0) return;
      const seen = held.store.seen();
      const ready = waiting.filter(({ need }) => covers(seen, need));
      waiting = waiting.filter((each) => !ready.includes(each));
      for (const { request, run } of ready) if (isOpen(site, request)) run();
    },
    tick() {
      if (waiting.length === 0) return;
      const patienceMs = site.view?.cluster.detector.heartbeatMs ?? 0;
      const late = waiting.filter(({ sinceMono }) => site.now.mono - sinceMono >= patienceMs);
      waiting = waiting.filter((each) => !late.includes(each) && isOpen(site, each.request));
      for (const each of late) {
        const stream = lackingIn(each.need);
        if (stream === null) each.run();
        else refuse(each, stream);
      }
    },
    depsOf(request) {
      if (site.view?.cluster.causal === true) return held.store.seen();
      const need = needOf(request);
      return Object.keys(need).length === 0 ? null : need;
    },
    mark: (seen) => (isAsked() ? { mark: { generation: site.generation, seen: seen() } } : {}),
  };
}
