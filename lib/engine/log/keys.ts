import { createDigest } from "../../kernel/digest";
import { canonicalJson, type Json } from "../../kernel/json";
import { err, type Result } from "../../kernel/result";
import type { Refusal } from "../../merge/refusal";
import { applyWrite } from "../../merge/typed-value";
import { limits } from "../../protocol/limits";
import type { WriteOperation } from "../../protocol/operation";
import type { LogEntry } from "../../protocol/site/log-entry";
import { type TypedValue, typedValueSchema } from "../../protocol/site/replicated-op";
import type { StoredKey } from "../../protocol/site/stored-key";
import type { KeyState } from "../types";

type Held = { readonly typed: TypedValue; readonly version: string };

/** The keys of a one-writer site at one position, each with the id of the write that made it. */
export type Keys = {
  readonly live: Map<string, Held>;
  /** The ids of the deletions of absent keys, oldest first, so that a reader learns which one it saw. */
  readonly deleted: Map<string, string>;
};

export function emptyKeys(): Keys {
  return { live: new Map(), deleted: new Map() };
}

export function cloneKeys(keys: Keys): Keys {
  return { live: new Map(keys.live), deleted: new Map(keys.deleted) };
}

/** What a write would make of its key, or why it is refused. Changes nothing. */
export function evaluate(keys: Keys, op: WriteOperation): Result<TypedValue | null, Refusal> {
  const held = keys.live.get(op.key)?.typed ?? null;
  const next = applyWrite(held, op);
  const grows = next.ok && next.value !== null && held === null;
  return grows && keys.live.size >= limits.keysPerSite ? err(tooManyKeys) : next;
}

const tooManyKeys: Refusal = {
  error: "TOO_MANY_KEYS",
  why: `A site holds at most ${limits.keysPerSite} keys.`,
};

/** Applies a write of the log, and answers it. It was evaluated against the same keys before it was logged. */
export function applyEntry(keys: Keys, { op, opId }: Pick<LogEntry, "op" | "opId">): Json {
  const next = evaluate(keys, op);
  if (!next.ok) return null;
  if (next.value === null) bury(keys, op.key, opId);
  else {
    keys.deleted.delete(op.key);
    keys.live.set(op.key, { typed: next.value, version: opId });
  }
  return resultOf(op, next.value);
}

/** The id of the write that `key` shows: its value's, or its deletion's; null when it never had one. */
export function versionOf(keys: Keys, key: string): string | null {
  return keys.live.get(key)?.version ?? keys.deleted.get(key) ?? null;
}

/** What a read of `key` returns; null for an absent key. */
export function readKey(keys: Keys, key: string): Json {
  return keys.live.get(key)?.typed.value ?? null;
}

/** The answer to a write that made `typed` of its key: an increment returns the new value. */
export function resultOf(op: WriteOperation, typed: TypedValue | null): Json {
  return op.f === "increment" ? (typed?.value ?? null) : null;
}

function bury(keys: Keys, key: string, version: string): void {
  keys.live.delete(key);
  keys.deleted.delete(key);
  keys.deleted.set(key, version);
  for (const oldest of keys.deleted.keys()) {
    if (keys.deleted.size <= limits.keysPerSite) return;
    keys.deleted.delete(oldest);
  }
}

/** The keys as a copy carries them, deletions last and in their order. */
export function storedKeys(keys: Keys): readonly StoredKey[] {
  const live = [...keys.live].map(([key, { typed, version }]) => ({ key, ...typed, version }));
  const deleted = [...keys.deleted].map(([key, version]) => ({ key, type: null, value: null, version }));
  return [...live, ...deleted];
}

/** The inverse of `storedKeys`. A key whose value does not fit its type is left out. */
export function keysFrom(stored: readonly StoredKey[]): Keys {
  const keys = emptyKeys();
  for (const { key, type, value, version } of stored) {
    if (type === null) keys.deleted.set(key, version);
    else {
      const typed = typedValueSchema.safeParse({ type, value });
      if (typed.success) keys.live.set(key, { typed: typed.data, version });
    }
  }
  return keys;
}

/** The keys as people see them. */
export function keyStates(keys: Keys): Readonly<Record<string, KeyState>> {
  const states = [...keys.live].map(([key, { typed, version }]): [string, KeyState] => [
    key,
    { value: typed.value, type: typed.type, version },
  ]);
  return Object.fromEntries(states);
}

/** Equal exactly when the same keys hold the same values by the same writes. */
export function digestOfKeys(keys: Keys): string {
  const digest = createDigest();
  const names = [...keys.live.keys()].sort();
  for (const name of names) digest.update(canonicalJson([name, keys.live.get(name)]));
  return digest.hex();
}
