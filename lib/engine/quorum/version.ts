import { canonicalJson } from "../../kernel/json";
import type { Shown } from "../../merge/rule-view";
import type { Cluster } from "../../protocol/cluster";
import type { Version } from "../../protocol/site/quorum";
import type { TypedValue } from "../../protocol/site/replicated-op";
import type { Vector } from "../../protocol/vector";

/** The rules of this mode: the newest version stays, or every one that no writer had read. */
export type QuorumRule = Extract<Cluster["merge"], "lww" | "siblings">;

/** What is held of one key, the newest first: one version, or several that nobody has settled (`siblings`). */
export type Versions = readonly Version[];

/** Nothing is held of a key. */
export const none: Versions = [];

/** The value that a version leaves; null where it is a tombstone, or there is no version at all. */
export function contentOf(version: Version | null): TypedValue | null {
  if (version?.op?.f === "put") return { type: "register", value: version.op.value };
  return version?.op?.f === "delete" ? null : (version?.value ?? null);
}

/**
 * The value that versions leave together, where they are not siblings: the whole key's, with the fields of a
 * record that were written later by themselves.
 */
export function wholeOf(versions: Versions): TypedValue | null {
  const parts = versions.filter(({ field }) => field !== undefined).map(contentOf);
  const base = contentOf(versions.find(({ field }) => field === undefined) ?? null);
  if (parts.length === 0) return base;
  const fields = [base, ...parts].flatMap((part) =>
    part?.type === "record" ? Object.entries(part.value) : [],
  );
  return { type: "record", value: Object.fromEntries(new Map(fields.sort(([a], [b]) => order(a, b)))) };
}

/** True for a deletion. */
export function isTombstone(version: Version): boolean {
  return contentOf(version) === null;
}

/** True where all that is left of a key is that it was deleted. */
export function isGrave(versions: Versions): boolean {
  return versions.length > 0 && versions.every(isTombstone);
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

/**
 * What a site that holds `here` holds once it has `there` too; `here` itself where that is nothing new.
 * Commutative, associative and idempotent under both rules.
 */
export function join(rule: QuorumRule, here: Versions, there: Versions): Versions {
  const known = new Set(here.map(({ opId }) => opId));
  const news = there.filter(({ opId }) => !known.has(opId));
  if (news.length === 0) return here;
  const all = [...here, ...news].sort((a, b) => compareVersions(b, a));
  const left = all.filter((one, i) => {
    if (rule === "siblings") return !all.some((by) => replaces(by, one));
    return !all.slice(0, i).some(({ field }) => field === undefined || field === one.field);
  });
  return left.length === here.length && left.every(({ opId }) => known.has(opId)) ? here : left;
}

/**
 * True when the writer of `by` had read `one`. What a version had read includes what that had read in turn,
 * so no more is needed than the versions that are left (dotted version vectors: Preguiça et al., 2012).
 */
function replaces(by: Version, one: Version): boolean {
  // What is from before this mode everybody has seen.
  if (one.op === null) return by.op !== null;
  return (by.context?.[one.stream] ?? 0) >= (one.shadow[one.stream] ?? 0);
}

/** What a reader of these has read: they, and whatever their writers had. */
export function contextOf(versions: Versions): Vector {
  const context: Record<string, number> = {};
  const raise = (stream: string, n: number) => {
    context[stream] = Math.max(n, context[stream] ?? 0);
  };
  for (const { stream, shadow, context: read = {} } of versions) {
    raise(stream, shadow[stream] ?? 0);
    for (const [each, n] of Object.entries(read)) raise(each, n);
  }
  return context;
}

/** The versions that hold a value. */
export function presentIn(versions: Versions): Versions {
  return versions.filter((version) => !isTombstone(version));
}

/** The version that a write of the key, or of one field of it, meets: of what is held the newest of its kind. */
export function metIn(versions: Versions, { field }: Version): string | null {
  if (field === undefined) return shownOf(versions).version;
  return versions.find((each) => each.field === undefined || each.field === field)?.opId ?? null;
}

/** What a key shows: its value, or `{siblings: [...]}` in an order that is the same everywhere. */
export function shownOf(versions: Versions): Shown {
  const present = presentIn(versions);
  const [first = null] = present;
  const version = (first ?? versions[0])?.opId ?? null;
  const isInParts = versions.some(({ field }) => field !== undefined);
  const content = isInParts ? wholeOf(versions) : contentOf(first);
  if (content === null) return { type: null, value: null, version };
  if (present.length === 1 || isInParts) return { ...content, version };
  const inOrder = [...versions].sort((a, b) => order(a.opId, b.opId));
  const siblings = presentIn(inOrder).map((each) => contentOf(each)?.value ?? null);
  return { type: content.type, value: { siblings }, version, beside: inOrder.map(({ opId }) => opId) };
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
