"use client";
import type { PodPicture, SitePicture } from "@/lib/protocol/lab/picture";
import { SiteActions } from "../_faults/site-actions";
import { Card } from "../_kit/card";
import { SiteGroup } from "../_site/site-group";
import { viaWords } from "../_topology/link-words";
import { siteNotes } from "../_topology/site-notes";
import type { Run } from "./commands";

/** Every site with its state in words and everything that can be done to it: the map for everybody. */
export function SiteList({
  pod,
  run,
  chosen,
}: {
  readonly pod: PodPicture;
  readonly run: Run;
  readonly chosen: string | null;
}) {
  const here = pod.sites.filter((site) => site.status !== "empty").length;
  return (
    <Card
      title="Sites"
      aside={
        <p className="text-[0.8125rem] text-muted">
          {here} of {pod.sites.length} taken
        </p>
      }
    >
      <div className="-my-2">
        {pod.sites.map((site) => (
          <SiteGroup
            key={site.id}
            site={site}
            className={`border-t border-line py-3 first:border-t-0 ${site.id === chosen ? "-mx-2 rounded-lg px-2 outline-2 outline-accent" : ""}`}
          >
            <SiteFacts pod={pod} site={site} />
            <SiteActions pod={pod} site={site} run={run} />
          </SiteGroup>
        ))}
      </div>
    </Card>
  );
}

function SiteFacts({ pod, site }: { readonly pod: PodPicture; readonly site: SitePicture }) {
  if (site.status === "empty") return null;
  const facts = [
    `log ends at ${site.position.epoch}:${site.position.lsn}`,
    site.via !== null && viaWords[site.via],
    site.hidden && "tab in the background",
    ...siteNotes(pod, site),
  ].filter((fact) => typeof fact === "string");
  return (
    <div className="mt-1 pl-9 text-[0.8125rem] text-muted">
      <p>{facts.join(" · ")}</p>
      {site.cannotWrite !== null && <p className="text-text">Cannot write: {site.cannotWrite}</p>}
    </div>
  );
}
