import type { Quantiles } from "../protocol/report";

/** Order statistics by the nearest rank: values that were measured, never a mean of two. */
export function quantilesOf(sample: readonly number[]): Quantiles {
  const sorted = [...sample].sort((a, b) => a - b);
  const at = (percent: number) => sorted[Math.max(0, Math.ceil((sorted.length * percent) / 100) - 1)] ?? null;
  return {
    p50: at(50),
    p95: at(95),
    max: sorted.at(-1) ?? null,
    n: sorted.length,
  };
}
