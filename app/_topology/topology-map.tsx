"use client";
import { geoPath } from "d3-geo";
import { useMemo, useRef } from "react";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import { siteStateOf } from "../_site/site-state";
import { curveBetween } from "./curve";
import { land } from "./land";
import { LinkLine } from "./link-line";
import { pairsOf } from "./link-state";
import { MapSite } from "./map-site";
import { PacketLayer } from "./packet-layer";
import type { Lane } from "./packets";
import { type Box, type Placed, placeSites, projectionFor, room } from "./project";
import { useSize } from "./use-size";

const layer = "absolute inset-0 size-full";
/** The land fades out before the frame cuts it off. */
const fading =
  "[mask-composite:intersect] [mask-image:linear-gradient(to_right,transparent,black_7%,black_93%,transparent),linear-gradient(transparent,black_10%,black_90%,transparent)]";
/** Below this many units across, two sites with their words would not fit side by side. */
const leastWidth = 640;

/**
 * A pod on the map of the world: sites, links, and what flows on them. It is a picture: the same facts
 * stand as text in a list beside it, which is also how it is operated without a pointer.
 * `scale` is how many CSS pixels a unit is; names are 21 units high.
 */
export function TopologyMap({
  pod,
  scale = 0.8,
  heavy = false,
  chosen,
  onPick,
}: {
  readonly pod: PodPicture;
  readonly scale?: number;
  readonly heavy?: boolean;
  readonly chosen?: string | null;
  readonly onPick?: (site: string) => void;
}) {
  const frame = useRef<HTMLDivElement>(null);
  const size = useSize(frame);
  const box = size === null || size.width === 0 ? null : drawingBox(size, scale, pod.sites.length);
  return (
    <div ref={frame} className="relative size-full min-h-0">
      {box !== null && <Drawing pod={pod} box={box} heavy={heavy} chosen={chosen} onPick={onPick} />}
    </div>
  );
}

/** As large as asked for, but never so large that the sites and their words have less than half of the map. */
function drawingBox(size: Box, scale: number, sites: number): Box {
  const crowded = Math.sqrt(2.1 * sites * room.x * room.y * (size.width / size.height));
  const width = Math.max(leastWidth, size.width / scale, crowded);
  return { width, height: (width * size.height) / size.width };
}

type DrawingProps = {
  readonly pod: PodPicture;
  readonly box: Box;
  readonly heavy: boolean;
  readonly chosen: string | null | undefined;
  readonly onPick: ((site: string) => void) | undefined;
};

function Drawing({ pod, box, heavy, chosen, onPick }: DrawingProps) {
  const { width, height } = box;
  // Cities do not move: the layout is made once for each set of them, not for each picture.
  const cities = pod.sites.map(({ id, lat, lon }) => `${id},${lat},${lon}`).join(";");
  const ground = useMemo(() => layout(cities, { width, height }), [cities, width, height]);
  const at = new Map(ground.sites.map((site) => [site.id, site]));
  const pairs = pairsOf(pod).flatMap((pair) => {
    const a = at.get(pair.a);
    const b = at.get(pair.b);
    return a === undefined || b === undefined ? [] : [{ pair, curve: curveBetween(a, b) }];
  });
  const stateOf = new Map(pod.sites.map((site) => [site.id as string, siteStateOf(site)]));
  const lanes: Lane[] = pairs.flatMap(({ pair, curve }) => [
    { direction: pair.forth, curve, sender: stateOf.get(pair.a) ?? "replica" },
    {
      direction: pair.back,
      curve: { from: curve.to, bend: curve.bend, to: curve.from },
      sender: stateOf.get(pair.b) ?? "replica",
    },
  ]);
  // In a full mesh of twelve there are 66 lines: thin ones, or nothing else could be seen.
  const lineWidth = (heavy ? 4 : 1.8) * (pairs.length > 24 ? 0.6 : 1);
  const viewBox = `0 0 ${width} ${height}`;
  return (
    <>
      <svg viewBox={viewBox} aria-hidden="true" className={`${layer} ${fading}`}>
        <path d={ground.land} className="fill-land" />
      </svg>
      <svg viewBox={viewBox} aria-hidden="true" className={`${layer} select-none`}>
        {ground.sites.map((site) => (
          <HomeLine key={site.id} site={site} />
        ))}
        {pairs.map(({ pair, curve }) => (
          <LinkLine key={`${pair.a} ${pair.b}`} pair={pair} curve={curve} width={lineWidth} />
        ))}
        <PacketLayer lanes={lanes} nowMs={pod.nowMs} size={heavy ? 7 : 4.5} />
        {pod.sites.map((site) => {
          const spot = at.get(site.id);
          return spot === undefined ? null : (
            <MapSite
              key={site.id}
              pod={pod}
              site={site}
              at={spot}
              chosen={site.id === chosen}
              onPick={onPick}
            />
          );
        })}
      </svg>
    </>
  );
}

function layout(cities: string, box: Box): { readonly land: string; readonly sites: readonly Placed[] } {
  const places = cities.split(";").map((entry) => {
    const [id = "", lat, lon] = entry.split(",");
    return { id, lat: Number(lat), lon: Number(lon) };
  });
  const projection = projectionFor(places, box);
  return { land: geoPath(projection).digits(1)(land) ?? "", sites: placeSites(places, projection, box) };
}

/** A thin line to where the city really is, for those that had to make room. */
function HomeLine({ site }: { readonly site: Placed }) {
  const moved = Math.hypot(site.x - site.home.x, site.y - site.home.y) > 30;
  if (!moved) return null;
  return (
    <g className="stroke-muted" opacity="0.7">
      <path d={`M${site.home.x} ${site.home.y}L${site.x} ${site.y}`} strokeWidth="1" strokeDasharray="2 3" />
      <circle cx={site.home.x} cy={site.home.y} r="2.5" className="fill-muted" />
    </g>
  );
}
