/** What the search needs to know of an operation, whatever its meaning. */
export type TimedOp = {
  readonly id: string;
  readonly call: number;
  /** Infinite while the outcome is unknown. */
  readonly ret: number;
};

/**
 * The sequential meaning of an object. A `token` names what a state offers to readers; a model that
 * cannot tell what an operation needs or makes returns null, and the search then prunes less.
 */
export type Model<Op extends TimedOp, State> = {
  readonly initial: State;
  /** The state after the operation; undefined where it could not have had this outcome. */
  readonly step: (state: State, op: Op) => State | undefined;
  /** Equal for equal states, different for others. */
  readonly nameOf: (state: State) => string;
  /** True for an operation that can never change any state. A write of the present value is not one. */
  readonly isPureRead: (op: Op) => boolean;
  /** The token that the state must have for this outcome. */
  readonly needs: (op: Op) => string | null;
  /** The token of the state that the operation leaves. */
  readonly makes: (op: Op) => string | null;
  readonly tokenOf: (state: State) => string | null;
};
