import type { FaultState } from "../../lib/protocol/faults";
import type { SiteId } from "../../lib/protocol/ids";
import type { View } from "../../lib/protocol/view";
import { isSevered } from "../../lib/scenario/fault-reducer";

/** Sentences shown at most; the first cuts are as good as all. */
const hintsMax = 6;

/**
 * What the console says about the links that are down. Where every site passes on what it has
 * received, a cut link with a path around it stops nothing: that path is named. With one writer,
 * what counts is who no longer hears the primary.
 */
export function hintsFor(
  view: View,
  faults: FaultState,
  live: readonly SiteId[],
  cityOf: (site: SiteId) => string,
): string[] {
  const cuts = live.flatMap((from) =>
    live.filter((to) => isSevered(faults, from, to)).map((to) => [from, to] as const),
  );
  const gossips = view.cluster.mode === "active-active";
  const sentences = cuts.flatMap(([from, to]) => {
    if (!gossips) return oneWriterHint(view, from, to, cityOf);
    // A cut in both directions is told once.
    return from > to && isSevered(faults, to, from) ? [] : aroundHint(faults, live, from, to, cityOf);
  });
  return [...new Set(sentences)].slice(0, hintsMax);
}

function aroundHint(
  faults: FaultState,
  live: readonly SiteId[],
  from: SiteId,
  to: SiteId,
  cityOf: (site: SiteId) => string,
): string[] {
  const path = shortestPath(faults, live, from, to);
  if (path === null) return [`Nothing written at ${cityOf(from)} reaches ${cityOf(to)} any more.`];
  const cities = path.map(cityOf).join(" → ");
  return [`Updates still travel ${cities}, around the cut link ${cityOf(from)} – ${cityOf(to)}.`];
}

function oneWriterHint(view: View, from: SiteId, to: SiteId, cityOf: (site: SiteId) => string): string[] {
  if (view.primary === from) {
    return [`${cityOf(to)} receives nothing from the primary ${cityOf(from)}: its copy grows old.`];
  }
  if (view.primary === to) {
    return [`${cityOf(from)} cannot forward writes to the primary ${cityOf(to)}, nor acknowledge its log.`];
  }
  return [];
}

/** Fewest hops over links that are not severed; null when there is no way at all. */
function shortestPath(
  faults: FaultState,
  live: readonly SiteId[],
  from: SiteId,
  to: SiteId,
): readonly SiteId[] | null {
  const reached = new Set([from]);
  let paths: (readonly SiteId[])[] = [[from]];
  while (paths.length > 0) {
    const longer: (readonly SiteId[])[] = [];
    for (const path of paths) {
      const end = path.at(-1) ?? from;
      if (end === to) return path;
      for (const next of live) {
        if (reached.has(next) || isSevered(faults, end, next)) continue;
        reached.add(next);
        longer.push([...path, next]);
      }
    }
    paths = longer;
  }
  return null;
}

/**
 * Sites that injected cuts keep from the rest: where the live sites fall apart, every one outside
 * the part that holds the primary, or outside the largest part where there is none.
 */
export function partitionedSites(
  primary: SiteId | null,
  faults: FaultState,
  live: readonly SiteId[],
): ReadonlySet<SiteId> {
  const parts = partsOf(faults, live);
  if (parts.length < 2) return new Set();
  const largest = [...parts].sort((a, b) => b.length - a.length);
  const isTie = largest[0]?.length === largest[1]?.length;
  const main = parts.find((part) => primary !== null && part.includes(primary)) ?? (isTie ? [] : largest[0]);
  return new Set(live.filter((site) => !main?.includes(site)));
}

/** The groups of sites that can still speak, by whatever way, in both directions. */
function partsOf(faults: FaultState, live: readonly SiteId[]): SiteId[][] {
  const parts: SiteId[][] = [];
  for (const site of live) {
    const joined = parts.filter((part) =>
      part.some((other) => !isSevered(faults, site, other) && !isSevered(faults, other, site)),
    );
    const rest = parts.filter((part) => !joined.includes(part));
    parts.splice(0, parts.length, ...rest, [...joined.flat(), site]);
  }
  return parts;
}
