import type { Model, TimedOp } from "./model";

/** A model over numbers: states and tokens are interned, and every step is computed once. */
export type Interned = {
  readonly initial: number;
  /** -1 where the operation could not have had this outcome. */
  readonly step: (state: number, op: number) => number;
  readonly tokenOf: (state: number) => number;
  /** -1 where there is none. */
  readonly needs: Int32Array;
  readonly makes: Int32Array;
  readonly tokens: number;
};

/** Interns a model for one history. */
export function intern<Op extends TimedOp, State>(ops: readonly Op[], model: Model<Op, State>): Interned {
  const tokenIds = new Map<string, number>();
  const idOf = (token: string | null) => {
    if (token === null) return -1;
    const known = tokenIds.get(token);
    if (known !== undefined) return known;
    tokenIds.set(token, tokenIds.size);
    return tokenIds.size - 1;
  };
  const needs = Int32Array.from(ops, (op) => idOf(model.needs(op)));
  const makes = Int32Array.from(ops, (op) => idOf(model.makes(op)));
  const states: State[] = [];
  const stateTokens: number[] = [];
  const stateIds = new Map<string, number>();
  const steps: Map<number, number>[] = [];
  const enter = (state: State): number => {
    const name = model.nameOf(state);
    const known = stateIds.get(name);
    if (known !== undefined) return known;
    const token = model.tokenOf(state);
    stateIds.set(name, states.length);
    steps.push(new Map());
    // A token that no operation names is of no interest.
    stateTokens.push(token === null ? -1 : (tokenIds.get(token) ?? -1));
    return states.push(state) - 1;
  };
  return {
    initial: enter(model.initial),
    step(state, op) {
      const known = steps[state]?.get(op);
      if (known !== undefined) return known;
      const next = model.step(states[state] as State, ops[op] as Op);
      const id = next === undefined ? -1 : enter(next);
      steps[state]?.set(op, id);
      return id;
    },
    tokenOf: (state) => stateTokens[state] ?? -1,
    needs,
    makes,
    tokens: tokenIds.size,
  };
}
