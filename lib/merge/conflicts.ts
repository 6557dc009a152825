import type { WriteOperation } from "../protocol/operation";
import type { Write } from "../protocol/site/merge-copy";
import { compareLwwHlc } from "./lww-hlc";
import { hasSeen } from "./write";

/** A write and the operation it carries out; null when the write came in a copy, without its operation. */
export type KnownWrite = { readonly write: Write; readonly op: WriteOperation | null };

/** Which writes of each key nobody has seen the successor of, and which of all is the latest. */
export type Frontier = {
  /** Takes a write in, in any order, and gives the known writes of its key that are concurrent with it. */
  readonly add: (key: string, known: KnownWrite) => readonly KnownWrite[];
  /** The write of the greatest hybrid clock: no write of the key happened after it. */
  readonly latest: (key: string) => Write | null;
  readonly keys: () => Iterable<string>;
  /** The writes of a key that nobody has seen the successor of; null where nothing is known of it. */
  readonly heads: (key: string) => readonly Write[] | null;
  readonly bury: (key: string) => void;
};

type Entry = { latest: Write; heads: readonly KnownWrite[] };

/** As many heads as streams can be concurrent; more come only from a site that makes its past up. */
const headsAtMost = 64;

/** A frontier of nothing. Happened-before is what shadows say: it is transitive, so heads suffice. */
export function createFrontier(): Frontier {
  const entries = new Map<string, Entry>();
  return {
    add(key, known) {
      const { write } = known;
      const entry = entries.get(key);
      if (entry === undefined) {
        entries.set(key, { latest: write, heads: [known] });
        return [];
      }
      if (entry.heads.some((head) => isSame(head.write, write))) return [];
      const unseen = entry.heads.filter((head) => !hasSeen(write.shadow, head.write));
      const isOld = unseen.some((head) => hasSeen(head.write.shadow, write));
      entry.heads = isOld ? unseen : [...unseen, known].slice(-headsAtMost);
      if (compareLwwHlc(write, entry.latest) > 0) entry.latest = write;
      return unseen.filter((head) => !hasSeen(head.write.shadow, write));
    },
    latest: (key) => entries.get(key)?.latest ?? null,
    keys: () => entries.keys(),
    heads: (key) => entries.get(key)?.heads.map(({ write }) => write) ?? null,
    bury: (key) => entries.delete(key),
  };
}

/** A copy brings writes that may be known already. */
function isSame(a: Write, b: Write): boolean {
  return a.stream === b.stream && a.seq === b.seq;
}
