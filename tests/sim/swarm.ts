import { must } from "../../lib/kernel/assert";
import { type Random, randomStream } from "../../lib/kernel/random";
import type { ClusterPatch } from "../../lib/protocol/cluster";
import { type Plan, planOf } from "../../lib/scenario/plan";

/** What a swarm may do to a pod; each seed uses some of it (Groce et al., ISSTA 2012). */
export type Feature =
  | "crash"
  | "lost-disk"
  | "pause"
  | "partition"
  | "one-way"
  | "isolate"
  | "weather"
  | "clock"
  | "promote";

const names = ["mumbai", "pune", "frankfurt", "london", "lagos"];
const durationMs = 12_000;

/**
 * A random scenario: a pod of two to five sites, sessions everywhere, and a random subset of
 * `features`, each with a random rate. The same seed gives the same scenario.
 */
export function swarmPlan(seed: number, cluster: ClusterPatch, features: readonly Feature[]): Plan {
  const random = randomStream(seed, "swarm");
  const sites = names.slice(0, 2 + random.below(4));
  const used = features.filter(() => random.below(2) === 0);
  const timeline = used.flatMap((feature) =>
    Array.from({ length: 1 + random.below(3) }, () => trouble(feature, sites, random)).flat(),
  );
  const plan = planOf({
    name: `swarm ${seed}`,
    seed,
    durationMs,
    settleMs: 30_000,
    sites,
    cluster,
    network: { delayMs: 1 + random.below(100), jitterMs: random.below(40), lossPct: random.below(6) },
    timeoutMs: 2000,
    traffic: [...sites.map((site, i) => traffic(`s${i}`, site, random)), traffic("world", "route", random)],
    timeline,
  });
  if (!plan.ok) throw new Error(`${plan.error.path}: ${plan.error.expected}`);
  return plan.value;
}

function traffic(session: string, site: string, random: Random) {
  const kinds = [
    { mix: { put: 3, get: 2, delete: random.below(2) }, keys: ["x", "y"] },
    { mix: { increment: 3, get: 1 }, keys: ["n"] },
    { mix: { add: 3, remove: 1, get: 1 }, keys: ["set"] },
    { mix: { insert: 3, erase: 1, get: 1 }, keys: ["text"] },
    { mix: { patch: 1, get: 1 }, keys: ["record"] },
  ];
  return {
    session,
    site,
    everyMs: 80 + random.below(300),
    ...must(kinds[random.below(kinds.length)], "a kind"),
  };
}

function trouble(feature: Feature, sites: readonly string[], random: Random): object[] {
  const atMs = 500 + random.below(durationMs - 3000);
  const endMs = Math.min(durationMs, atMs + 200 + random.below(6000));
  const site = must(sites[random.below(sites.length)], "a site");
  const other = must(
    [...sites, "coordinator", "edge"].filter((node) => node !== site)[random.below(sites.length + 1)],
    "another node",
  );
  switch (feature) {
    case "crash":
      return [
        { atMs, do: "crash", site },
        { atMs: endMs, do: "restart", site },
      ];
    case "lost-disk":
      return [
        { atMs, do: "crash", site, disk: "lost" },
        { atMs: endMs, do: "restart", site },
      ];
    case "pause":
      return [{ atMs, do: "pause", site, forMs: endMs - atMs }];
    case "partition": {
      const group = [...sites, ...(random.below(2) === 0 ? ["coordinator"] : [])].filter(
        () => random.below(2) === 0,
      );
      return group.length === 0
        ? []
        : [
            { atMs, do: "partition", groups: [group] },
            { atMs: endMs, do: "heal" },
          ];
    }
    case "one-way":
      return [
        { atMs, do: "cut", from: site, to: other, oneWay: true },
        { atMs: endMs, do: "mend", from: site, to: other },
      ];
    case "isolate":
      return [
        { atMs, do: "isolate", site },
        { atMs: endMs, do: "heal" },
      ];
    case "weather":
      return [
        {
          atMs,
          do: "link",
          from: site,
          to: other,
          ...{ delayMs: random.below(800), jitterMs: random.below(300), lossPct: random.below(60) },
          ...{ duplicatePct: random.below(50), reorderPct: random.below(50) },
        },
      ];
    case "clock":
      return [
        {
          atMs,
          do: "clock",
          site,
          skewMs: random.below(8000) - 4000,
          driftPpm: random.below(100_000) - 50_000,
        },
        { atMs: endMs, do: "clock", site, jumpMs: random.below(4000) - 2000 },
      ];
    case "promote":
      return [{ atMs, do: "promote", site }];
  }
}
