import { covers } from "../../clock/vector";
import { digestOf } from "../../kernel/digest";
import type { Grave } from "../../merge/graves";
import { mergeRules } from "../../protocol/cluster";
import type { SiteMessageOf } from "../../protocol/site/message";
import { peersOf, persist, type Site } from "../site";
import type { Held } from "./held";
import type { Stamps } from "./stamps";

/** How deletions are forgotten (axis `repair.tombstoneMs`). */
export type Forgetting = {
  /** Another round of anti-entropy: forgets what may be forgotten by now. */
  readonly round: () => void;
  /** What a round tells the others for that. */
  readonly tells: () => Pick<SiteMessageOf<"digest">, "stampsFrom" | "waits" | "data" | "isNew">;
  /** A peer has told its part. */
  readonly onDigest: (message: SiteMessageOf<"digest">) => void;
  /** The deletions that were remembered after the last round. */
  readonly remembered: () => number;
};

type Told = Held["told"] extends ReadonlyMap<unknown, infer T> ? T : never;

/** Deletions that one round forgets; the next goes on. */
const atOnce = 256;
/** Forgotten deletions that the trace can still name. */
const forgottenKept = 2000;

/** True where deletions are forgotten after a time, whoever has seen them. */
export function forgetsInTime({ view }: Site): boolean {
  return typeof view?.cluster.repair.tombstoneMs === "number";
}

/** Forgets deletions of `held`. */
export function createForgetting(site: Site, held: Held, stamps: Stamps): Forgetting {
  let remembered = 0;
  let waits = Number.POSITIVE_INFINITY;
  const policy = () => site.view?.cluster.repair.tombstoneMs ?? "keep";

  /** The age is reckoned from the deletion's own stamp, so a clock that is ahead forgets early. */
  function isPast({ writes }: Grave, graceMs: number): boolean {
    return writes.every(({ wallMs }) => site.now.wall - wallMs >= graceMs);
  }

  /**
   * Causal stability: every member has seen the deletion, and whatever a member had written by the time it
   * said so is here. What is still to come was then written by somebody who knew of it, and is stamped
   * later: that the deletion is forgotten changes nothing that anybody sees.
   */
  function stableOnes(graves: readonly Grave[]): readonly Grave[] {
    const mine = stamps.bound();
    const told = peersOf(site).map((peer) => held.told.get(peer));
    const seen = held.store.seen();
    if (mine === null || !told.every((one) => hasToldAll(one) && covers(seen, one.seen))) return [];
    const all = [{ seen, stampsFrom: mine }, ...told.filter(hasToldAll)];
    return graves.filter(({ writes }) =>
      writes.every(({ stream, seq, wallMs }) =>
        all.every((one) => (one.seen[stream] ?? 0) >= seq && one.stampsFrom > wallMs),
      ),
    );
  }

  /** Below this nobody stamps any more; null while somebody has not said. */
  function lowestBound(): number | null {
    const told = peersOf(site).map((peer) => held.told.get(peer)?.stampsFrom ?? null);
    return [stamps.bound(), ...told].reduce((a, b) => (a === null || b === null ? null : Math.min(a, b)));
  }

  function due(graves: readonly Grave[]): readonly Grave[] {
    const kept = policy();
    if (kept === "keep" || graves.length === 0) return [];
    if (kept !== "stable") return graves.filter((grave) => isPast(grave, kept));
    stamps.passBy(nextOf(graves, stamps.bound()));
    return stableOnes(graves);
  }

  return {
    round() {
      const graves = held.store.graves();
      const keys = due(graves)
        .slice(0, atOnce)
        .map(({ key }) => key);
      remembered = graves.length - keys.length;
      waits = policy() === "stable" ? nextOf(graves, lowestBound()) : Number.POSITIVE_INFINITY;
      if (keys.length === 0) return;
      for (const key of keys) {
        note(held, key);
        held.store.bury(key, forgetsInTime(site));
      }
      persist(site, [{ type: "forget", keys }]);
    },
    tells() {
      const bound = stamps.bound();
      return {
        ...(bound !== null && { stampsFrom: bound }),
        ...(Number.isFinite(waits) && { waits }),
        ...(forgetsInTime(site) && { data: dataDigestOf(held) }),
        ...(held.isNew && { isNew: true }),
      };
    },
    onDigest({ waits }) {
      if (waits !== undefined) stamps.passBy(waits);
    },
    remembered: () => remembered,
  };
}

/** A write that comes upon the key later has replaced this deletion, as far as the trace is concerned. */
function note({ store, rule, forgotten }: Held, key: string): void {
  const version = store.version(rule, key);
  forgotten.delete(key);
  if (version !== null) forgotten.set(key, version);
  const oldest = forgotten.keys().next();
  if (forgotten.size > forgottenKept && !oldest.done) forgotten.delete(oldest.value);
}

/** Equal for sites that hold the same under every rule. */
export function dataDigestOf({ store }: Held): string {
  return digestOf(mergeRules.map((rule) => store.digest(rule)).join(" "));
}

/** The lowest stamp that `bound` has not passed; infinite where there is none. */
function nextOf(graves: readonly Grave[], bound: number | null): number {
  const waiting = graves.flatMap(({ writes }) => writes.map(({ wallMs }) => wallMs));
  const beyond = waiting.filter((wallMs) => bound === null || wallMs >= bound);
  return beyond.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

/** A site that has told what it has, and how low it may still stamp. */
function hasToldAll(one: Told | undefined): one is Told & { readonly stampsFrom: number } {
  return one !== undefined && one.stampsFrom !== null && !one.isNew;
}
