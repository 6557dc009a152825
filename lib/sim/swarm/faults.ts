import { unreachable } from "../../kernel/assert";
import type { NodeId, SiteId } from "../../protocol/ids";
import type { Verb } from "../../protocol/verb";
import { type ShapeName, type Silence, shapeNames, silences } from "./shapes";
import { type Chance, faultMs, heavyTailMs, shuffled } from "./tables";

/** Everything that a swarm may do to a pod. */
export const faultKinds = [
  ...shapeNames,
  "flaky",
  "swizzle",
  "weather",
  "clog",
  "pull",
  "crash",
  "lost-disk",
  "pause",
  "skew",
  "jump",
  "drift",
  "slow-disk",
  "slow-apply",
  "promote",
] as const;
export type FaultKind = (typeof faultKinds)[number];
type OtherKind = Exclude<FaultKind, ShapeName>;

export type TimedVerb = Verb & { readonly atMs: number };

/** Where and when one episode happens: from `atMs` to `endMs`, to `site`, and to its link with `peer`. */
type Episode = {
  readonly atMs: number;
  readonly endMs: number;
  readonly site: SiteId;
  readonly peer: NodeId;
  readonly sites: readonly SiteId[];
  readonly chance: Chance;
};

const draws = { at: 0, lasts: 1, site: 2, peer: 3, detail: 5, order: 80 } as const;

/** One fault from its beginning to its end. It begins before `untilMs` and is over by then. */
export function episode(
  kind: FaultKind,
  sites: readonly SiteId[],
  untilMs: number,
  chance: Chance,
): readonly TimedVerb[] {
  const atMs = 200 + chance.below(Math.max(1, untilMs - 1000), draws.at);
  const endMs = Math.min(untilMs, atMs + chance.pick(faultMs, draws.lasts));
  const site = chance.pick(sites, draws.site);
  const others: NodeId[] = [...sites.filter((other) => other !== site), "coordinator", "edge"];
  const peer = chance.pick(others, draws.peer);
  const here: Episode = { atMs, endMs, site, peer, sites, chance };
  return isShape(kind) ? partition(kind, here) : trouble(kind, here);
}

function isShape(kind: FaultKind): kind is ShapeName {
  return (shapeNames as readonly FaultKind[]).includes(kind);
}

function partition(shape: ShapeName, { atMs, endMs, sites, chance }: Episode): TimedVerb[] {
  const cuts = silences(shape, sites, chance);
  return [...cuts.map((each) => cut(atMs, each)), ...cuts.map((each) => mend(endMs, each))];
}

function cut(atMs: number, silence: Silence): TimedVerb {
  return { atMs, do: "cut", ...silence, oneWay: true };
}

function mend(atMs: number, silence: Silence): TimedVerb {
  return { atMs, do: "mend", ...silence, oneWay: true };
}

function trouble(kind: OtherKind, here: Episode): TimedVerb[] {
  const { atMs, endMs, site, peer, chance } = here;
  const link = { do: "link", from: site, to: peer, oneWay: chance.isLikely(50, draws.detail) } as const;
  switch (kind) {
    case "flaky":
      return flaky(here);
    case "swizzle":
      return swizzle(here);
    case "weather":
      return [{ ...link, atMs, ...weather(chance) }, clear(endMs, here)];
    case "clog":
      return [{ ...link, atMs, delayMs: 500 + chance.below(4500, draws.detail + 1) }, clear(endMs, here)];
    case "pull":
      return [
        { atMs, do: "pull", from: site, to: peer },
        { atMs: endMs, do: "plug", from: site, to: peer },
      ];
    case "crash":
    case "lost-disk":
      return [
        { atMs, do: "crash", site, disk: kind === "crash" ? "kept" : "lost" },
        { atMs: endMs, do: "restart", site },
      ];
    case "pause":
      return [{ atMs, do: "pause", site, forMs: endMs - atMs + 1 }];
    case "skew":
      return [{ atMs, do: "clock", site, skewMs: spread(4000, chance) }];
    case "jump":
      return [{ atMs, do: "clock", site, jumpMs: spread(4000, chance) }];
    case "drift":
      return [{ atMs, do: "clock", site, driftPpm: spread(50_000, chance) }];
    case "slow-disk":
      return [
        { atMs, do: "disk", site, delayMs: chance.pick(heavyTailMs, draws.detail) },
        { atMs: endMs, do: "disk", site, delayMs: 0 },
      ];
    case "slow-apply":
      return [
        { atMs, do: "apply", site, opsPerSec: 1 + chance.below(20, draws.detail) },
        { atMs: endMs, do: "apply", site, opsPerSec: null },
      ];
    case "promote":
      return [{ atMs, do: "promote", site }];
    default:
      return unreachable(kind);
  }
}

/** A whole number from -most to most. */
function spread(most: number, chance: Chance): number {
  return chance.below(2 * most + 1, draws.detail) - most;
}

/** TigerBeetle's ranges: loss up to 30 %, replay up to 50 %. */
function weather(chance: Chance) {
  return {
    delayMs: chance.pick(heavyTailMs, draws.detail + 1),
    jitterMs: chance.pick(heavyTailMs, draws.detail + 2),
    lossPct: chance.below(31, draws.detail + 3),
    duplicatePct: chance.below(51, draws.detail + 4),
    reorderPct: chance.below(51, draws.detail + 5),
    ...(chance.isLikely(20, draws.detail + 6)
      ? { bandwidthOps: 5 + chance.below(200, draws.detail + 7) }
      : {}),
  };
}

function clear(atMs: number, { site, peer }: Episode): TimedVerb {
  const fair = {
    delayMs: 20,
    jitterMs: 0,
    lossPct: 0,
    duplicatePct: 0,
    reorderPct: 0,
    bandwidthOps: 100_000,
  };
  return { atMs, do: "link", from: site, to: peer, oneWay: false, ...fair };
}

/** A link that goes down and up, for as long each time as a heavy-tailed table says. */
function flaky({ atMs, endMs, site, peer, chance }: Episode): TimedVerb[] {
  const verbs: TimedVerb[] = [];
  let at = atMs;
  for (let i = 0; i < 10 && at < endMs; i += 1) {
    const link = { from: site, to: peer };
    verbs.push(i % 2 === 0 ? cut(at, link) : mend(at, link));
    at += 20 + chance.pick(heavyTailMs, draws.order + i);
  }
  return [...verbs, mend(endMs, { from: site, to: peer })];
}

/** FoundationDB's swizzle: a site's links stop one by one, and come back one by one in another order. */
function swizzle({ atMs, endMs, site, sites, chance }: Episode): TimedVerb[] {
  const others: NodeId[] = [...sites.filter((other) => other !== site), "coordinator", "edge"];
  const step = Math.max(1, Math.floor((endMs - atMs) / (2 * others.length)));
  const both = (peer: NodeId) => ({ from: site, to: peer, oneWay: false }) as const;
  const down = shuffled(others, chance, draws.order);
  const up = shuffled(others, chance, draws.order + 20);
  return [
    ...down.map((peer, i) => ({ atMs: atMs + i * step, do: "cut", ...both(peer) }) as const),
    ...up.map(
      (peer, i) => ({ atMs: endMs - (others.length - 1 - i) * step, do: "mend", ...both(peer) }) as const,
    ),
  ];
}
