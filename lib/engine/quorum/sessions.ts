import type { SessionMark, StampedVersion } from "../../protocol/session-mark";
import type { Version } from "../../protocol/site/quorum";
import type { Request } from "../request";
import type { Quorum } from "./state";

/**
 * The versions that a read for this session must not fall below, by the axis `session`. Only the key
 * counts: versions of different keys travel by themselves.
 */
export function floorsOf({ site }: Quorum, { token: { past } }: Request): readonly StampedVersion[] {
  if (past === undefined || past.generation !== site.generation) return [];
  const axis = site.view?.cluster.session ?? [];
  const { wrote, read } = past.stamps;
  return [
    ...(axis.includes("read-your-writes") && wrote !== null ? [wrote] : []),
    ...(axis.includes("monotonic-reads") && read !== null ? [read] : []),
  ];
}

/**
 * True where the newest answer will do. Once all owners have answered, another version of the very same stamp
 * has won; and where none holds anything, the session's own was deleted and forgotten.
 */
export function isFresh(
  newest: Version | null,
  floors: readonly StampedVersion[],
  isEverybody: boolean,
): boolean {
  return floors.every(({ stamp, version }) => {
    if (newest === null) return isEverybody;
    return newest.stamp > stamp || newest.opId === version || (newest.stamp === stamp && isEverybody);
  });
}

/** What an answer adds to the session's token: nothing where no guarantee asks for one. */
export function markOf({ site }: Quorum, version: Version | null): { readonly mark?: SessionMark } {
  const isAsked = site.view?.cluster.session.some((each) => each !== "sticky") === true;
  return isAsked && version !== null ? { mark: { generation: site.generation, stamp: version.stamp } } : {};
}
