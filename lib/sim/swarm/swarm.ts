import { keyed } from "../../kernel/random";
import type { ClusterPatch } from "../../protocol/cluster";
import type { SiteId } from "../../protocol/ids";
import type { ScenarioInput } from "../../scenario/schema";
import { episode, type FaultKind } from "./faults";
import { type Chance, chanceOf, heavyTailMs, shuffled, weights } from "./tables";
import { sessionAt, type Work } from "./workload";

/** What a swarm of scenarios has in common; each seed is one of them. */
export type Swarm = {
  readonly cluster: ClusterPatch;
  /** How many sites, least and most. */
  readonly sites: readonly [number, number];
  readonly durationMs: number;
  /** What may go wrong; each seed uses a random subset, with random weights. */
  readonly faults: readonly FaultKind[];
  readonly work: Work;
  /**
   * Given, only a random core is healed in the end, the rest stays cut off for ever, and the core must
   * converge: of how many sites at least (Vopr's liveness phase). Null: everything is healed.
   */
  readonly core: ((sites: number) => number) | null;
};

const cities = ["mumbai", "pune", "frankfurt", "london", "lagos", "osaka", "lima"] as SiteId[];
const draws = { sites: 0, delay: 1, jitter: 2, loss: 3, count: 4, core: 5, coreSites: 40 } as const;

/**
 * The scenario of one seed. Everything is drawn from a stream keyed by what it is for, so that the
 * seventh fault does not depend on the sixth, nor a session on any fault.
 */
export function swarmScenario(swarm: Swarm, seed: number): ScenarioInput {
  const chance = chanceOf(keyed(seed, "swarm"), 0);
  const [least, most] = swarm.sites;
  const sites = cities.slice(0, least + chance.below(most - least + 1, draws.sites));
  const untilMs = swarm.durationMs;
  const work = { work: swarm.work, untilMs };
  const doors: (SiteId | "route")[] = [...sites.slice(0, 4), "route"];
  const sessions = keyed(seed, "session");
  return {
    name: `swarm ${seed}`,
    seed,
    durationMs: untilMs,
    settleMs: 30_000,
    sites: [...sites],
    cluster: swarm.cluster,
    network: {
      delayMs: Math.min(160, chance.pick(heavyTailMs, draws.delay)),
      jitterMs: Math.min(50, chance.pick(heavyTailMs, draws.jitter)),
      lossPct: chance.isLikely(50, draws.loss) ? 0 : chance.below(6, draws.loss + 30),
    },
    timeoutMs: 2000,
    traffic: doors.flatMap((site, i) =>
      sessionAt(i, site, sites, { ...work, chance: chanceOf(sessions, i) }).slice(),
    ),
    timeline: faultsOf(swarm, seed, sites, chance),
    ...(swarm.core === null ? {} : { healOnly: coreOf(swarm.core(sites.length), sites, chance) }),
  };
}

function faultsOf(swarm: Swarm, seed: number, sites: readonly SiteId[], chance: Chance) {
  const kinds = keyed(seed, "kind");
  // A kind is left out of half of the seeds, and has a weight of its own in the others.
  const bag = swarm.faults.flatMap((kind, i) => {
    const own = chanceOf(kinds, i);
    return own.isLikely(50, 0) ? Array.from({ length: own.pick(weights, 1) }, () => kind) : [];
  });
  if (bag.length === 0) return [];
  const episodes = keyed(seed, "episode");
  return Array.from({ length: 1 + chance.below(5, draws.count) }, (_, i) => {
    const own = chanceOf(episodes, i);
    return episode(own.pick(bag, 4), sites, swarm.durationMs, own);
  }).flat();
}

function coreOf(least: number, sites: readonly SiteId[], chance: Chance): SiteId[] {
  const size = least + chance.below(sites.length - least + 1, draws.core);
  const chosen = new Set(shuffled(sites, chance, draws.coreSites).slice(0, size));
  return sites.filter((site) => chosen.has(site));
}
