import { createInbox } from "./inbox";

/** One input after the other: what comes while one is handled waits its turn, so nothing is re-entered. */
export type Turns<Input> = {
  /** False where it was not taken: after `stop`, or a full inbox, which drops what only `may` come. */
  readonly submit: (input: Input, bytes: number, need: "must" | "may") => boolean;
  /** Nothing is handled, the inbox grows. */
  readonly pause: () => void;
  readonly resume: () => void;
  readonly stop: () => void;
  readonly isStopped: () => boolean;
};

export function createTurns<Input>(calls: {
  readonly handle: (input: Input) => void;
  /** Something was handled, and nothing more waits. */
  readonly onIdle: () => void;
  readonly onFull: () => void;
  /** `handle` threw. */
  readonly onFailed: (thrown: unknown) => void;
}): Turns<Input> {
  const inbox = createInbox<Input>();
  let handling = false;
  let paused = false;
  let stopped = false;

  function drain(): void {
    if (handling) return;
    handling = true;
    let worked = false;
    try {
      for (let input = take(); input !== undefined; input = take()) {
        calls.handle(input);
        worked = true;
      }
    } catch (thrown) {
      calls.onFailed(thrown);
    }
    handling = false;
    if (worked) calls.onIdle();
  }

  function take(): Input | undefined {
    return paused || stopped ? undefined : inbox.shift();
  }

  return {
    submit(input, bytes, need) {
      if (stopped) return false;
      if (!inbox.push(input, bytes, need)) {
        calls.onFull();
        return false;
      }
      drain();
      return true;
    },
    pause() {
      paused = true;
    },
    resume() {
      paused = false;
      drain();
    },
    stop() {
      stopped = true;
      inbox.clear();
    },
    isStopped: () => stopped,
  };
}
