import { unreachable } from "../kernel/assert";
import { limits } from "../protocol/limits";
import type { Copy } from "../protocol/site/message";
import { record, type Site } from "./site";
import type { DiscardedWrite } from "./types";

/** Records writes that left this site's data and keeps them, the newest, until the student has seen them, each once. */
export function noteDiscarded(site: Site, lost: readonly DiscardedWrite[]): void {
  const known = new Set(site.discarded.map(({ opId }) => opId));
  const news = lost.filter(({ opId }) => !known.has(opId));
  for (const { opId, op, position, why } of news) {
    record(site, { kind: "discard", op: opId, key: op.key, position, why });
  }
  site.discarded = [...site.discarded, ...news].slice(-limits.discardedShown);
}

/** Why a write of this site is not in the copy that replaces its data (E52). */
export const notReceived = "The site that the new configuration started from had not received it.";

/** Why a value that stood beside another does not go on with it (E57). */
export const notSettled =
  "Nobody had settled the values of this key, and the new configuration keeps one of them.";

/** The writes that a copy shows, key by key. */
export function versionsIn(copy: Copy): readonly string[] {
  switch (copy.kind) {
    case "log":
    case "consensus":
      return copy.keys.map(({ version }) => version);
    case "quorum":
      return copy.versions.map(({ opId }) => opId);
    case "merge":
      return copy.lww.map(({ write }) => write.opId);
    default:
      return unreachable(copy);
  }
}
