import type { PodPicture } from "@/lib/protocol/lab/picture";
import { siteSentence } from "../_site/site-state";

/** The map in words, for those who do not see it. */
export function SitesAloud({ pod, several }: { readonly pod: PodPicture; readonly several: boolean }) {
  return (
    <div className="sr-only">
      {pod.sites.map((site) => (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls; this is a thing with a state.
        <div key={site.id} role="group" aria-label={several ? `${site.city}, ${pod.id}` : site.city}>
          {siteSentence(site)}
        </div>
      ))}
    </div>
  );
}
