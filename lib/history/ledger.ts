import type { Ledger, ReportOp } from "../protocol/report";
import type { Fate, FinalKey } from "./fate";
import { isRead } from "./outcomes";
import type { Writes } from "./writes";

/** The ledger and the acknowledged writes that are gone. */
export type Balance = {
  readonly ledger: Ledger;
  readonly lost: readonly string[];
};

/**
 * Counts what became of every acknowledged write. An acknowledged write that no site was seen to
 * take in is unaccounted, unless it was acknowledged for changing nothing (deleting what is absent).
 */
export function balance(
  ops: readonly ReportOp[],
  writes: Writes,
  fates: ReadonlyMap<string, Fate>,
  finalOf: (key: string) => FinalKey,
): Balance {
  const acked = ops.filter((op) => op.status === "ok" && !isRead(op.f));
  const count: Record<Fate | "unaccounted", number> = {
    surviving: 0,
    overwrittenKnowingly: 0,
    merged: 0,
    silentlyLost: 0,
    erased: 0,
    unaccounted: 0,
  };
  const lost: string[] = [];
  for (const op of acked) {
    const fate = fates.get(op.id) ?? fateOfNothing(op, writes, finalOf(op.key));
    count[fate] += 1;
    if (fate === "silentlyLost" || fate === "erased") lost.push(op.id);
  }
  return { ledger: { ackedWrites: acked.length, ...count }, lost };
}

function fateOfNothing(op: ReportOp, writes: Writes, final: FinalKey): Fate | "unaccounted" {
  if (op.version === op.id) return "unaccounted";
  const isUnchanged = final.version === op.version || !writes.has(final.version ?? "");
  return isUnchanged ? "surviving" : "overwrittenKnowingly";
}
