import type { SiteId } from "./ids";
import type { Position } from "./position";

/** A site as a sentence names it: `new-york` is New York. */
export function cityOf(site: SiteId): string {
  return site.split("-").map(capital).join(" ");
}

/** Words as they begin a sentence. */
export function capital(words: string): string {
  return words.slice(0, 1).toUpperCase() + words.slice(1);
}

/** A duration as a sentence gives it: 1540 is "1.5 s". */
export function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)} s`;
}

/** "Pune", "Pune and Delhi", "Pune, Delhi and Lagos". */
export function listOf(names: readonly string[]): string {
  const last = names.at(-1) ?? "nobody";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}

/** A place in a log as people read it. */
export function placeOf({ epoch, lsn }: Position): string {
  return lsn === 0 ? "an empty log" : `epoch ${epoch}, write ${lsn}`;
}
