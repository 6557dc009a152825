import type { SiteId } from "../protocol/ids";
import type { Write } from "../protocol/site/merge-copy";
import { incarnationsPerSite, type ReplicatedOp } from "../protocol/site/replicated-op";
import type { Vector } from "../protocol/vector";

/** Packs a site's place in its pod and the incarnation in which its disk was new; see `actorSchema`. */
export function actorOf(index: number, incarnation: number): number {
  return (index + 1) * incarnationsPerSite + (incarnation % incarnationsPerSite);
}

/** Names an actor's stream of writes in version vectors: the site alone for its first disk. */
export function streamOf(origin: SiteId, actor: number): string {
  const incarnation = actor % incarnationsPerSite;
  return incarnation === 1 ? origin : `${origin}#${incarnation}`;
}

/** What rules and receipts remember of a write once its effect is in the store. */
export function writeOf(op: ReplicatedOp): Write {
  const { opId, seq, origin, wallMs, hlc, shadow, edits } = op;
  const stream = streamOf(origin, op.actor);
  return { opId, stream, seq, site: origin, wallMs, hlc, shadow, ...(edits !== undefined && { edits }) };
}

/** True when `write` happened before whatever has `past` behind it. */
export function hasSeen(past: Vector, write: Write): boolean {
  return (past[write.stream] ?? 0) >= write.seq;
}

/** The last resort of every rule's order, so that no two writes tie: the streams' names, then the count. */
export function comparePlaces(a: Write, b: Write): number {
  return a.stream < b.stream ? -1 : a.stream > b.stream ? 1 : a.seq - b.seq;
}
