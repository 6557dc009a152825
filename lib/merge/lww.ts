import { unreachable } from "../kernel/assert";
import { canonicalJson } from "../kernel/json";
import type { LwwOrder } from "../protocol/cluster";
import type { Compare, Stamped } from "./stamped-map";
import { comparePlaces } from "./write";

type Criterion = "time" | "second" | "edits" | "tombstone" | "value" | "greater-site" | "smaller-site";

/**
 * How the vendors order two writes of one key, each by its first difference. What they have and the lab
 * has not (expiry, flags) is left out; a last tie goes to the greater stream, then to its later write.
 */
export const lwwOrders: Readonly<Record<LwwOrder, readonly Criterion[]>> = {
  // DynamoDB global tables; the tie is ours, since theirs is not public.
  time: ["time", "greater-site"],
  // `Cells.java`: the stamp, then a deletion, then the greater value.
  cassandra: ["time", "tombstone", "value"],
  // A deletion beats whatever was written in the same life of the item; a new life begins with a put that has seen it.
  cosmos: ["edits", "tombstone", "second", "greater-site"],
  redis: ["time", "smaller-site"],
  // XDCR by sequence number: the more updates, then CAS, which is a clock.
  couchbase: ["edits", "time", "greater-site"],
  // Version, time in whole seconds, originating server.
  "active-directory": ["edits", "second", "greater-site"],
};

/** Last write wins by the wall clock of the origin, and what a vendor puts before or after that. */
export function compareLww(order: LwwOrder): Compare {
  const criteria = lwwOrders[order];
  return (a, b) => {
    for (const criterion of criteria) {
      const found = compareBy(criterion, a, b);
      if (found !== 0) return found;
    }
    return comparePlaces(a.write, b.write);
  };
}

/** The criterion that decides between two values, in words for people. */
export function whyWins(order: LwwOrder, winner: Side, loser: Side): string {
  const decisive = lwwOrders[order].find((criterion) => compareBy(criterion, winner, loser) !== 0);
  return decisive === undefined ? "comes later in its stream" : words[decisive];
}

const words: Readonly<Record<Criterion, string>> = {
  time: "carries the later wall clock",
  second: "carries the later second of a wall clock",
  edits: "has more updates behind it, whichever is later",
  tombstone: "is a deletion, which comes first",
  value: "has the greater value at the same instant",
  "greater-site": "comes from the site with the greater name, at the same instant",
  "smaller-site": "comes from the site with the smaller name, at the same instant",
};

type Side = Pick<Stamped, "value" | "write">;

function compareBy(criterion: Criterion, a: Side, b: Side): number {
  switch (criterion) {
    case "time":
      return a.write.wallMs - b.write.wallMs;
    case "second":
      return Math.floor(a.write.wallMs / 1000) - Math.floor(b.write.wallMs / 1000);
    case "edits":
      return (a.write.edits ?? 0) - (b.write.edits ?? 0);
    case "tombstone":
      return Number(a.value === null) - Number(b.value === null);
    case "value":
      return byText(canonicalJson(a.value), canonicalJson(b.value));
    case "greater-site":
      return byText(a.write.site, b.write.site);
    case "smaller-site":
      return byText(b.write.site, a.write.site);
    default:
      return unreachable(criterion);
  }
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
