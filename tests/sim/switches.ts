import { keyed } from "../../lib/kernel/random";
import type { SiteId } from "../../lib/protocol/ids";
import type { TraceEvent } from "../../lib/protocol/trace";
import { resolveCluster } from "../../lib/scenario/cluster";
import { unfitFor } from "../../lib/scenario/combinations";
import { presets } from "../../lib/scenario/presets/all";
import type { Preset } from "../../lib/scenario/presets/preset";
import type { ScenarioInput } from "../../lib/scenario/schema";
import type { Run } from "../../lib/sim/run";
import type { FaultKind } from "../../lib/sim/swarm/faults";
import { swarmScenario } from "../../lib/sim/swarm/swarm";
import { chanceOf } from "../../lib/sim/swarm/tables";

const draws = { sites: 0, first: 1, count: 2, gap: 10, preset: 30 } as const;
const firstMs = 1500;

/** The chain of presets that one seed makes a pod go through, under traffic and the faults of a swarm. */
export function switchScenario(
  seed: number,
  faults: readonly FaultKind[],
  among: (preset: Preset) => boolean = () => true,
): ScenarioInput {
  const chance = chanceOf(keyed(seed, "switches"), 0);
  const size = 2 + chance.below(5, draws.sites);
  const durationMs = 18_000;
  const cluster = { preset: "postgres-async" };
  const swarm = { cluster, sites: [size, size], durationMs, faults, work: "types", core: null } as const;
  const scenario = swarmScenario(swarm, seed);
  const fit = presets.filter((preset) => among(preset) && fits(preset, scenario.sites as SiteId[]));
  const switches = [];
  for (let i = 0, atMs = firstMs; atMs < durationMs - 1000; i += 1) {
    const { name } = chance.pick(fit, draws.preset + i);
    switches.push({ atMs, do: "configure", cluster: { preset: name } } as const);
    // Now and then the next comes while one is under way, and is refused.
    atMs += chance.isLikely(10, draws.gap + i) ? 300 : 2200 + chance.below(2500, draws.gap + 10 + i);
  }
  return {
    ...scenario,
    name: `switches ${seed}`,
    cluster: { preset: chance.pick(fit, draws.first).name },
    timeline: [...(scenario.timeline ?? []), ...switches],
  };
}

function fits({ name }: Preset, sites: readonly SiteId[]): boolean {
  const cluster = resolveCluster({ preset: name });
  return cluster.ok && unfitFor(cluster.value, sites) === null;
}

type ViewEvent = Extract<TraceEvent, { kind: "view" }>;

/** One change that was put in force: its words, and the epoch before it. */
type Switch = { readonly words: string; readonly above: number; readonly atMs: number };

/** How a switch between presets is said. */
const betweenPresets = /^Switched from \S+ to [^\s,:]+/;

/** Every orderly change of the run that is `said` so, in order, by the views that put them in force. */
export function switchesOf(events: readonly TraceEvent[], said = betweenPresets): readonly Switch[] {
  const views = events.filter((event): event is ViewEvent => event.kind === "view");
  return views.flatMap(({ reason, atMs }, i) => {
    const words = said.exec(reason)?.[0];
    // The sites' own claim repeats it, in the epoch that they have begun.
    return words === undefined || reason.startsWith(`${words}. `)
      ? []
      : [{ words, atMs, above: views[i - 1]?.epoch ?? 0 }];
  });
}

/** What an orderly change promises of epochs, in every run: the first of its promises that is broken, or null. */
export function brokenPromise({ events, report }: Run, said = betweenPresets): string | null {
  const highest = new Map<string, number>();
  for (const event of events) {
    // What was not yet on the disk is gone with a crash, an epoch that nobody has heard of from here too.
    if (event.kind === "fault" && event.verb === "crash") highest.delete(event.site);
    if (event.kind !== "view" && event.kind !== "role") continue;
    const before = highest.get(event.site) ?? 0;
    if (event.epoch < before)
      return `${event.site} goes back from epoch ${before} to ${event.epoch} at ${event.atMs} ms.`;
    highest.set(event.site, event.epoch);
  }
  const last = switchesOf(events, said).at(-1);
  if (last === undefined) return null;
  for (const [site, { epoch }] of Object.entries(report.final)) {
    if (epoch <= last.above) return `${site} is in epoch ${epoch} still: ${last.words}, above ${last.above}.`;
    if (!says(events, site, last)) return `${site} does not say: ${last.words}.`;
  }
  return null;
}

/** Each switch is said by each site in one sentence, with the epoch that begins with it. */
function says(events: readonly TraceEvent[], site: string, { words, above }: Switch): boolean {
  return events.some(
    (event) =>
      event.kind === "role" && event.site === site && event.epoch > above && event.reason.startsWith(words),
  );
}
