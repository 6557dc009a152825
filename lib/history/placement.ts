import { placementOf } from "../protocol/ring";
import type { RunEvidence, SiteAtEnd } from "./report";

/** Which of the sites at the end should show each key: all, unless the cluster keeps every key at some of them only. */
export function sitesShowing({
  sites,
  events,
  config,
}: Pick<RunEvidence, "sites" | "events" | "config">): (key: string) => readonly SiteAtEnd[] {
  const view = events.findLast((event) => event.kind === "view");
  if (config.mode !== "quorum" || view === undefined) return () => sites;
  const owners = placementOf({ members: view.members, cluster: config, phase: "serving" });
  return (key) => {
    const of: readonly string[] = owners(key);
    return sites.filter(({ site }) => of.includes(site));
  };
}

/** The keys that any of the sites shows. */
export function keysOf(sites: readonly SiteAtEnd[]): readonly string[] {
  return [...new Set(sites.flatMap(({ state }) => Object.keys(state.keys)))];
}
