import type { EngineInput, EngineOutput } from "../engine/types";
import type { SiteId } from "../protocol/ids";
import { placementOf } from "../protocol/ring";
import type { TraceBody } from "../protocol/trace";
import type { View } from "../protocol/view";

/** What the sites of a quorum show once they have taken in the same versions of a key, in whatever order. */
export type VersionsTaken = {
  readonly see: (site: SiteId, input: EngineInput, outputs: readonly EngineOutput[]) => void;
  /** The first two owners of a key that had taken in the same versions and showed something else; null where none did. */
  readonly parted: () => string | null;
};

type Arrival = Extract<TraceBody, { kind: "append" | "apply" }>;
type Shown = { readonly site: SiteId; readonly what: string };

/**
 * No vector says what a site of a quorum has: versions of different keys travel by themselves, and a site
 * holds some keys only. So the trace is asked, key by key. A site that restarts may have lost versions that
 * were not on its disk yet, and is not judged any more.
 */
export function createVersionsTaken(): VersionsTaken {
  const taken = new Map<string, Set<string>>();
  const shown = new Map<string, Shown>();
  const views = new Map<SiteId, View>();
  const restarted = new Set<SiteId>();
  let sentence: string | null = null;

  function judge(site: SiteId, view: View, { op, key, shows, beside = [] }: Arrival): void {
    const place = `${view.generation} ${key}`;
    const ops = (taken.get(`${site} ${place}`) ?? new Set<string>()).add(op);
    taken.set(`${site} ${place}`, ops);
    const all = [...ops].sort().join(" ");
    const what = [shows, ...[...beside].sort()].join(" ");
    const known = shown.get(`${place}: ${all}`);
    if (known === undefined) shown.set(`${place}: ${all}`, { site, what });
    else if (known.what !== what)
      sentence ??= `${known.site} and ${site} had both taken in ${all} of "${key}", and showed ${known.what} and ${what}.`;
  }

  return {
    see(site, input, outputs) {
      if (input.type === "start" && input.journal.length > 0) restarted.add(site);
      if (input.type === "coordination" && input.message.type === "view") views.set(site, input.message.view);
      const view = views.get(site);
      if (view?.cluster.mode !== "quorum" || restarted.has(site)) return;
      for (const output of outputs) {
        if (output.type !== "record") continue;
        const { event } = output;
        const isArrival = event.kind === "append" || event.kind === "apply";
        if (isArrival && placementOf(view)(event.key).includes(site)) judge(site, view, event);
      }
    },
    parted: () => sentence,
  };
}
