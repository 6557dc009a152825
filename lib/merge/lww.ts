import type { Write } from "../protocol/site/merge-copy";
import { comparePlaces } from "./write";

/**
 * Last write wins by the wall clock of the origin, in ms: what DynamoDB global tables and Cassandra
 * promise. On a tie the greater site id wins (replication notes, L1: every vendor ties differently, ours
 * must merely be the same everywhere), and within one site its later write. Positive when `a` wins.
 */
export function compareLww(a: Write, b: Write): number {
  if (a.wallMs !== b.wallMs) return a.wallMs - b.wallMs;
  if (a.site !== b.site) return a.site < b.site ? -1 : 1;
  return comparePlaces(a, b);
}
