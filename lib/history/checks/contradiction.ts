/** Why no order of the operations explains what clients saw: a few operations and one sentence. */
export type Contradiction = {
  readonly ops: readonly string[];
  readonly text: string;
};

/** Names each operation once. */
export function contradiction(ops: readonly string[], text: string): Contradiction {
  return { ops: [...new Set(ops)], text };
}
