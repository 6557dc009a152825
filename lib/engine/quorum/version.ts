import { canonicalJson } from "../../kernel/json";
import type { Version } from "../../protocol/site/quorum";
import type { TypedValue } from "../../protocol/site/replicated-op";

/** The value that a version leaves; null where it is a tombstone, or there is no version at all. */
export function contentOf(version: Version | null): TypedValue | null {
  if (version?.op?.f === "put") return { type: "register", value: version.op.value };
  return version?.op?.f === "delete" ? null : (version?.value ?? null);
}

/** True for a deletion. */
export function isTombstone(version: Version): boolean {
  return contentOf(version) === null;
}

/**
 * Last write wins by the coordinating sites' wall clocks; on a tie a tombstone, then the greater value
 * (Cassandra's `Cells.java`), then the greater site. Positive when `a` wins; 0 for one and the same write.
 */
export function compareVersions(a: Version, b: Version): number {
  if (a.stamp !== b.stamp) return a.stamp - b.stamp;
  if (a.opId === b.opId) return 0;
  if (isTombstone(a) !== isTombstone(b)) return isTombstone(a) ? 1 : -1;
  return (
    order(canonicalJson(contentOf(a)), canonicalJson(contentOf(b))) ||
    order(a.site, b.site) ||
    order(a.opId, b.opId)
  );
}

/** The winner of all; null where there is none. */
export function newestOf(versions: Iterable<Version | null>): Version | null {
  let newest: Version | null = null;
  for (const version of versions) {
    if (version === null) continue;
    if (newest === null || compareVersions(version, newest) > 0) newest = version;
  }
  return newest;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
