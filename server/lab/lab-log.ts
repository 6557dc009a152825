import type { LabStore } from "../store/lab-store";
import type { LabEvent } from "./events";
import { type LabState, reduceLab } from "./state";

/** A lab's state and the one way to change it. */
export type LabLog = {
  readonly state: () => LabState;
  /**
   * Applies events at once and appends them to the store, in order with every earlier commit.
   * Resolves when they are durable; rejects when the store refuses them.
   */
  readonly commit: (...events: readonly LabEvent[]) => Promise<void>;
};

/** A log that goes on from `state`, whose events are in the store already. */
export function createLabLog(store: LabStore, initial: LabState): LabLog {
  let state = initial;
  let appended: Promise<unknown> = Promise.resolve();
  return {
    state: () => state,
    commit(...events) {
      state = events.reduce(reduceLab, state);
      const done = appended.then(() => store.append(state.code, events));
      appended = done.catch(() => undefined);
      return done;
    },
  };
}
