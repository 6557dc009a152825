import type { Point } from "./project";

/** A quadratic Bézier in drawing units. Great circles would leave the map at the date line. */
export type Curve = { readonly from: Point; readonly bend: Point; readonly to: Point };

/** The curve between two sites: bent a little to one side, always the same one for a pair. */
export function curveBetween(from: Point, to: Point): Curve {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const bow = 0.12;
  return { from, to, bend: { x: (from.x + to.x) / 2 + dy * bow, y: (from.y + to.y) / 2 - dx * bow } };
}

/** The point at `t` of the way, 0..1. */
export function pointOn({ from, bend, to }: Curve, t: number): Point {
  const u = 1 - t;
  return {
    x: u * u * from.x + 2 * u * t * bend.x + t * t * to.x,
    y: u * u * from.y + 2 * u * t * bend.y + t * t * to.y,
  };
}

/** Which way the curve runs at `t`, in degrees for an SVG rotation. */
export function angleOn({ from, bend, to }: Curve, t: number): number {
  const dx = 2 * (1 - t) * (bend.x - from.x) + 2 * t * (to.x - bend.x);
  const dy = 2 * (1 - t) * (bend.y - from.y) + 2 * t * (to.y - bend.y);
  return (Math.atan2(dy, dx) * 180) / Math.PI;
}

/** The part of the curve from `start` to `end` as path data (de Casteljau, twice). */
export function pathOf(curve: Curve, start = 0, end = 1): string {
  const a = pointOn(curve, start);
  const b = pointOn(curve, end);
  const mix = (p: Point, q: Point, t: number) => ({ x: p.x + (q.x - p.x) * t, y: p.y + (q.y - p.y) * t });
  const c = mix(mix(curve.from, curve.bend, start), mix(curve.bend, curve.to, start), end);
  return `M${round(a.x)} ${round(a.y)}Q${round(c.x)} ${round(c.y)} ${round(b.x)} ${round(b.y)}`;
}

const round = (value: number) => Math.round(value * 10) / 10;

/** Length of the straight line, near enough for spacing. */
export function spanOf({ from, to }: Curve): number {
  return Math.hypot(to.x - from.x, to.y - from.y);
}
