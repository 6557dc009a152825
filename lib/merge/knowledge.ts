import type { Write } from "../protocol/site/merge-copy";
import type { Vector } from "../protocol/vector";

/** As much of a write as decides whether it may be forgotten. */
export type Mark = Pick<Write, "stream" | "seq" | "wallMs">;

/**
 * What two sites know when one installs the other's copy. A write that a site has seen and does not hold
 * was replaced there, or deleted and the deletion forgotten since: it must not come back.
 */
export type Knowledge = {
  readonly here: (write: Write) => boolean;
  readonly there: (write: Write) => boolean;
};

/** The writes that a vector covers; `isEmpty` of a site that has nothing, not even what the cluster began with. */
export function knownBy(seen: Vector, isEmpty: boolean): (write: Write) => boolean {
  return ({ stream, seq }) => !isEmpty && seq <= (seen[stream] ?? 0);
}
