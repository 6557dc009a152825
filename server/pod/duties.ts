import type { CoordinatorMemory, CoordinatorOutput } from "../../lib/coordinator/types";
import type { Timing } from "../../lib/net/timing";

/** Told what became of an operator's order: null when it was accepted, else one sentence why not. */
export type Answer = (refused: string | null) => void;

/** An output that needs no disk. */
export type Deed = Exclude<CoordinatorOutput, { type: "persist" }>;

/** What a coordinator has decided and the world has not yet seen. */
export type Duties = {
  /** A memory counts from here on: it is written before anything that comes after it is done. */
  readonly undertake: (outputs: readonly CoordinatorOutput[], answer: Answer) => void;
  /** Carries out what is undertaken; does nothing while that is under way. */
  readonly carryOn: () => void;
  /** Resolves once everything undertaken so far has been carried out. */
  readonly done: () => Promise<void>;
  /** The last memory undertaken, durable or not. */
  readonly memory: () => CoordinatorMemory | null;
  readonly close: () => void;
};

type Duty =
  | { readonly output: CoordinatorOutput; readonly answer: Answer }
  /** Everything before this has been carried out. */
  | { readonly output: null; readonly done: () => void };

/** How long to wait before asking a store that refused a memory again. */
const retryRememberMs = 1000;

/** Carries duties out in order; a memory that is not yet durable holds back everything after it. */
export function createDuties(options: {
  readonly memory: CoordinatorMemory | null;
  readonly timing: Timing;
  readonly remember: (memory: CoordinatorMemory) => Promise<void>;
  readonly onRemembered: (memory: CoordinatorMemory) => void;
  readonly carryOut: (deed: Deed, answer: Answer) => void;
}): Duties {
  const { timing } = options;
  let { memory } = options;
  const duties: Duty[] = [];
  let isUnderWay = false;
  let closed = false;

  async function carryOutAll(): Promise<void> {
    isUnderWay = true;
    for (let duty = duties.shift(); duty !== undefined && !closed; duty = duties.shift()) {
      if (duty.output === null) duty.done();
      else if (duty.output.type === "persist") await persist(duty.output.memory);
      else options.carryOut(duty.output, duty.answer);
    }
    isUnderWay = false;
  }

  async function persist(next: CoordinatorMemory): Promise<void> {
    for (;;) {
      try {
        await options.remember(next);
        break;
      } catch {
        await new Promise<void>((resolve) => timing.after(retryRememberMs, resolve));
        if (closed) return;
      }
    }
    options.onRemembered(next);
  }

  function carryOn(): void {
    if (!isUnderWay) void carryOutAll();
  }

  return {
    undertake(outputs, answer) {
      for (const output of outputs) {
        if (output.type === "persist") memory = output.memory;
        duties.push({ output, answer });
      }
    },
    carryOn,
    done: () =>
      new Promise<void>((done) => {
        duties.push({ output: null, done });
        carryOn();
      }),
    memory: () => memory,
    close() {
      closed = true;
    },
  };
}
