import type { Store } from "./view-model";

/** A store whose value is rebuilt at most once per animation frame, and only after `touch`. */
export type FrameStore<T> = Store<T> & {
  /** Something the value is made of has changed. */
  readonly touch: () => void;
  readonly close: () => void;
};

/** In a hidden tab no frame comes; then the value is rebuilt this late. */
const hiddenMs = 500;

/** Makes a store of what `build` returns. Where nobody draws frames (Node), a timer stands in. */
export function createFrameStore<T>(build: () => T): FrameStore<T> {
  const listeners = new Set<() => void>();
  let value = build();
  let cancel: (() => void) | null = null;
  let closed = false;

  function publish(): void {
    cancel?.();
    cancel = null;
    value = build();
    for (const listener of [...listeners]) listener();
  }

  return {
    get: () => value,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    touch: () => {
      if (cancel === null && !closed) cancel = nextFrame(publish);
    },
    close: () => {
      closed = true;
      cancel?.();
    },
  };
}

function nextFrame(run: () => void): () => void {
  const timer = setTimeout(run, hiddenMs);
  if (typeof requestAnimationFrame === "undefined") return () => clearTimeout(timer);
  const frame = requestAnimationFrame(run);
  return () => {
    clearTimeout(timer);
    cancelAnimationFrame(frame);
  };
}
