import type { Cluster } from "../protocol/cluster";
import type { SiteId } from "../protocol/ids";

/** Why these upstreams are no tree of `members`, as the sentence of a refusal; null where they are one. */
export function whyNoTree(upstream: Cluster["upstream"], members: readonly SiteId[]): string | null {
  const named = Object.entries(upstream).flatMap(([site, from]) => [
    site as SiteId,
    ...(from === null ? [] : [from]),
  ]);
  const stranger = named.find((site) => !members.includes(site));
  if (stranger !== undefined) {
    return `expected upstreams among the sites of this cluster: ${stranger} is none of them`;
  }
  for (const start of named) {
    const cycle = cycleFrom(upstream, start);
    if (cycle !== null) {
      return `expected every chain of upstreams to end at the primary: ${cycle.join(" follows ")} and so on`;
    }
  }
  return null;
}

/** The sites passed from `start` until it comes round to itself; null where it never does. */
function cycleFrom(upstream: Cluster["upstream"], start: SiteId): readonly SiteId[] | null {
  const passed = [start];
  for (let at = upstream[start] ?? null; at !== null; at = upstream[at] ?? null) {
    if (at === start) return [...passed, start];
    // A cycle that does not lead back to `start` is found from one of its own sites.
    if (passed.includes(at)) return null;
    passed.push(at);
  }
  return null;
}
