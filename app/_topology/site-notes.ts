import type { PodPicture, SitePicture } from "@/lib/protocol/lab/picture";

/** With traffic every replica is a write or two behind at any moment; that is not the matter with it. */
const lagShown = 3;

/** What is the matter with a site besides its role and status: faults in force there, and lag. */
export function siteNotes(pod: PodPicture, site: SitePicture): string[] {
  if (site.status === "empty") return [];
  const condition = pod.faults.sites.find((entry) => entry.site === site.id)?.condition;
  const cutFrom = (outsider: string) =>
    pod.faults.links.some(
      ({ from, to, condition: link }) =>
        (link.cut || link.pulled) &&
        ((from === site.id && to === outsider) || (from === outsider && to === site.id)),
    );
  const notes = [
    condition?.paused === true && "paused",
    cutFrom("coordinator") && "no coordinator",
    cutFrom("edge") && "no clients",
    condition !== undefined && condition.skewMs !== 0 && `clock ${signedSeconds(condition.skewMs)}`,
    condition !== undefined && condition.driftPpm !== 0 && "clock drifts",
    condition !== undefined && condition.diskDelayMs > 0 && `disk takes ${condition.diskDelayMs} ms`,
    condition !== undefined &&
      condition.applyPerSec !== null &&
      `applies ${condition.applyPerSec} a second at most`,
    site.lagOps !== null && site.lagOps >= lagShown && `${site.lagOps} behind`,
  ];
  return notes.filter((note) => typeof note === "string");
}

function signedSeconds(ms: number): string {
  return `${ms < 0 ? "−" : "+"}${Math.abs(ms) / 1000} s`;
}
