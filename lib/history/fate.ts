import type { Json } from "../kernel/json";

/** What became of a write by the end (contract, section 4, `ledger`). */
export type Fate = "surviving" | "overwrittenKnowingly" | "merged" | "silentlyLost" | "erased";

/** One key as it stands at the end: the version it shows and its value; both null when it is absent. */
export type FinalKey = {
  readonly version: string | null;
  readonly value: Json;
  /** The writes behind values that stand side by side; empty where there is one value. */
  readonly beside: readonly string[];
};
