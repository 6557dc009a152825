import type { Json } from "../kernel/json";
import { err, type Result } from "../kernel/result";
import type { MergeRule } from "../protocol/cluster";
import { limits } from "../protocol/limits";
import type { WriteOperation } from "../protocol/operation";
import type { TypedValue } from "../protocol/site/replicated-op";
import type { Vector } from "../protocol/vector";
import type { Sibling } from "./dotted-map";
import { compareLwwHlc } from "./lww-hlc";
import type { Refusal } from "./refusal";
import type { Shown } from "./rule-view";
import { applyWrite } from "./typed-value";
import { comparePlaces } from "./write";

/** What a client's session knows of a key: what it has read, everything held here, or nothing. */
export type Context = Vector | "held" | null;

/**
 * Keep every value that no writer had read (Riak with `allow_mult`): a reader gets all of them, and a
 * write by a session that has read them replaces them. The two rules differ in what a write that has
 * read a part replaces: that part (`siblings`), or nothing (`siblings-vv`), because one version vector
 * for the whole key cannot tell the values apart: the false sibling. The application (`app`) keeps them
 * like `siblings` and shows what its own rules make of them.
 */
export type SiblingRule = "siblings" | "siblings-vv" | "app";
export const siblingRules = ["siblings", "siblings-vv", "app"] as const satisfies readonly SiblingRule[];

export function isSiblingRule(rule: MergeRule): rule is SiblingRule {
  return (siblingRules as readonly MergeRule[]).includes(rule);
}

/** What a rule makes of several values; null where it leaves them side by side. */
export type Fold = (all: readonly Sibling[], key: string) => TypedValue | null;

/** What a key shows: its value, or `{siblings: [...]}`, and the latest of the writes behind it. */
export function showSiblings(all: readonly Sibling[], key: string, fold?: Fold): Shown {
  const shown = presentIn(all);
  const [first] = shown;
  const version = versionAmong(all);
  if (first === undefined) return { value: null, type: null, version };
  const merged = fold?.(all, key) ?? null;
  const several = shown.length === 1 ? {} : besideOf(all);
  if (merged !== null) return { value: merged.value, type: merged.type, version, ...several };
  if (shown.length === 1) return { value: first.typed.value, type: first.typed.type, version };
  return { value: siblingsOf(shown), type: first.typed.type, version, ...several };
}

/** Every write behind what a key shows, and those of them that are deletions. */
export function besideOf(all: readonly Sibling[]): Pick<Shown, "beside" | "deletions"> {
  const deletions = all.flatMap(({ value, write }) => (value === null ? [write.opId] : []));
  return { beside: all.map(({ write }) => write.opId), ...(deletions.length > 0 && { deletions }) };
}

/** The latest of the writes behind what a key shows. */
export function versionAmong(all: readonly Sibling[]): string | null {
  const shown = presentIn(all);
  return latestOf(shown.length > 0 ? shown : all)?.write.opId ?? null;
}

/** What a write would leave as its own value, or why it is refused. */
export function planSibling(
  all: readonly Sibling[],
  op: WriteOperation,
  context: Vector,
  fold?: Fold,
): Result<TypedValue | null, Refusal> {
  const merged = fold?.(all, op.key) ?? null;
  const present = presentIn(all);
  const [first] = present;
  if (present.length > 1 && merged === null && op.f !== "put" && op.f !== "delete")
    return err(unsettled(op, present.length, siblingsOf(present)));
  const odd = present.find(({ typed }) => typed.type !== "register");
  const left = present.filter(({ write }) => (context[write.stream] ?? -1) < write.seq && write.seq > 0);
  if (left.length >= limits.siblingsMost) return err(tooManyLeft(op.key));
  return applyWrite(merged ?? (odd ?? first)?.typed ?? null, op);
}

/**
 * What a write's author counts as having read; `held` is all that is here of the key. A put says so itself; every other write works on the
 * value that it finds here, and a delete without a context means what it finds too.
 */
export function contextOf(held: Vector, op: WriteOperation, known: Context): Vector {
  if (known === "held" || (op.f !== "put" && op.f !== "delete")) return held;
  return known ?? (op.f === "put" ? {} : held);
}

export type Present = Sibling & { readonly typed: TypedValue };

/** The values that are there, without deletions. */
export function presentIn(all: readonly Sibling[]): readonly Present[] {
  const present: Present[] = [];
  for (const { value, write } of all) if (value !== null) present.push({ value, write, typed: value });
  return present;
}

function latestOf(all: readonly Sibling[]): Sibling | null {
  return all.reduce<Sibling | null>(
    (a, b) => (a !== null && compareLwwHlc(a.write, b.write) > 0 ? a : b),
    null,
  );
}

function siblingsOf(present: readonly Present[]): Json {
  const inOrder = [...present].sort((a, b) => comparePlaces(a.write, b.write));
  return { siblings: inOrder.map(({ typed }) => typed.value) };
}

/** Why a write that works on one value is refused where there are several. */
export function unsettled({ f, key }: WriteOperation, count: number, value: Json): Refusal {
  const why = `The key "${key}" holds ${count} values side by side`;
  if (f === "cas") return { error: "CAS_MISMATCH", why: `${why}.`, value };
  return { error: "SIBLINGS", why: `${why}: settle them by a put before changing a part.` };
}

/** Why a put is refused that would leave too many values standing. */
export function tooManyLeft(key: string): Refusal {
  const why = `The key "${key}" already holds ${limits.siblingsMost} values that this session has not read: read them and write one that settles them.`;
  return { error: "TOO_MANY_SIBLINGS", why };
}
