import type { Vector } from "../protocol/vector";

/** Everything either side covers. */
export function mergeVectors(a: Vector, b: Vector): Vector {
  const merged: Record<string, number> = { ...a };
  for (const [site, n] of Object.entries(b)) merged[site] = Math.max(merged[site] ?? 0, n);
  return merged;
}

/** True when whoever holds `a` has seen everything in `b`. */
export function covers(a: Vector, b: Vector): boolean {
  return Object.entries(b).every(([site, n]) => (a[site] ?? 0) >= n);
}

/** `vector` with one more event of `site`. */
export function tickVector(vector: Vector, site: string): Vector {
  return { ...vector, [site]: (vector[site] ?? 0) + 1 };
}
