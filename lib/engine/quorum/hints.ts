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

/** Who is owed what, by site and key. */
type Ledger = {
  readonly state: Quorum;
  readonly post: Post;
  readonly reach: Reach;
  readonly owed: Map<SiteId, Map<string, Debt>>;
};

/** Nobody is owed anything. */
export function createHints(state: Quorum, post: Post, reach: Reach): Hints {
  const { site } = state;
  const ledger: Ledger = { state, post, reach, owed: new Map() };
  const { owed } = ledger;
  return {
    owe: (to, version, forever) => owe(ledger, to, version, { forever, isKept: false }),
    confirm(by, { key, opId }) {
      const debts = owed.get(by);
      if (debts?.get(key)?.opId === opId) settle(ledger, debts, key);
    },
    host: (version, targets, way) => host(ledger, version, targets, way),
    bury: (version) => bury(ledger, version),
    tick() {
      for (const [to, debts] of owed) {
        if (site.view?.members.includes(to) === true && to !== site.identity.site) offer(ledger, to, debts);
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

function owe(
  { state, owed }: Ledger,
  to: SiteId,
  { key, opId }: Version,
  kind: Pick<Debt, "forever" | "isKept">,
): void {
  const debts = owed.get(to) ?? new Map<string, Debt>();
  owed.set(to, debts);
  const { mono } = state.site.now;
  // What was owed before is owed for as long as it was; only the version is newer.
  const sinceMono = debts.get(key)?.sinceMono ?? mono;
  debts.set(key, { opId, sinceMono, sentMono: mono, ...kind });
}

function settle(ledger: Ledger, debts: Map<string, Debt>, key: string): void {
  debts.delete(key);
  release(ledger, key);
}

/** A guest that is kept for nobody any more goes. */
function release({ state, owed }: Ledger, key: string): void {
  const kept = state.guests.get(key);
  if (kept === undefined || [...owed.values()].some((debts) => debts.has(key))) return;
  state.guests.delete(key);
  for (const { opId } of kept) keep(state, { kind: "forget", key, opId });
}

function host(ledger: Ledger, version: Version, targets: readonly SiteId[], way: Way): void {
  const { state } = ledger;
  const before = state.guests.get(version.key) ?? none;
  const isRepeat = before.some(({ opId }) => opId === version.opId);
  if (way !== "repair" && !isRepeat) traceGuest(state, version, before, way);
  const after = join(state.rule, before, [version]);
  state.guests.set(version.key, after);
  const kept = after.includes(version) ? version : must(after[0], "what replaced it");
  const forever = way === "repair" || state.rule === "siblings";
  for (const to of targets) owe(ledger, to, kept, { forever, isKept: true });
  keep(state, { kind: "version", version: kept, guest: true, owed: targets.slice() });
}

function bury(ledger: Ledger, version: Version): void {
  const { state, owed } = ledger;
  const kept = state.guests.get(version.key) ?? none;
  if (join(state.rule, [version], kept).some(({ opId }) => opId !== version.opId)) return;
  for (const debts of owed.values()) debts.delete(version.key);
  release(ledger, version.key);
}

function offer(ledger: Ledger, to: SiteId, debts: Map<string, Debt>): void {
  const offered = due(ledger, to, debts);
  if (offered.length === 0) return;
  for (const { debt } of offered) debt.sentMono = ledger.state.site.now.mono;
  const versions = offered.flatMap((each) => each.versions);
  ledger.post.write(to, versions, null, () => {
    // What is owed may be an older version by now: whoever has these has what replaced it.
    for (const { key, debt } of offered) if (debts.get(key) === debt) settle(ledger, debts, key);
  });
}

/** What a site is still owed now, key by key; what has been kept for too long is given up. */
function due(ledger: Ledger, to: SiteId, debts: Map<string, Debt>): readonly Due[] {
  const { state, reach } = ledger;
  const { view, now } = state.site;
  const hintMs = view?.cluster.repair.hintMs ?? 0;
  const paceMs = view?.cluster.detector.heartbeatMs ?? 0;
  const found: Due[] = [];
  let count = 0;
  for (const [key, debt] of debts) {
    const versions = state.held.get(key) ?? state.guests.get(key) ?? none;
    if (versions.length === 0 || (!debt.forever && now.mono - debt.sinceMono >= hintMs)) {
      settle(ledger, debts, key);
    } else if (now.mono - debt.sentMono >= paceMs) {
      count += versions.length;
      if (count > limits.entriesPerMessage) break;
      if (!debt.isKept) remember(state, to, versions, debt);
      if (reach.isUp(to)) found.push({ key, debt, versions });
    }
  }
  return batch(found);
}

/** Who did not confirm in time is owed the version also after a restart of this site. */
function remember(state: Quorum, to: SiteId, versions: Versions, debt: Debt): void {
  debt.isKept = true;
  for (const version of versions)
    keep(state, { kind: "version", version, guest: !state.held.has(version.key), owed: [to] });
}
