import type { LinkVia } from "@/lib/net/link";
import { healthyLink, type LinkCondition } from "@/lib/protocol/faults";
import type { LinkPicture, PodPicture } from "@/lib/protocol/lab/picture";

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
  readonly look: "up" | "connecting" | "cut" | "pulled" | "one-way";
  /** The worse path of the two directions; null before the first report. */
  readonly via: LinkVia | null;
  readonly slow: boolean;
  readonly lossy: boolean;
};

const viaOrder: readonly LinkVia[] = ["relay", "turn", "direct", "memory"];

/** Every pair of present sites. A pair that neither end reports and nobody cut is left out. */
export function pairsOf(pod: PodPicture): Pair[] {
  const present = pod.sites.filter((site) => site.status !== "empty").map((site) => site.id);
  return present.flatMap((a, i) => present.slice(i + 1).flatMap((b) => pairOf(pod, a, b) ?? []));
}

function pairOf(pod: PodPicture, a: string, b: string): Pair | null {
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
    look: lookOf(forth, back),
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

function lookOf(forth: Direction, back: Direction): Pair["look"] {
  if (forth.condition.pulled || back.condition.pulled) return "pulled";
  if (forth.condition.cut && back.condition.cut) return "cut";
  if (forth.condition.cut || back.condition.cut) return "one-way";
  const reports = [forth.report, back.report].filter((report) => report !== null);
  return reports.every((report) => report.status === "up") ? "up" : "connecting";
}

/** A pair in words: "Mumbai ↔ Pune, cut, via the server". */
export function pairCondition(pair: Pair): string {
  const words: Record<Pair["look"], string> = {
    up: "up",
    connecting: "connecting",
    cut: "cut",
    pulled: "cable pulled",
    "one-way": "cut one way",
  };
  const extra = [pair.slow && "slow", pair.lossy && "lossy"].filter((word) => typeof word === "string");
  return [words[pair.look], ...extra].join(", ");
}
