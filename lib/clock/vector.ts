import type { Vector } from "../protocol/vector";

/** Everything either side covers; `a` itself where `b` adds nothing to it. */
export function mergeVectors(a: Vector, b: Vector): Vector {
  let merged: Record<string, number> | null = null;
  for (const site in b) {
    const n = b[site] ?? 0;
    if ((a[site] ?? -1) >= n) continue;
    merged ??= { ...a };
    merged[site] = n;
  }
  return merged ?? a;
}

/** True when whoever holds `a` has seen everything in `b`. */
export function covers(a: Vector, b: Vector): boolean {
  for (const site in b) if ((a[site] ?? 0) < (b[site] ?? 0)) return false;
  return true;
}

/** `vector` with one more event of `site`. */
export function tickVector(vector: Vector, site: string): Vector {
  return { ...vector, [site]: (vector[site] ?? 0) + 1 };
}
