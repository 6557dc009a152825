import type { Seat } from "@/lib/session/view-model";

/** The whole-value copy of the page, with what was typed here and is not stored yet. */
type LwwDraft = {
  readonly read: () => string;
  readonly subscribe: (listener: () => void) => () => void;
  readonly write: (text: string) => void;
};

const quietMs = 400;
/** How long a write may take to come back before the stored value is shown again. */
const patienceMs = 2_000;

/**
 * Gathers keystrokes into one write of the whole value after a short silence, as an application that
 * saves a form would. Until the value changes in the store, the person goes on seeing what they typed;
 * a write that does not arrive is undone on the page after a while, since it did not happen.
 */
export function lwwDraft(seat: Seat, stored: () => string): LwwDraft {
  const listeners = new Set<() => void>();
  let draft: { readonly text: string; readonly over: string } | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saved = false;

  function tell(): void {
    for (const listener of listeners) listener();
  }
  function giveUp(): void {
    draft = null;
    tell();
  }
  function save(): void {
    if (draft === null) return;
    saved = true;
    draft = { text: draft.text, over: stored() };
    seat.writeLwwPage(draft.text);
    timer = setTimeout(giveUp, patienceMs);
  }
  function read(): string {
    if (draft !== null && saved && stored() !== draft.over) draft = null;
    return draft?.text ?? stored();
  }
  return {
    read,
    subscribe(listener) {
      listeners.add(listener);
      const unsubscribe = seat.store.subscribe(listener);
      return () => {
        listeners.delete(listener);
        unsubscribe();
      };
    },
    write(text) {
      draft = { text, over: stored() };
      saved = false;
      clearTimeout(timer);
      timer = setTimeout(save, quietMs);
      tell();
    },
  };
}
