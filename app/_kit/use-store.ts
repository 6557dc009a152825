import { useSyncExternalStore } from "react";
import type { Store } from "@/lib/session/view-model";

/** Draws a component from a store that lives outside React. */
export function useStore<T>(store: Store<T>): T {
  return useSyncExternalStore(store.subscribe, store.get, store.get);
}
