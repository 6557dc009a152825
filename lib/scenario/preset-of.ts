import { canonicalJson } from "../kernel/json";
import type { Cluster } from "../protocol/cluster";
import { resolveCluster } from "./cluster";
import { presets } from "./presets/all";

const names: ReadonlyMap<string, string> = new Map(
  presets.flatMap(({ name }) => {
    const cluster = resolveCluster({ preset: name });
    return cluster.ok ? [[canonicalJson(cluster.value), name] as const] : [];
  }),
);

/** The name of the preset whose every axis a cluster has; null for settings of its own. */
export function presetOf(cluster: Cluster): string | null {
  return names.get(canonicalJson(cluster)) ?? null;
}
