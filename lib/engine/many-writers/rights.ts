import type { Refusal } from "../../merge/refusal";
import type { SessionId, SiteId } from "../../protocol/ids";
import type { WriteOperation } from "../../protocol/operation";
import type { SiteMessageOf } from "../../protocol/site/message";
import type { Vector } from "../../protocol/vector";
import { seconds } from "../../protocol/words";
import { fail, isOpen } from "../answer";
import type { Request } from "../request";
import { peersOf, persist, type Site, send, whenDurable } from "../site";
import { type Held, traced } from "./held";
import type { Outbox } from "./outbox";

/** Bounded counters: writes that wait for rights of other sites, and passing one's own on. */
export type Rights = {
  /** Asks whoever holds rights for them, and keeps the request; false where nobody could help. */
  readonly wait: (request: Request, op: WriteOperation, refusal: Refusal) => boolean;
  /** A peer wants rights: it gets what this site has, up to what it asked for. */
  readonly onAsked: (message: SiteMessageOf<"rights">) => void;
  /** Other sites' writes have come in: waiting requests may have their rights now. */
  readonly retry: () => void;
  /** Refuses what has waited too long. */
  readonly tick: () => void;
};

type Waiting = {
  readonly request: Request;
  readonly op: WriteOperation;
  readonly refusal: Refusal;
  readonly sinceMono: number;
};

/** `again` carries a waiting write out once more. */
export function createRights(
  site: Site,
  held: Held,
  outbox: Outbox,
  again: (request: Request, op: WriteOperation) => void,
): Rights {
  let waiting: readonly Waiting[] = [];
  const session = `rights.${site.identity.site}.${site.identity.incarnation}` as SessionId;

  function ask(peer: SiteId, key: string, amount: number): void {
    const { generation } = site;
    const { stream } = held.store;
    send(site, peer, { type: "rights", generation, key, amount, stream }, "replication");
  }

  function patienceMs(): number {
    return site.view?.cluster.detector.heartbeatMs ?? 0;
  }

  return {
    wait(request, op, refusal) {
      const rights = held.store.rights(op.key);
      const short = amountOf(op) - (rights[held.store.stream] ?? 0);
      if (short > restOf(rights, held.store.stream)) return false;
      const known = waiting.find((each) => each.request === request);
      if (known !== undefined) return true;
      waiting = [...waiting, { request, op, refusal, sinceMono: site.now.mono }];
      for (const peer of peersOf(site)) {
        if ((rights[held.told.get(peer)?.stream ?? peer] ?? 0) > 0) ask(peer, op.key, short);
      }
      return true;
    },
    onAsked({ key, amount, stream }) {
      const wall = site.now.wall;
      const moved = traced(site, held, "append", { f: "increment", key, by: 0 }, () =>
        held.store.transfer({ session, wall, key, to: stream, amount }),
      );
      if (moved === null) return;
      persist(site, [{ type: "op", op: moved.op }]);
      outbox.add(moved);
      whenDurable(site, () => outbox.flush());
    },
    retry() {
      const before = waiting.filter(({ request }) => isOpen(site, request));
      if (before.length === 0 || held.rule !== "bounded") return;
      const ready = before.filter(
        ({ op }) => (held.store.rights(op.key)[held.store.stream] ?? 0) >= amountOf(op),
      );
      waiting = before.filter((each) => !ready.includes(each));
      for (const { request, op } of ready) again(request, op);
    },
    tick() {
      const late = waiting.filter(({ sinceMono }) => site.now.mono - sinceMono >= patienceMs());
      waiting = waiting.filter((each) => !late.includes(each) && isOpen(site, each.request));
      for (const { request, refusal } of late) {
        const why = `${refusal.why} Nobody passed any on within ${seconds(patienceMs())}.`;
        fail(site, request, { ...refusal, why });
      }
    },
  };
}

function amountOf(op: WriteOperation): number {
  if (op.f === "reserve") return op.amount;
  return op.f === "increment" ? Math.max(0, -op.by) : 0;
}

function restOf(rights: Vector, own: string): number {
  return Object.entries(rights).reduce((sum, [stream, n]) => sum + (stream === own ? 0 : n), 0);
}
