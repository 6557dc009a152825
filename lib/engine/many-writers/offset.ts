import type { Refusal } from "../../merge/refusal";
import type { SiteId } from "../../protocol/ids";
import type { ReplicatedOp } from "../../protocol/site/replicated-op";
import type { Hlc } from "../../protocol/vector";
import { cityOf, listOf, seconds } from "../../protocol/words";
import { note, peersOf, type Site, send } from "../site";

/** How far the clocks of the sites may be apart under `lww-hlc` (CockroachDB's `--max-offset`). */
export type Offset = {
  /** False for a stamp that is too far ahead: what carries it waits until the clock here is near. */
  readonly isNear: (hlc: Hlc) => boolean;
  /** A write that must wait for this clock has come. */
  readonly holdBack: (op: ReplicatedOp) => void;
  /** A peer tells its clock: it is told so where that is too far ahead. */
  readonly compare: (peer: SiteId, wallMs: number) => void;
  /** A peer says that this site's clock is too far ahead of its own. */
  readonly onTold: (peer: SiteId, byMs: number) => void;
  /** Why this site may take no write now; null while fewer than half of the others say so. */
  readonly refusal: () => Refusal | null;
};

/** A complaint counts for so many rounds of anti-entropy after it was last heard. */
const roundsRemembered = 3;

/** Nobody has complained. */
export function createOffset(site: Site): Offset {
  const told = new Map<SiteId, { readonly byMs: number; readonly mono: number }>();
  let heldBack = 0;

  function limit(): number | null {
    const { merge, lww } = site.view?.cluster ?? {};
    return merge === "lww-hlc" ? (lww?.maxOffsetMs ?? null) : null;
  }

  const aheadMs = (clockMs: number) => clockMs - site.now.wall;
  const isFar = (clockMs: number) => aheadMs(clockMs) > (limit() ?? Number.POSITIVE_INFINITY);

  /** Who has complained of late. */
  function complaints(): readonly [SiteId, number][] {
    const patienceMs = roundsRemembered * (site.view?.cluster.repair.antiEntropyMs ?? 0);
    return peersOf(site).flatMap((peer): [SiteId, number][] => {
      const last = told.get(peer);
      return last !== undefined && site.now.mono - last.mono <= patienceMs ? [[peer, last.byMs]] : [];
    });
  }

  return {
    isNear: ({ l }) => !isFar(l),
    holdBack({ origin, opId, hlc }) {
      heldBack += 1;
      if (heldBack % 100 !== 1) return;
      const far = `${seconds(aheadMs(hlc.l))} ahead of this site's clock, and at most ${seconds(limit() ?? 0)} are allowed`;
      note(site, `Holds ${opId} back: the clock of ${cityOf(origin)} is ${far}.`);
    },
    compare(peer, wallMs) {
      const { generation } = site;
      const byMs = Math.round(aheadMs(wallMs));
      if (isFar(wallMs)) send(site, peer, { type: "clock-ahead", generation, byMs }, "replication");
    },
    onTold(peer, byMs) {
      told.set(peer, { byMs, mono: site.now.mono });
    },
    refusal() {
      const most = limit();
      const all = most === null ? [] : complaints();
      if (most === null || 2 * all.length <= peersOf(site).length) return null;
      const far = listOf(all.map(([peer, byMs]) => `${seconds(byMs)} ahead of ${cityOf(peer)}'s`));
      const why = `The clock of ${cityOf(site.identity.site)} is ${far}, and at most ${seconds(most)} are allowed: its writes would win by their clock alone.`;
      return { error: "CLOCK_AHEAD", why };
    },
  };
}
