import type { KeyState } from "@/lib/engine/types";
import { canonicalJson, type Json } from "@/lib/kernel/json";
import type { Seat } from "@/lib/session/view-model";

/** The values that stand side by side at a key; null where it has one value, or a rule made one of them. */
export function siblingsOf({ value, beside }: KeyState): readonly Json[] | null {
  if (beside === undefined || typeof value !== "object" || value === null || Array.isArray(value))
    return null;
  const { siblings } = value as { readonly siblings?: Json };
  return Array.isArray(siblings) ? siblings : null;
}

/**
 * Settles a key as a client does: reads it, and writes with that read as its context. What the read
 * shows must be what the person saw when choosing, or a value would go that nobody had looked at.
 * Returns null when it was done, else one sentence why not.
 */
export async function settle(
  run: Seat["run"],
  key: string,
  { seen, value }: { readonly seen: Json; readonly value: Json },
): Promise<string | null> {
  const read = await run({ f: "get", key });
  if (read.status !== "ok") return read.why;
  if (canonicalJson(read.value) !== canonicalJson(seen))
    return "Another value has arrived since: look at all of them again.";
  const written = await run({ f: "put", key, value });
  return written.status === "ok" ? null : written.why;
}
