import type { SiteId } from "@/lib/protocol/ids";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import { ruleCopy } from "../_merge/rules";
import { SiteGroup } from "../_site/site-group";

/** Which system this pod is a miniature of; another tab tells more. */
function WorksLike({ pod }: { readonly pod: PodPicture }) {
  if (pod.preset === null) return `This pod replicates by settings of its own, ${settingWords(pod)}.`;
  return (
    <>
      This pod works like{" "}
      <a
        className="underline underline-offset-4"
        href={`/docs/presets#${pod.preset}`}
        target="_blank"
        rel="noopener"
      >
        {pod.preset}
      </a>
      .
    </>
  );
}

function settingWords({ view: { cluster } }: PodPicture): string {
  if (cluster.mode !== "active-active") return cluster.mode;
  return `${cluster.mode}, merge rule "${ruleCopy[cluster.merge].name}"`;
}

/** The whole pod in one line, this seat's own site marked. */
export function ClusterStrip({ pod, mine }: { readonly pod: PodPicture; readonly mine: SiteId }) {
  return (
    <section aria-label={`The cluster, ${pod.id}`}>
      <div
        // biome-ignore lint/a11y/noNoninteractiveTabindex: on a phone it scrolls, and must by keyboard too.
        tabIndex={0}
        className="-mx-4 flex overflow-x-auto px-4 gap-2 py-1 sm:mx-0 sm:flex-wrap sm:px-0"
      >
        {pod.sites.map((site) => (
          <SiteGroup
            key={site.id}
            site={site}
            className={`shrink-0 rounded-lg border bg-surface px-2.5 py-1.5 ${site.id === mine ? "border-2 border-accent" : "border-line"}`}
          />
        ))}
      </div>
      <p className="mt-1.5 text-[0.875rem] text-muted">
        <WorksLike pod={pod} />
        {pod.waitingFor !== null && ` ${pod.waitingFor}`}
      </p>
    </section>
  );
}
