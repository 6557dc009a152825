import { unreachable } from "../kernel/assert";
import type { SiteId } from "../protocol/ids";
import type { SiteMessage } from "../protocol/site/message";

/** What a person cares to tell apart on a link. */
export type TrafficKind = "data" | "ack" | "repair" | "page";
export type LinkRate = Readonly<Partial<Record<TrafficKind, number>>>;

/** Counts what was handed to each link since the counts were last taken. */
export type LinkTally = {
  readonly count: (to: SiteId, kind: TrafficKind) => void;
  readonly take: () => ReadonlyMap<SiteId, LinkRate>;
};

export function createLinkTally(): LinkTally {
  let counts = new Map<SiteId, Partial<Record<TrafficKind, number>>>();
  return {
    count: (to, kind) => {
      const rate = counts.get(to) ?? {};
      rate[kind] = (rate[kind] ?? 0) + 1;
      counts.set(to, rate);
    },
    take: () => {
      const taken = counts;
      counts = new Map();
      return taken;
    },
  };
}

/** Which kind of traffic a message is. An `append` or `ops` without content only keeps in touch. */
export function kindOf(message: SiteMessage): TrafficKind {
  switch (message.type) {
    case "append":
    case "entries":
      return message.entries.length > 0 ? "data" : "ack";
    case "ops":
      return message.ops.length > 0 ? "data" : "ack";
    case "forward":
    case "forward-reply":
    case "quorum-write":
    case "quorum-value":
      return "data";
    case "ack":
    case "entries-reply":
    case "vote-request":
    case "vote":
    case "ping":
    case "pong":
    case "down-query":
    case "down-answer":
    case "promote":
    case "configuration":
    case "advert":
    case "probe":
    case "probe-answer":
    case "rights":
    case "clock-ahead":
    case "quorum-written":
    case "quorum-read":
    case "quorum-ping":
      return "ack";
    case "follow":
    case "diverged":
    case "stale":
    case "digest":
    case "copy-request":
    case "quorum-tree":
    case "quorum-leaf":
    case "quorum-want":
    case "quorum-bury":
    case "quorum-forget":
    case "copy":
      return "repair";
    default:
      return unreachable(message);
  }
}
