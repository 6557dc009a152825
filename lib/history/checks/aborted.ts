import type { Contradiction } from "./contradiction";
import { type History, named } from "./record";

/** A read that returned a write of which its client had been told that it certainly did not happen. */
export function abortedRead({ ops, failed }: History): (Contradiction & { readonly key: string }) | null {
  const read = ops.find((op) => op.isRead && op.version !== null && failed.has(op.version));
  if (read === undefined || read.version === null) return null;
  return {
    ops: [read.version, read.id],
    key: read.key,
    text: `${named(read)} returned ${read.version}, a write that had been refused.`,
  };
}
