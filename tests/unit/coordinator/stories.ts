import { must } from "../../../lib/kernel/assert";
import type { Cluster, ClusterPatch } from "../../../lib/protocol/cluster";
import type { SiteId } from "../../../lib/protocol/ids";
import type { TraceBody } from "../../../lib/protocol/trace";
import type { View } from "../../../lib/protocol/view";
import { resolveCluster } from "../../../lib/scenario/cluster";
import { createPod, type TestPod } from "./pod";

export const trio = ["mumbai", "pune", "delhi"] as const;

export function cluster(patch: ClusterPatch = {}, base?: Cluster): Cluster {
  const result = resolveCluster(patch, base);
  if (!result.ok) throw new Error(`${result.error.path}: ${result.error.expected}`);
  return result.value;
}

/** A pod whose sites have joined in order; with one writer `mumbai` reigns. */
export function runningPod(patch: ClusterPatch = {}, sites: readonly string[] = trio): TestPod {
  const pod = createPod({ sites, cluster: cluster(patch) });
  for (const site of sites) pod.join(site);
  pod.run(100);
  return pod;
}

export function change(pod: TestPod, patch: ClusterPatch): void {
  pod.configure(cluster(patch, pod.view().cluster));
}

/** Sets how far each log reaches, as `{mumbai: [1, 7]}`, and lets everybody report it. */
export function logs(pod: TestPod, ends: Readonly<Record<string, readonly [number, number]>>): void {
  for (const [site, [epoch, lsn]] of Object.entries(ends)) pod.life(site).position = { epoch, lsn };
  pod.run(1000);
}

/** The primary proposes a sync set, and it is recorded. */
export function propose(pod: TestPod, ...sites: readonly string[]): void {
  pod.life(must(pod.view().primary, "somebody reigns")).syncSet = sites as readonly SiteId[];
  pod.run(1100);
}

export function statusOf(pod: TestPod, site: string): string {
  return must(
    pod.snapshot().sites.find((belief) => belief.site === site),
    site,
  ).status;
}

export function records<Kind extends TraceBody["kind"]>(
  pod: TestPod,
  kind: Kind,
): Extract<TraceBody, { kind: Kind }>[] {
  return pod
    .happenings()
    .flatMap((happening) =>
      happening.what === "record" && happening.event.kind === kind ? [happening.event] : [],
    )
    .map((event) => event as Extract<TraceBody, { kind: Kind }>);
}

/** When each view was issued, oldest first. */
export function views(pod: TestPod): readonly { readonly atMs: number; readonly view: View }[] {
  return pod.happenings().flatMap((happening) => (happening.what === "view" ? [happening] : []));
}

/** When the primary changed to what it is now. */
export function promotedAt(pod: TestPod): number {
  const { epoch, primary } = pod.view();
  return must(
    views(pod).find(({ view }) => view.epoch === epoch && view.primary === primary),
    "somebody was promoted",
  ).atMs;
}
