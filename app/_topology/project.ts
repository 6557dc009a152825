import { type GeoProjection, geoNaturalEarth1, geoPath } from "d3-geo";

export type Point = { readonly x: number; readonly y: number };
export type Box = { readonly width: number; readonly height: number };
type Place = { readonly id: string; readonly lat: number; readonly lon: number };

/** Where a site is drawn, and where it really is when it had to make room for another. */
export type Placed = Point & { readonly id: string; readonly home: Point };

/** Room for a shape with its words below it, in drawing units. */
export const room = { x: 178, y: 124 };
/** Kept free at the edges: half the words' width at the sides, shapes above, words below. */
const margin = { x: 122, top: 62, bottom: 84 };

/**
 * The map that shows these places as large as possible. It is turned so that the widest empty stretch
 * of longitude is at the edge: Tokyo and Oregon are neighbours across the Pacific, not ends of the world.
 */
export function projectionFor(places: readonly Place[], box: Box): GeoProjection {
  const projection = geoNaturalEarth1().rotate([-middleLongitude(places.map(({ lon }) => lon)), 0]);
  const spots = { type: "MultiPoint" as const, coordinates: places.map(({ lon, lat }) => [lon, lat]) };
  projection.fitExtent(
    [
      [margin.x, margin.top],
      [box.width - margin.x, box.height - margin.bottom],
    ],
    spots,
  );
  // Two cities next to each other must not become a map of one street, nor a single one a point at infinity.
  const widest = box.width / 1.9;
  if (!(projection.scale() <= widest)) {
    const [[left, top], [right, bottom]] = geoPath(projection.scale(widest).translate([0, 0])).bounds(spots);
    projection.translate([(box.width - left - right) / 2, (box.height - top - bottom) / 2]);
  }
  return projection;
}

/** The longitude opposite the widest gap between the given ones. */
export function middleLongitude(longitudes: readonly number[]): number {
  const sorted = [...longitudes].sort((a, b) => a - b);
  let widest = { gap: -1, after: 0 };
  sorted.forEach((lon, i) => {
    const next = sorted[i + 1] ?? (sorted[0] ?? 0) + 360;
    if (next - lon > widest.gap) widest = { gap: next - lon, after: lon };
  });
  const middle = widest.after + widest.gap / 2 + 180;
  return ((middle + 540) % 360) - 180;
}

/**
 * Moves places apart until their shapes and words do not overlap, as little as needed. Mumbai and
 * Pune are 120 km apart; on a map of the world that is one dot.
 */
export function placeSites(places: readonly Place[], projection: GeoProjection, box: Box): Placed[] {
  const spots = places.map((place) => {
    const [x, y] = projection([place.lon, place.lat]) ?? [box.width / 2, box.height / 2];
    return { id: place.id, x, y, home: { x, y } };
  });
  for (let round = 0; round < 500 && pushApart(spots); round += 1) {
    for (const spot of spots) {
      spot.x = clamp(spot.x, margin.x, box.width - margin.x);
      spot.y = clamp(spot.y, margin.top, box.height - margin.bottom);
    }
  }
  return spots;
}

type Spot = { x: number; y: number; readonly home: Point };

/**
 * One round; false when nothing overlapped. A pair parts along the line between the two, so that those
 * held by an edge of the map still slide along it.
 */
function pushApart(spots: readonly Spot[]): boolean {
  let moved = false;
  spots.forEach((a, i) => {
    spots.slice(i + 1).forEach((b, offset) => {
      // Shapes on the very same spot part by their order, so that the layout is the same every time.
      const across = (b.x - a.x) / room.x || (offset % 2 === 0 ? 0.01 : -0.01);
      const down = (b.y - a.y) / room.y || 0.005;
      const apart = Math.max(Math.abs(across), Math.abs(down));
      if (apart >= 1) return;
      moved = true;
      const length = Math.hypot(across, down);
      const step = (1 - apart) * 0.3 + 0.004;
      const dx = (across / length) * step * room.x;
      const dy = (down / length) * step * room.y;
      a.x -= dx;
      a.y -= dy;
      b.x += dx;
      b.y += dy;
    });
  });
  return moved;
}

const clamp = (value: number, least: number, most: number) => Math.min(Math.max(value, least), most);
