/** A queue with a bound: what a site has been told and has not handled yet. */
export type Inbox<T> = {
  /** False where the inbox is full and `need` is only "may": then nothing was kept. */
  readonly push: (item: T, bytes: number, need: "must" | "may") => boolean;
  readonly shift: () => T | undefined;
  readonly clear: () => void;
};

const itemsMax = 5_000;
const bytesMax = 32 * 1024 * 1024;

/** First in, first out. Bounded in items and in bytes, so that a paused site's memory is bounded too. */
export function createInbox<T>(): Inbox<T> {
  let items: { readonly item: T; readonly bytes: number }[] = [];
  let head = 0;
  let held = 0;

  function clear(): void {
    items = [];
    head = 0;
    held = 0;
  }

  return {
    push: (item, bytes, need) => {
      const full = items.length - head >= itemsMax || held + bytes > bytesMax;
      if (full && need === "may") return false;
      items.push({ item, bytes });
      held += bytes;
      return true;
    },
    shift: () => {
      const next = items[head];
      if (next === undefined) return undefined;
      head += 1;
      held -= next.bytes;
      if (head === items.length) clear();
      return next.item;
    },
    clear,
  };
}
