import type { PodFigures } from "@/lib/protocol/lab/picture";

type Figure = { readonly name: string; readonly value: string; readonly wrong: boolean };

/** A pod's figures in the order they are told. Lost writes are wrong data as soon as there is one. */
export function figuresOf(figures: PodFigures): readonly Figure[] {
  const { availabilityPct } = figures;
  return [
    { name: "writes ok", value: String(figures.writesOk), wrong: false },
    { name: "failed", value: String(figures.writesFailed), wrong: false },
    { name: "unknown", value: String(figures.writesUnknown), wrong: false },
    { name: "lost", value: String(figures.lostWrites), wrong: figures.lostWrites > 0 },
    { name: "silent conflicts", value: String(figures.silentConflicts), wrong: figures.silentConflicts > 0 },
    { name: "failovers", value: String(figures.failovers), wrong: false },
    {
      name: "available",
      value: availabilityPct === null ? "–" : `${roundDown(availabilityPct)} %`,
      wrong: false,
    },
  ];
}

/** Rounded down, so that 99.96 does not become 100. */
function roundDown(pct: number): string {
  return pct === 100 ? "100" : (Math.floor(pct * 10) / 10).toFixed(1);
}
