import type { LinkVia } from "@/lib/net/link";
import { healthyLink, type LinkCondition } from "@/lib/protocol/faults";
import type { LinkPicture, PodPicture, SitePicture } from "@/lib/protocol/lab/picture";

/** One direction of a pair: what its sender reports, and what was done to it on purpose. */
export type Direction = {
  readonly from: string;
  readonly to: string;
  readonly condition: LinkCondition;
  readonly report: LinkPicture | null;
};

/** A pair of sites as it is drawn. */
export type Pair = {
  readonly a: string;
  readonly b: string;
  readonly forth: Direction;
  readonly back: Direction;
  /** `idle`: an end is dead or still connecting, so nothing flows, and nobody did anything to the link. */
  readonly look: "up" | "idle" | "cut" | "pulled" | "one-way";
  /** The worse path of the two directions; null before the first report. */
  readonly via: LinkVia | null;
  readonly slow: boolean;
  readonly lossy: boolean;
};

const viaOrder: readonly LinkVia[] = ["relay", "turn", "direct", "memory"];

/** Every pair of present sites. A pair that neither end reports and nobody cut is left out. */
export function pairsOf(pod: PodPicture): Pair[] {
  const present = pod.sites.filter((site) => site.status !== "empty");
  return present.flatMap((a, i) => present.slice(i + 1).flatMap((b) => pairOf(pod, a, b) ?? []));
}

function pairOf(pod: PodPicture, one: SitePicture, other: SitePicture): Pair | null {
  const [a, b] = [one.id, other.id];
  const forth = directionOf(pod, a, b);
  const back = directionOf(pod, b, a);
  const both = [forth, back];
  const harmed = both.some(({ condition }) => condition.cut || condition.pulled);
  if (!harmed && forth.report === null && back.report === null) return null;
  return {
    a,
    b,
    forth,
    back,
    look: lookOf(forth, back, isDown(one) || isDown(other)),
    via: viaOrder.find((via) => both.some(({ report }) => report?.via === via)) ?? null,
    slow: both.some(({ condition }) => condition.delayMs > 0 || condition.jitterMs > 0),
    lossy: both.some(({ condition }) => condition.lossPct > 0),
  };
}

function directionOf(pod: PodPicture, from: string, to: string): Direction {
  const fault = pod.faults.links.find((link) => link.from === from && link.to === to);
  const report = pod.links.find((link) => link.from === from && link.to === to);
  return { from, to, condition: fault?.condition ?? healthyLink, report: report ?? null };
}

function isDown({ status }: SitePicture): boolean {
  return status === "dead" || status === "asleep";
}

function lookOf(forth: Direction, back: Direction, endIsDown: boolean): Pair["look"] {
  if (forth.condition.pulled || back.condition.pulled) return "pulled";
  if (forth.condition.cut && back.condition.cut) return "cut";
  if (forth.condition.cut || back.condition.cut) return "one-way";
  const reports = [forth.report, back.report].filter((report) => report !== null);
  return !endIsDown && reports.every((report) => report.status === "up") ? "up" : "idle";
}
