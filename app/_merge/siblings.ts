import type { KeyState } from "@/lib/engine/types";
import { canonicalJson, type Json } from "@/lib/kernel/json";
import type { Cluster } from "@/lib/protocol/cluster";
import { valuesIn } from "@/lib/protocol/siblings";
import type { Seat } from "@/lib/session/view-model";

/** The values that stand side by side at a key; null where it has one value, or a rule made one of them. */
export function siblingsOf({ value, beside }: KeyState): readonly Json[] | null {
  return beside === undefined ? null : valuesIn(value);
}

/** What a person may choose from to settle a key; null where there is nothing to settle. */
export function choicesOf(state: KeyState, merge: Cluster["merge"]): readonly Json[] | null {
  // A revision tree shows one leaf and keeps the others out of sight.
  if (merge === "revision-tree")
    return state.beside === undefined ? null : [state.value, ...(state.conflicts ?? [])];
  return siblingsOf(state);
}

/**
 * Settles a key. Where values stand side by side it is done as any client does: read, and write with that
 * read as the context. What the read shows must be what the person saw, or a value would go that nobody
 * had looked at. The leaves of a revision tree are settled by an edit upon all that is held here.
 * Returns null when it was done, else one sentence why not.
 */
export async function settle(
  run: Seat["run"],
  key: string,
  { seen, value }: { readonly seen: KeyState; readonly value: Json },
): Promise<string | null> {
  const put = { f: "put", key, value } as const;
  if (siblingsOf(seen) === null) return whyNot(await run(put, "held"));
  const read = await run({ f: "get", key });
  if (read.status !== "ok") return read.why;
  if (canonicalJson(read.value) !== canonicalJson(seen.value))
    return "Another value has arrived since: look at all of them again.";
  return whyNot(await run(put));
}

function whyNot(outcome: Awaited<ReturnType<Seat["run"]>>): string | null {
  return outcome.status === "ok" ? null : outcome.why;
}
