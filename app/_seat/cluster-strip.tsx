import type { SiteId } from "@/lib/protocol/ids";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import { SiteGroup } from "../_site/site-group";

/** The whole pod in one line, this seat's own site marked. */
export function ClusterStrip({ pod, mine }: { readonly pod: PodPicture; readonly mine: SiteId }) {
  return (
    <section aria-label={`The cluster, ${pod.id}`} className="-mx-4 overflow-x-auto px-4 sm:mx-0 sm:px-0">
      <div className="flex w-max gap-2 py-1 sm:w-auto sm:flex-wrap">
        {pod.sites.map((site) => (
          <SiteGroup
            key={site.id}
            site={site}
            className={`rounded-lg border bg-surface px-2.5 py-1.5 ${site.id === mine ? "border-2 border-accent" : "border-line"}`}
          />
        ))}
      </div>
      {pod.waitingFor !== null && <p className="mt-1.5 text-[0.875rem] text-muted">{pod.waitingFor}</p>}
    </section>
  );
}
