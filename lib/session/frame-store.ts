import type { Store } from "./view-model";

/** A store whose value is rebuilt only after `touch`, on an animation frame, and at most 20 times a second. */
export type FrameStore<T> = Store<T> & {
  /** Something the value is made of has changed. */
  readonly touch: () => void;
  /** The value with every `touch` so far in it, published now if one was waiting for its frame. */
  readonly fresh: () => T;
  readonly close: () => void;
};

/** In a hidden tab no frame comes; then the value is rebuilt this late. */
const hiddenMs = 500;

/** Values are at least this far apart: drawing every frame of a flood would take the time from replication. */
const restMs = 50;

/** Makes a store of what `build` returns. Where nobody draws frames (Node), a timer stands in. */
export function createFrameStore<T>(build: () => T): FrameStore<T> {
  const listeners = new Set<() => void>();
  let value = build();
  let cancel: (() => void) | null = null;
  let closed = false;
  let builtAt = Number.NEGATIVE_INFINITY;

  function publish(): void {
    cancel?.();
    cancel = null;
    builtAt = performance.now();
    value = build();
    for (const listener of [...listeners]) listener();
  }

  function publishSoon(): () => void {
    const restsFor = builtAt + restMs - performance.now();
    if (restsFor <= 0) return nextFrame(publish);
    const timer = setTimeout(() => {
      cancel = nextFrame(publish);
    }, restsFor);
    return () => clearTimeout(timer);
  }

  return {
    get: () => value,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    touch: () => {
      if (cancel === null && !closed) cancel = publishSoon();
    },
    fresh: () => {
      if (cancel !== null) publish();
      return value;
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
