import { must } from "../../kernel/assert";
import type { SiteId } from "../../protocol/ids";
import { limits } from "../../protocol/limits";
import type { Version } from "../../protocol/site/quorum";
import { batch } from "../batch";
import type { Post } from "./post";
import type { Reach } from "./reach";
import { keep, type Quorum, traceGuest, type Way } from "./state";
import { join, none, type Versions } from "./version";

/** Hinted handoff (Dynamo, section 4.6): what other sites have not confirmed is offered to them again. */
export type Hints = {
  /** The site has not confirmed this version yet. `forever`: it is handed over however long that takes. */
  readonly owe: (to: SiteId, version: Version, forever: boolean) => void;
  readonly confirm: (by: SiteId, version: Version) => void;
  /**
   * Keeps a version of a key that this site does not own, for those that do: one written here (`append`), one
   * that it stands in for (`apply`), or one that has to move because the owners have changed (`repair`).
   */
  readonly host: (version: Version, targets: readonly SiteId[], way: Way) => void;
  /** A tombstone that everybody is told of: whatever older is kept for others is dropped. */
  readonly bury: (version: Version) => void;
  readonly tick: () => void;
  /** For whom each key is kept. */
  readonly debts: () => ReadonlyMap<string, readonly SiteId[]>;
};

type Debt = {
  readonly opId: string;
  readonly sinceMono: number;
  readonly forever: boolean;
  sentMono: number;
  /** True once it is in the journal: a debt that is settled at once never gets there. */
  isKept: boolean;
};

/** Everything that is here of one key that a site is owed. */
type Due = { readonly key: string; readonly debt: Debt; readonly versions: Versions };

/** Nobody is owed anything. */
export function createHints(state: Quorum, post: Post, reach: Reach): Hints {
  const { site, held, guests } = state;
  const owed = new Map<SiteId, Map<string, Debt>>();
  const paceMs = () => site.view?.cluster.detector.heartbeatMs ?? 0;
  const versionsOf = (key: string) => held.get(key) ?? guests.get(key) ?? none;

  function owe(to: SiteId, { key, opId }: Version, forever: boolean, isKept = false): void {
    const debts = owed.get(to) ?? new Map<string, Debt>();
    owed.set(to, debts);
    const { mono } = site.now;
    // What was owed before is owed for as long as it was; only the version is newer.
    const sinceMono = debts.get(key)?.sinceMono ?? mono;
    debts.set(key, { opId, sinceMono, forever, sentMono: mono, isKept });
  }

  /** A guest that is kept for nobody any more goes. */
  function release(key: string): void {
    const kept = guests.get(key);
    if (kept === undefined || [...owed.values()].some((debts) => debts.has(key))) return;
    guests.delete(key);
    for (const { opId } of kept) keep(state, { kind: "forget", key, opId });
  }

  function confirm(by: SiteId, version: Version): void {
    const debts = owed.get(by);
    if (debts?.get(version.key)?.opId === version.opId) settle(debts, version.key);
  }

  function settle(debts: Map<string, Debt>, key: string): void {
    debts.delete(key);
    release(key);
  }

  /** What a site is still owed now, key by key; what has been kept for too long is given up. */
  function due(to: SiteId, debts: Map<string, Debt>): readonly Due[] {
    const hintMs = site.view?.cluster.repair.hintMs ?? 0;
    const found: Due[] = [];
    let count = 0;
    for (const [key, debt] of debts) {
      const kept = versionsOf(key);
      const age = site.now.mono - debt.sinceMono;
      if (kept.length === 0 || (!debt.forever && age >= hintMs)) {
        settle(debts, key);
      } else if (site.now.mono - debt.sentMono >= paceMs()) {
        count += kept.length;
        if (count > limits.entriesPerMessage) break;
        if (!debt.isKept) remember(to, kept, debt);
        if (reach.isUp(to)) found.push({ key, debt, versions: kept });
      }
    }
    return batch(found);
  }

  /** Who did not confirm in time is owed the version also after a restart of this site. */
  function remember(to: SiteId, versions: Versions, debt: Debt): void {
    debt.isKept = true;
    for (const version of versions)
      keep(state, { kind: "version", version, guest: !held.has(version.key), owed: [to] });
  }

  function offer(to: SiteId, debts: Map<string, Debt>): void {
    const offered = due(to, debts);
    if (offered.length === 0) return;
    for (const { debt } of offered) debt.sentMono = site.now.mono;
    const versions = offered.flatMap((each) => each.versions);
    post.write(to, versions, null, () => {
      // What is owed may be an older version by now: whoever has these has what replaced it.
      for (const { key, debt } of offered) if (debts.get(key) === debt) settle(debts, key);
    });
  }

  return {
    owe,
    confirm,
    host(version, targets, way) {
      const before = guests.get(version.key) ?? none;
      const isRepeat = before.some(({ opId }) => opId === version.opId);
      if (way !== "repair" && !isRepeat) traceGuest(state, version, before, way);
      const after = join(state.rule, before, [version]);
      guests.set(version.key, after);
      const kept = after.includes(version) ? version : must(after[0], "what replaced it");
      const isForever = way === "repair" || state.rule === "siblings";
      for (const to of targets) owe(to, kept, isForever, true);
      keep(state, { kind: "version", version: kept, guest: true, owed: targets.slice() });
    },
    bury(version) {
      const kept = guests.get(version.key) ?? none;
      if (join(state.rule, [version], kept).some(({ opId }) => opId !== version.opId)) return;
      for (const debts of owed.values()) debts.delete(version.key);
      release(version.key);
    },
    tick() {
      for (const [to, debts] of owed) {
        if (site.view?.members.includes(to) === true && to !== site.identity.site) offer(to, debts);
        else owed.delete(to);
      }
    },
    debts() {
      const byKey = new Map<string, SiteId[]>();
      for (const [to, debts] of owed)
        for (const key of debts.keys()) byKey.set(key, [...(byKey.get(key) ?? []), to]);
      return byKey;
    },
  };
}
