import { unreachable } from "../kernel/assert";
import type { MergeRule } from "../protocol/cluster";
import type { StoredKey } from "../protocol/site/stored-key";
import type { Sibling } from "./dotted-map";
import type { Shown } from "./rule-view";
import { type Present, presentIn } from "./siblings";
import { foldOf, readKey, type State } from "./store-state";

/** A value that stood beside the one that a mode without siblings keeps of its key. */
export type LeftBeside = Present & { readonly key: string };

/** Every key ever written as one value, by name, as one rule shows it; a null type is a deleted one. */
export function portableKeys(state: State, rule: MergeRule): readonly StoredKey[] {
  return [...state.known.keys()].sort().flatMap((key) => {
    const shown = readKey(state, rule, key);
    const { version } = shown;
    if (version === null) return [];
    const { type, value } = chosen(standing(state, rule, key), shown);
    return [{ key, type, value, version }];
  });
}

/** What `portableKeys` cannot carry: where nobody has settled several values, all but the version shown. */
export function leftBeside(state: State, rule: MergeRule): readonly LeftBeside[] {
  return [...state.known.keys()].flatMap((key) => {
    const values = standing(state, rule, key);
    if (values.length < 2) return [];
    const { version } = readKey(state, rule, key);
    return values.filter(({ write }) => write.opId !== version).map((value) => ({ ...value, key }));
  });
}

function chosen(values: readonly Present[], shown: Shown): Pick<Shown, "type" | "value"> {
  return values.find(({ write }) => write.opId === shown.version)?.typed ?? shown;
}

/** The values that stand side by side; empty where all rules agree, or this one makes one of them. */
function standing(state: State, rule: MergeRule, key: string): readonly Present[] {
  switch (rule) {
    case "siblings":
    case "siblings-vv":
      return presentIn(state.siblings[rule].get(key));
    case "app": {
      const all = state.siblings.app.get(key);
      return foldOf(state.app)(all, key) === null ? presentIn(all) : [];
    }
    case "revision-tree":
      return presentIn(state.tree.leaves(key) satisfies readonly Sibling[]);
    case "lww":
    case "lww-hlc":
    case "crdt":
    case "bounded":
      return [];
    default:
      return unreachable(rule);
  }
}
