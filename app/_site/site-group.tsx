import type { ReactNode } from "react";
import type { SitePicture } from "@/lib/protocol/lab/picture";
import { SiteIcon } from "./site-mark";
import { siteStateOf, siteWords } from "./site-state";

/** One site as a named group with its state in words; everything that belongs to it goes inside. */
export function SiteGroup({
  site,
  children,
  className,
}: {
  readonly site: SitePicture;
  readonly children?: ReactNode;
  readonly className?: string;
}) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a fieldset is for controls; this is a thing with a state.
    <div role="group" aria-label={site.city} className={className}>
      <div className="flex min-w-0 items-center gap-2">
        <SiteIcon state={siteStateOf(site)} />
        <p className="min-w-0 leading-tight">
          <span className="font-medium">{site.city}</span>
          <span className="text-[0.8125rem] text-muted">, {siteWords(site)}</span>
        </p>
      </div>
      {children}
    </div>
  );
}
