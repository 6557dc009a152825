import type { SitePicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";
import type { Role } from "@/lib/protocol/view";
import { type SiteState, siteStateOf } from "../_site/site-state";

/** A stretch of time in which a site was one thing. */
export type Stretch = { readonly state: SiteState; readonly fromMs: number; readonly toMs: number };
export type EpochStart = { readonly atMs: number; readonly epoch: number };

type Known = { role: Role; status: "alive" | "suspect" | "dead" | "asleep" };

/** What one event says about a site, or null when it says nothing. */
function learn(event: TraceEvent, site: string, known: Known): Known | null {
  if (event.kind === "role" && event.site === site) return { role: event.role, status: "alive" };
  if (event.kind === "detect" && event.target === site) return { ...known, status: event.state };
  if (event.kind !== "fault") return null;
  const fields = event.fields;
  const about = typeof fields === "object" && fields !== null && "site" in fields && fields.site === site;
  return about && event.verb === "crash" ? { ...known, status: "dead" } : null;
}

/**
 * A site's past as stretches of equal state, from the pod's events (oldest first) up to now. The last
 * stretch is what the picture says, since the picture is newer than any event.
 */
export function stretchesOf(events: readonly TraceEvent[], site: SitePicture, nowMs: number): Stretch[] {
  const stretches: Stretch[] = [];
  let known: Known = { role: "replica", status: "alive" };
  let since: { readonly atMs: number; readonly state: SiteState } | null = null;
  for (const event of events) {
    const next = learn(event, site.id, known);
    if (next === null) continue;
    known = next;
    const state = siteStateOf(known);
    if (since?.state === state) continue;
    if (since !== null) stretches.push({ state: since.state, fromMs: since.atMs, toMs: event.atMs });
    since = { atMs: event.atMs, state };
  }
  const present = siteStateOf(site);
  if (since === null) return present === "empty" ? [] : [{ state: present, fromMs: 0, toMs: nowMs }];
  stretches.push({ state: since.state, fromMs: since.atMs, toMs: nowMs });
  return stretches;
}

/** When each reign began. */
export function epochsOf(events: readonly TraceEvent[]): EpochStart[] {
  const starts: EpochStart[] = [];
  for (const event of events) {
    if (event.kind === "view" && event.epoch > (starts.at(-1)?.epoch ?? 0)) {
      starts.push({ atMs: event.atMs, epoch: event.epoch });
    }
  }
  return starts;
}
