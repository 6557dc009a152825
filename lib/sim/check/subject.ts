import type { VerdictName } from "../../protocol/report";

/** One line of the answer, apart from where it came from and how long it took (contract, section 1). */
export type Line = {
  readonly model: string;
  readonly check: string;
  readonly verdict: VerdictName;
  readonly witness: { readonly ops: readonly string[] } | null;
  readonly text: string;
  readonly steps: number;
};

/** One history of a file, with the questions it can be asked; each is answered when it is called. */
export type Subject = {
  /** Its name in a file that holds several; null where the file is the history. */
  readonly history: string | null;
  readonly questions: readonly (() => Line)[];
};

/** Steps one search may take on the command line: some seconds. */
export const searchBudget = 3_000_000;
