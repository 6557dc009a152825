import type { SiteId } from "../../protocol/ids";
import { cityOf, listOf } from "../../protocol/words";
import { fail } from "../answer";
import type { Request } from "../request";
import type { Hints } from "./hints";
import type { Post } from "./post";
import { type Quota, quotaOf } from "./quota";
import type { Reach } from "./reach";
import { ownersIn, type Quorum } from "./state";
import type { Waits } from "./waits";

/** What a site coordinates its clients' requests with. */
export type Coordinator = {
  readonly state: Quorum;
  readonly post: Post;
  readonly hints: Hints;
  readonly reach: Reach;
  readonly waits: Waits;
};

/** Whom one request concerns: the owners of its key, and those that stand in for some of them. */
export type Circle = {
  readonly owners: readonly SiteId[];
  /** By stand-in: the owner it stands in for. Empty where quorums are strict. */
  readonly standIns: ReadonlyMap<SiteId, SiteId>;
};

export function circleOf({ state, reach }: Coordinator, key: string): Circle {
  const owners = ownersIn(state, key);
  const standIns = new Map<SiteId, SiteId>();
  if (state.site.view?.cluster.quorum.sloppy !== true) return { owners, standIns };
  const spare = state.ring.from(key).filter((member) => !owners.includes(member) && reach.isUp(member));
  for (const owner of owners.filter((each) => !reach.isUp(each))) {
    const next = spare.shift();
    if (next !== undefined) standIns.set(next, owner);
  }
  return { owners, standIns };
}

/** The answers that a read (`r`) or a write (`w`) needs; null before the first view. */
export function quotaIn({ state: { site } }: Coordinator, { owners }: Circle, kind: "r" | "w"): Quota | null {
  const { view, identity } = site;
  return view === null ? null : quotaOf(view, identity.site, owners, view.cluster.quorum[kind]);
}

/** Refuses at once what cannot succeed; nothing has been sent then. */
export function refuses(by: Coordinator, request: Request, circle: Circle, kind: "r" | "w"): boolean {
  const needed = quotaIn(by, circle, kind);
  const up = [...circle.owners.filter(by.reach.isUp), ...circle.standIns.keys()];
  if (needed?.isMet(up)) return false;
  const who = up.length === 0 ? "none" : `only ${listOf(up.map(cityOf))}`;
  const verb = kind === "r" ? "read" : "write";
  const why = `A ${verb} needs ${needed?.words ?? "sites"}, and of those that hold "${request.op.key}" ${who} can be reached.`;
  fail(by.state.site, request, { error: "UNAVAILABLE", why });
  return true;
}
