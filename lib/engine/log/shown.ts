import type { KeyState } from "../types";
import { digestOfKeys, type Keys, keyStates } from "./keys";

/** What people see of a log, and its digest. */
export type Shown = { readonly keys: Readonly<Record<string, KeyState>>; readonly digest: string };

/** What is derived from the keys that readers see, computed again only when they have changed. */
export function createShown(log: { readonly shownKeys: Keys; readonly changes: number }): () => Shown {
  let at = -1;
  let shown: Shown = { keys: {}, digest: "" };
  return () => {
    if (at !== log.changes) {
      at = log.changes;
      shown = { keys: keyStates(log.shownKeys), digest: digestOfKeys(log.shownKeys) };
    }
    return shown;
  };
}
