import type { EventOf } from "./outcomes";
import { hasNoLog } from "./split-brain";

/** A time in which many sites take writes of the same data, so that a merge rule decides between them. */
export type Era = {
  readonly mode: string;
  /** The rule in force; of an era that is over, the last one: by that its data went on. */
  rule: string;
  isOver: boolean;
};

/** Follows the views of a trace. */
export type Eras = {
  readonly onView: (view: EventOf<"view">) => void;
  /** Null while there is one log. */
  readonly now: () => Era | null;
};

/** Starts before the first view. */
export function createEras(): Eras {
  let era: Era | null = null;
  return {
    onView(view) {
      const { mode, merge: rule } = view;
      if (era?.mode === mode && hasNoLog(view)) {
        era.rule = rule;
        return;
      }
      if (era !== null) era.isOver = true;
      era = hasNoLog(view) ? { mode, rule, isOver: false } : null;
    },
    now: () => era,
  };
}
