import { persist, type Site, whenDurable } from "../site";
import type { JournalRecord } from "../types";

/**
 * The wall clock that this site stamps its writes with. A clock may be put back, also while the site is
 * down; so what it has told of itself is on disk first, and no later write is stamped any lower.
 */
export type Stamps = {
  /** The stamp of a write of now. */
  readonly wall: () => number;
  /** No write to come is stamped lower; null while nobody had to know. */
  readonly bound: () => number | null;
  /** Somebody waits for the bound to be above `wallMs`: raises it there if the clock has come so far. */
  readonly passBy: (wallMs: number) => void;
  /** Another site has let go of what is below. */
  readonly raise: (wallMs: number) => void;
  /** What a compact journal must say, and its inverse. */
  readonly journal: () => readonly JournalRecord[];
  readonly restore: (wallMs: number) => void;
};

/** Nothing has been told. */
export function createStamps(site: Site): Stamps {
  let least: number | null = null;
  let onDisk: number | null = null;

  function raise(wallMs: number): void {
    if (least !== null && wallMs <= least) return;
    least = wallMs;
    persist(site, [{ type: "stamps", wallMs }]);
    whenDurable(site, () => {
      onDisk = Math.max(onDisk ?? wallMs, wallMs);
    });
  }

  return {
    wall: () => Math.max(site.now.wall, least ?? site.now.wall),
    bound: () => onDisk,
    passBy(wallMs) {
      if ((least === null || least <= wallMs) && site.now.wall > wallMs) raise(site.now.wall);
    },
    raise,
    journal: () => (least === null ? [] : [{ type: "stamps", wallMs: least }]),
    restore(wallMs) {
      least = Math.max(least ?? wallMs, wallMs);
      onDisk = least;
    },
  };
}
