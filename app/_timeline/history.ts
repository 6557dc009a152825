import type { Json } from "@/lib/kernel/json";
import type { SitePicture } from "@/lib/protocol/lab/picture";
import type { TraceEvent } from "@/lib/protocol/trace";
import type { Role } from "@/lib/protocol/view";
import { type SiteState, siteStateOf } from "../_site/site-state";

/** A stretch of time in which a site was one thing. */
export type Stretch = { readonly state: SiteState; readonly fromMs: number; readonly toMs: number };
type EpochStart = { readonly atMs: number; readonly epoch: number };

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
 * A site's past as stretches of equal state, from the pod's events (oldest first) up to now. Where no event
 * tells anything yet, the picture's present state stands for the whole time.
 */
export function stretchesOf(events: readonly TraceEvent[], site: SitePicture, nowMs: number): Stretch[] {
  const stretches: { state: SiteState; fromMs: number; toMs: number }[] = [];
  let known: Known = { role: "replica", status: "alive" };
  for (const event of events) {
    const next = learn(event, site.id, known);
    if (next === null) continue;
    known = next;
    const state = siteStateOf(known);
    const last = stretches.at(-1);
    if (last?.state === state) continue;
    if (last !== undefined) last.toMs = event.atMs;
    stretches.push({ state, fromMs: event.atMs, toMs: nowMs });
  }
  const present = siteStateOf(site);
  if (stretches.length > 0 || present === "empty") return stretches;
  return [{ state: present, fromMs: 0, toMs: nowMs }];
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

/** A time in which links between sites were cut or pulled. */
type CutTime = { readonly fromMs: number; readonly toMs: number };

/** What `heal` alone ends; a link that was cut by itself may also be mended by itself. */
const everything = "*";

/** When some link was cut, from the first cut until the last one was mended, up to now. */
export function cutTimesOf(events: readonly TraceEvent[], nowMs: number): readonly CutTime[] {
  const times: { fromMs: number; toMs: number }[] = [];
  const cuts = new Set<string>();
  for (const event of events) {
    if (event.kind !== "fault") continue;
    const wasWhole = cuts.size === 0;
    learnCut(cuts, event.verb, pairOf(event.fields));
    if (wasWhole && cuts.size > 0) times.push({ fromMs: event.atMs, toMs: nowMs });
    const open = times.at(-1);
    if (!wasWhole && cuts.size === 0 && open !== undefined) open.toMs = event.atMs;
  }
  return times;
}

function learnCut(cuts: Set<string>, verb: string, pair: string): void {
  if (verb === "heal" || verb === "reset") cuts.clear();
  else if (verb === "partition" || verb === "isolate") cuts.add(everything);
  else if (verb === "cut" || verb === "pull") cuts.add(pair);
  else if (verb === "mend" || verb === "plug") cuts.delete(pair);
}

/** The two ends of a link, whichever is named first. */
function pairOf(fields: Json): string {
  if (fields === null || typeof fields !== "object" || Array.isArray(fields)) return everything;
  const { from, to } = fields as { readonly [name: string]: Json };
  return [String(from), String(to)].sort().join();
}
