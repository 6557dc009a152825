import type { Json } from "../kernel/json";
import type { FinalKey } from "./fate";
import { sitesShowing } from "./placement";
import type { RunEvidence } from "./report";

/** What each key shows at the end, at the site whose history counts. */
export function finalKeysOf(
  run: Pick<RunEvidence, "sites" | "authority" | "events" | "config">,
): (key: string) => FinalKey {
  const showing = sitesShowing(run);
  return (key) => {
    const sites = showing(key);
    const end = sites.find(({ site }) => site === run.authority) ?? sites[0];
    return {
      version: end?.versions[key] ?? null,
      value: (end?.state.keys[key] ?? null) as Json,
      beside: end?.beside?.[key] ?? [],
    };
  };
}

/** The keys that hold several values side by side, and the writes behind each. */
export function besideOf(
  keys: Readonly<Record<string, { readonly beside?: readonly string[] }>>,
): Record<string, string[]> {
  return Object.fromEntries(
    Object.entries(keys).flatMap(([key, { beside }]) => (beside === undefined ? [] : [[key, [...beside]]])),
  );
}
