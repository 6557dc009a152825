import type { ReportOp } from "../protocol/report";
import { isRead, isServed } from "./outcomes";

/** Shares of requests that were served (replication notes, section 9.5); null where there were none. */
export type Availability = {
  readonly availabilityWrites: number | null;
  readonly availabilityReads: number | null;
  readonly nines: number | null;
};

/** Measures availability by request: `ok` over everything that was asked. */
export function availabilityOf(ops: readonly ReportOp[]): Availability {
  const served = (some: readonly ReportOp[]) => some.filter((op) => isServed(op.status, op.error)).length;
  const share = (some: readonly ReportOp[]) => (some.length === 0 ? null : served(some) / some.length);
  return {
    availabilityWrites: share(ops.filter((op) => !isRead(op.f))),
    availabilityReads: share(ops.filter((op) => isRead(op.f))),
    nines: ninesOf(served(ops), ops.length),
  };
}

/**
 * −log₁₀ of the unserved share, to two decimals. n requests support no claim beyond 1 − 3/n (the rule
 * of three, at 95 %), so a short perfect run does not boast.
 */
export function ninesOf(served: number, asked: number): number | null {
  if (asked === 0) return null;
  const share = Math.max(asked - served, 3) / asked;
  return share >= 1 ? 0 : minusLog10(share);
}

/** Two decimals by repeated multiplication: `Math.log10` may differ between engines, this cannot. */
function minusLog10(share: number): number {
  let digits = 0;
  let rest = share;
  for (let decimal = 100; decimal >= 1; decimal /= 10) {
    while (rest * 10 <= 1 + 1e-12) {
      rest *= 10;
      digits += decimal;
    }
    rest = rest ** 10;
  }
  return digits / 100;
}
