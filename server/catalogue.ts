import { must } from "../lib/kernel/assert";
import { err, ok, type Result } from "../lib/kernel/result";
import type { Cluster, ClusterPatch } from "../lib/protocol/cluster";
import type { SiteId } from "../lib/protocol/ids";
import { scenarioNamed } from "../lib/scenario/bundled/all";
import { type City, cities } from "../lib/scenario/cities";
import { resolveCluster } from "../lib/scenario/cluster";
import { unfitFor } from "../lib/scenario/combinations";
import { planOf } from "../lib/scenario/plan";
import { defaultPreset, presets } from "../lib/scenario/presets/all";
import type { Problem } from "../lib/scenario/problem";
import { geographicMs } from "../lib/sim/geography";

const byId = new Map(cities.map((city) => [city.id, city]));

/** The city that a live site is named after. */
export function cityOf(site: SiteId): City {
  return must(byId.get(site), `no city ${site}`);
}

/** One way between two cities, in ms, as light and cables have it; 0 from a city to itself. */
export function delayMs(from: SiteId, to: SiteId): number {
  return from === to ? 0 : geographicMs(cityOf(from), cityOf(to));
}

/** What a new lab runs, and the sites of its pods. */
export type NewLabPlan = { readonly cluster: Cluster; readonly sites: readonly SiteId[] };
/** What the creator wished for; a scenario gives the sites and the cluster of the lesson it tells. */
export type NewLabWish = {
  readonly preset?: string | undefined;
  readonly scenario?: string | undefined;
  readonly sites?: number | undefined;
};

/** Plans a new lab; the error says which wish cannot be granted. A preset overrides a scenario's cluster. */
export function planLab({ preset, scenario, sites: count }: NewLabWish): Result<NewLabPlan, string> {
  const base = scenario === undefined ? fromPreset(preset ?? defaultPreset) : fromScenario(scenario);
  const named = preset === undefined ? base : fromPreset(preset);
  if (!base.ok) return base;
  if (!named.ok) return named;
  const { sites } = base.value;
  const others = cities.map(({ id }) => id).filter((id) => !sites.includes(id));
  const chosen = [...sites, ...others].slice(0, count ?? sites.length);
  const unfit = unfitFor(named.value.cluster, chosen);
  return unfit === null ? ok({ ...named.value, sites: chosen }) : err(sentenceOf(unfit));
}

function fromPreset(name: string): Result<NewLabPlan, string> {
  const cluster = resolveCluster({ preset: name });
  if (!cluster.ok) return err(sentenceOf(cluster.error));
  const count = presets.find((each) => each.name === name)?.sites ?? 3;
  return ok({ cluster: cluster.value, sites: cities.slice(0, count).map(({ id }) => id) });
}

function fromScenario(name: string): Result<NewLabPlan, string> {
  const found = scenarioNamed(name);
  if (found === undefined) return err(`$.scenario: expected the name of a bundled scenario, not ${name}`);
  const plan = planOf(found.scenario);
  if (!plan.ok) return err(sentenceOf(plan.error));
  const { cluster, sites } = plan.value;
  return ok({ cluster, sites: sites.map(({ id }) => id) });
}

/** The cluster of a pod of `sites` after a change while it runs; the error says which axis cannot be so, and why. */
export function changedCluster(
  patch: ClusterPatch,
  before: Cluster,
  sites: readonly SiteId[],
): Result<Cluster, string> {
  const cluster = resolveCluster(patch, before);
  if (!cluster.ok) return err(sentenceOf(cluster.error));
  const unfit = unfitFor(cluster.value, sites);
  return unfit === null ? cluster : err(sentenceOf(unfit));
}

/** A problem in one line: where, and what was expected there. */
export function sentenceOf({ path, expected }: Problem): string {
  return `${path}: ${expected}`;
}
