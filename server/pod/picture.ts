import type { CoordinatorSnapshot, SiteBelief } from "../../lib/coordinator/types";
import { type Meeting, meetingSentence } from "../../lib/history/meetings";
import type { SiteId } from "../../lib/protocol/ids";
import type {
  ConflictPicture,
  LinkPicture,
  Outage,
  PodFigures,
  PodPicture,
  SitePicture,
} from "../../lib/protocol/lab/picture";
import type { SeatReport } from "../../lib/protocol/lab/wire";
import { origin } from "../../lib/protocol/position";
import type { Status } from "../../lib/protocol/view";
import { presetOf } from "../../lib/scenario/preset-of";
import { cityOf } from "../catalogue";
import type { PodState } from "../lab/state";
import { hintsFor, partitionedSites } from "./hints";

const conflictCharsMost = 300;

/** Everything a pod's picture is drawn from. */
export type PictureSources = {
  readonly state: PodState;
  readonly coordinator: CoordinatorSnapshot;
  /** Sites that somebody holds, whether the tab is open or not. */
  readonly held: ReadonlySet<SiteId>;
  /** What the connected seats last said of themselves. */
  readonly reports: ReadonlyMap<SiteId, SeatReport>;
  readonly figures: PodFigures;
  readonly meetings: readonly Meeting[];
  readonly outage: Outage | null;
  readonly nowMs: number;
};

/** Draws one pod. Pure: the same sources give the same picture. */
export function pictureOf(sources: PictureSources): PodPicture {
  const { state, coordinator, held, reports } = sources;
  const live = state.sites.filter((site) => reports.has(site));
  const cut = partitionedSites(coordinator.view.primary, state.faults, live);
  const name = (site: SiteId) => cityOf(site).city;
  return {
    id: state.id,
    preset: presetOf(coordinator.view.cluster),
    view: coordinator.view,
    sites: state.sites.map((site) => {
      const belief = coordinator.sites.find((entry) => entry.site === site) ?? null;
      const report = reports.get(site) ?? null;
      return sitePicture(site, belief, report, statusOf(held.has(site), belief, report, cut.has(site)));
    }),
    links: linksOf(reports),
    faults: state.faults,
    waitingFor: coordinator.waitingFor,
    hints: hintsFor(coordinator.view, state.faults, live, name),
    trafficPerSec: state.traffic.ratePerSec,
    outage: sources.outage,
    figures: sources.figures,
    conflicts: sources.meetings.map((meeting) => conflictPicture(meeting, state.sites)),
    nowMs: sources.nowMs,
  };
}

/** Tabs report what met, so a name or a key may be anything. */
function conflictPicture(meeting: Meeting, sites: readonly SiteId[]): ConflictPicture {
  const nameOf = (id: string) => {
    const site = sites.find((each) => each === id);
    return site === undefined ? "somebody" : cityOf(site).city;
  };
  const text = meetingSentence(meeting, nameOf).slice(0, conflictCharsMost);
  return { atMs: meeting.atMs, text, lost: meeting.outcome === "overwritten" };
}

function linksOf(reports: ReadonlyMap<SiteId, SeatReport>): LinkPicture[] {
  return [...reports].flatMap(([from, report]) => report.links.map((link) => ({ ...link, from })));
}

/** What is certain comes before what is suspected; an injected cut is named only where nothing is worse. */
function statusOf(
  isHeld: boolean,
  belief: SiteBelief | null,
  report: SeatReport | null,
  isPartitioned: boolean,
): Status {
  if (!isHeld) return "empty";
  // The coordinator calls a site it has never heard of empty; somebody does hold this one.
  const believed = belief === null || belief.status === "empty" ? "dead" : belief.status;
  if (believed === "dead" || believed === "asleep") return believed;
  if (report?.diverged === true) return "diverged";
  if (believed === "suspect") return believed;
  return isPartitioned ? "partitioned" : believed;
}

function sitePicture(
  site: SiteId,
  belief: SiteBelief | null,
  report: SeatReport | null,
  status: Status,
): SitePicture {
  return {
    ...cityOf(site),
    id: site,
    role: belief?.role ?? "replica",
    status,
    epoch: belief?.epoch ?? 0,
    position: belief?.position ?? origin,
    via: report === null ? null : worstPath(report),
    incarnation: belief?.incarnation ?? 0,
    hidden: belief?.hidden ?? false,
    lagOps: report?.lagOps ?? null,
    cannotWrite: cannotWrite(status, report),
  };
}

function cannotWrite(status: Status, report: SeatReport | null): string | null {
  if (status === "empty") return "Nobody holds this site.";
  return report === null ? "Its tab is closed or cannot reach the server." : report.cannotWrite;
}

/** From the best to the worst a person would want. */
const paths = ["memory", "direct", "turn", "relay"] as const;

function worstPath(report: SeatReport): SitePicture["via"] {
  const used = report.links.filter(({ status }) => status === "up").map(({ via }) => paths.indexOf(via));
  return used.length === 0 ? null : (paths[Math.max(...used)] ?? null);
}
