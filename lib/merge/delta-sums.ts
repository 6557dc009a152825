import type { SumKey, Write } from "../protocol/site/merge-copy";
import type { Vector } from "../protocol/vector";

/** What the changes of each number of a key add up to: by field, "" for a whole value. */
export type Sums = (key: string) => Vector;

/** The changes that each stream made, added up: whoever has heard the same writes has the same sums. */
export type DeltaSums = {
  readonly of: Sums;
  readonly has: (key: string) => boolean;
  readonly take: (key: string, write: Write, deltas: Vector) => void;
  readonly copy: () => SumKey[];
  readonly install: (theirs: SumKey) => void;
};

/** Nothing added up yet. */
export function createDeltaSums(): DeltaSums {
  const keys = new Map<string, Map<string, SumKey["streams"][string]>>();

  function streamsOf(key: string) {
    const streams = keys.get(key) ?? new Map<string, SumKey["streams"][string]>();
    keys.set(key, streams);
    return streams;
  }

  return {
    of(key) {
      const sums: Record<string, number> = {};
      for (const { totals } of keys.get(key)?.values() ?? []) add(sums, totals);
      return sums;
    },
    has: (key) => keys.has(key),
    take(key, { stream, seq }, deltas) {
      const streams = streamsOf(key);
      const totals = { ...streams.get(stream)?.totals };
      add(totals, deltas);
      streams.set(stream, { upTo: seq, totals });
    },
    copy: () => [...keys].map(([key, streams]) => ({ key, streams: Object.fromEntries(streams) })),
    install({ key, streams: theirs }) {
      const streams = streamsOf(key);
      for (const [stream, sum] of Object.entries(theirs)) {
        if (sum.upTo > (streams.get(stream)?.upTo ?? -1)) streams.set(stream, sum);
      }
    },
  };
}

function add(sums: Record<string, number>, more: Vector): void {
  for (const [field, n] of Object.entries(more)) sums[field] = (sums[field] ?? 0) + n;
}
