import { must } from "../lib/kernel/assert";
import { err, ok, type Result } from "../lib/kernel/result";
import type { Cluster, ClusterPatch } from "../lib/protocol/cluster";
import type { SiteId } from "../lib/protocol/ids";
import { type City, cities } from "../lib/scenario/cities";
import { resolveCluster } from "../lib/scenario/cluster";
import { defaultPreset, presets } from "../lib/scenario/presets";
import type { Problem } from "../lib/scenario/problem";

const byId = new Map(cities.map((city) => [city.id, city]));

/** The city that a live site is named after. */
export function cityOf(site: SiteId): City {
  return must(byId.get(site), `no city ${site}`);
}

/** The sites of a new pod. */
export function sitesFor(count: number): readonly SiteId[] {
  return cities.slice(0, count).map(({ id }) => id);
}

/** A cluster and the preset it is a variant of; null where it has no preset's name. */
export type Configured = { readonly cluster: Cluster; readonly preset: string | null };

/** What a new lab runs, and how many sites its pods have when nobody says. */
export function newCluster(preset = defaultPreset): Result<Configured & { readonly sites: number }, string> {
  const cluster = resolveCluster({ preset });
  if (!cluster.ok) return err(sentenceOf(cluster.error));
  const sites = presets.find(({ name }) => name === preset)?.sites ?? 3;
  return ok({ cluster: cluster.value, preset, sites });
}

/** The cluster after a change while it runs; the error says which axis cannot be so, and why. */
export function changedCluster(patch: ClusterPatch, base: Configured): Result<Configured, string> {
  const cluster = resolveCluster(patch, base.cluster);
  if (!cluster.ok) return err(sentenceOf(cluster.error));
  const keepsPreset = patch.mode === undefined || patch.mode === base.cluster.mode;
  return ok({ cluster: cluster.value, preset: patch.preset ?? (keepsPreset ? base.preset : null) });
}

/** A problem in one line: where, and what was expected there. */
export function sentenceOf({ path, expected }: Problem): string {
  return `${path}: ${expected}`;
}
