/** One measured figure, printed as one JSON line (public contract, section 1). */
export type BenchLine = {
  readonly bench: string;
  readonly metric: string;
  readonly value: number | null;
  readonly unit: string;
  readonly baseline?: number | null;
  readonly ratio?: number | null;
  readonly n: number;
  readonly notes?: string;
};

export function emit(line: BenchLine): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}

/** The q-quantile (0..1) of the samples by nearest rank; null where there are none. */
export function quantile(samples: readonly number[], q: number): number | null {
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? null;
}

/** `value / baseline`, rounded for reading; null where either is missing. */
export function ratio(value: number | null, baseline: number | null): number | null {
  return value === null || baseline === null || baseline === 0
    ? null
    : Math.round((value / baseline) * 1000) / 1000;
}

export function round(value: number | null, digits = 1): number | null {
  return value === null ? null : Number(value.toFixed(digits));
}
