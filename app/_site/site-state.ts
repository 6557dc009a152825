import type { SitePicture } from "@/lib/protocol/lab/picture";
import type { Role, Status } from "@/lib/protocol/view";

/** The one thing a site's shape says. Status goes before role: a dead primary is first of all dead. */
export type SiteState =
  | "primary"
  | "replica"
  | "syncing"
  | "suspect"
  | "partitioned"
  | "diverged"
  | "dead"
  | "empty";

const byStatus: Partial<Record<Status, SiteState>> = {
  empty: "empty",
  dead: "dead",
  asleep: "dead",
  diverged: "diverged",
  suspect: "suspect",
  partitioned: "partitioned",
};
const byRole: Record<Role, SiteState> = {
  primary: "primary",
  replica: "replica",
  candidate: "syncing",
  fenced: "suspect",
  rebuilding: "syncing",
};

/** Which shape stands for a site. */
export function siteStateOf(site: Pick<SitePicture, "role" | "status">): SiteState {
  return byStatus[site.status] ?? byRole[site.role];
}

/** A site in words: "Mumbai, primary, epoch 3", with its status added when something is the matter. */
export function siteSentence(site: Pick<SitePicture, "city" | "role" | "status" | "epoch">): string {
  return `${site.city}, ${siteWords(site)}`;
}

/** The same without the city. */
export function siteWords(site: Pick<SitePicture, "role" | "status" | "epoch">): string {
  if (site.status === "empty") return "nobody here yet";
  const matter = site.status === "alive" ? "" : `, ${site.status}`;
  return `${site.role}, epoch ${site.epoch}${matter}`;
}

/** Colours of a state as classes; `ink` is for a glyph on top of it. */
export const stateColours: Record<SiteState, { fill: string; stroke: string; ink: string }> = {
  primary: { fill: "fill-primary", stroke: "stroke-primary", ink: "fill-primary-ink" },
  replica: { fill: "fill-replica", stroke: "stroke-replica", ink: "fill-replica-ink" },
  syncing: { fill: "fill-replica", stroke: "stroke-replica", ink: "fill-replica-ink" },
  suspect: { fill: "fill-suspect", stroke: "stroke-suspect", ink: "fill-suspect-ink" },
  partitioned: { fill: "fill-partitioned", stroke: "stroke-partitioned", ink: "fill-partitioned-ink" },
  diverged: { fill: "fill-diverged", stroke: "stroke-diverged", ink: "fill-diverged-ink" },
  dead: { fill: "fill-none", stroke: "stroke-dead", ink: "fill-dead" },
  empty: { fill: "fill-none", stroke: "stroke-outline", ink: "fill-outline" },
};

/** What each shape means, for legends. */
export const stateWords: Record<SiteState, string> = {
  primary: "primary: takes the writes",
  replica: "replica: holds a copy",
  syncing: "catching up",
  suspect: "suspect: not heard from",
  partitioned: "partitioned: cut off, still running",
  diverged: "diverged: holds writes that nobody else has",
  dead: "dead or asleep",
  empty: "free",
};
