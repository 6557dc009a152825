import type { SiteId } from "../../../protocol/ids";
import type { MemberRow } from "../../../protocol/site/deciding";
import type { SiteMessageOf } from "../../../protocol/site/message";
import { peersOf, record, type Site, send } from "../../site";
import type { SelfDoubt } from "../self-doubt";
import type { Row } from "./table";

/** The worst local health score (Lifeguard). */
export const worstHealth = 7;

/** A question whether a site is there. */
export type Probe = {
  readonly number: number;
  readonly target: SiteId;
  readonly sentMono: number;
  /** Who was asked to help, once a direct answer was overdue; null before. */
  asked: number | null;
  nacks: number;
  answered: boolean;
};
/** A probe that this site carries out for another. */
export type Relay = {
  readonly asker: SiteId;
  readonly probe: number;
  readonly target: SiteId;
  readonly dueMono: number;
};

/** What one site knows of the others and is asking them. */
export type Swim = {
  readonly site: Site;
  readonly doubt: SelfDoubt;
  readonly rows: Map<SiteId, Row>;
  readonly relays: Map<number, Relay>;
  incarnation: number;
  /** How badly its own probes have gone lately: it asks that much slower. */
  health: number;
  /** Of probes made so far, for itself and for others. */
  numbers: number;
  current: Probe | null;
  /** Who is probed next, in this order. */
  queue: SiteId[];
};

export function createState(site: Site, doubt: SelfDoubt): Swim {
  return {
    site,
    doubt,
    rows: new Map(),
    relays: new Map(),
    incarnation: 0,
    health: 0,
    numbers: 0,
    current: null,
    queue: [],
  };
}

export function paceOf({ site }: Swim): { readonly heartbeatMs: number; readonly timeoutMs: number } {
  return site.view?.cluster.detector ?? { heartbeatMs: 1000, timeoutMs: 3000 };
}

export function rowOf({ site, rows }: Swim, name: SiteId): Row {
  return rows.get(name) ?? { incarnation: 0, state: "alive", by: [], sinceMono: site.now.mono };
}

export function put(swim: Swim, name: SiteId, next: Row, evidence: string): void {
  const before = rowOf(swim, name).state;
  swim.rows.set(name, next);
  if (before === next.state) return;
  record(swim.site, { kind: "detect", target: name, state: next.state, evidence });
}

export function feel(swim: Swim, change: number): void {
  swim.health = Math.min(worstHealth, Math.max(0, swim.health + change));
}

type Told = Omit<SiteMessageOf<"probe">, "table"> | Omit<SiteMessageOf<"probe-answer">, "table">;

/** Every message carries the whole table: that is how hearsay spreads. */
export function tell(swim: Swim, to: SiteId, message: Told): void {
  send(swim.site, to, { ...message, table: tableOf(swim) }, "replication");
}

function tableOf(swim: Swim): MemberRow[] {
  const { site, incarnation } = swim;
  const others = peersOf(site).map((name): MemberRow => {
    const { sinceMono: _, by, ...row } = rowOf(swim, name);
    return { site: name, ...row, by: [...by] };
  });
  return [{ site: site.identity.site, incarnation, state: "alive", by: [] }, ...others];
}
