import { isTransfer } from "../../merge/bounded";
import { isSiblingRule } from "../../merge/siblings";
import type { MergeStore } from "../../merge/store";
import { streamOf } from "../../merge/write";
import type { MergeRule } from "../../protocol/cluster";
import type { SiteId } from "../../protocol/ids";
import { argOf, type WriteOperation } from "../../protocol/operation";
import { valuesIn } from "../../protocol/siblings";
import type { ReplicatedOp } from "../../protocol/site/replicated-op";
import type { Vector } from "../../protocol/vector";
import type { View } from "../../protocol/view";
import { record, type Site } from "../site";

/** What the parts of this mode share: the data, and the incarnation in which its disk was new. */
export type Held = {
  store: MergeStore;
  /** The merge rule that answers clients; all rules are kept whichever it is. */
  rule: MergeRule;
  life: number;
  /** The disk was lost, and nobody has told yet what the others know. */
  isNew: boolean;
  /** The deletions of keys that were forgotten here, for the trace alone. Bounded, and lost at a restart. */
  readonly forgotten: Map<string, string>;
  /** The stream in which each peer writes now, and what it has seen, as it has said itself last. */
  readonly told: Map<SiteId, Told>;
};

/** `stampsFrom`: it stamps no later write lower; null where it has not said. `isNew`: it has lost its disk. */
type Told = {
  readonly stream: string;
  readonly seen: Vector;
  readonly stampsFrom: number | null;
  readonly isNew: boolean;
};

/** The streams of every member, as far as they are known: a site's first disk writes under its name. */
export function streamsOf(site: Site, { store, told }: Held): readonly string[] {
  const members = site.view?.members ?? [];
  return members.map((id) => (id === site.identity.site ? store.stream : (told.get(id)?.stream ?? id)));
}

/** The merge rule of a view, which is in force for as long as its data is kept. */
export function ruleOf(view: View | null): MergeRule {
  const merge = view?.cluster.merge ?? "lww";
  // Under `certify` another mode serves; what it takes over is what the clocks have chosen.
  return merge === "certify" ? "lww" : merge;
}

/**
 * Lets `change` bring a write into the store and traces what it met and what shows now, under the rule
 * that serves.
 */
export function traced<T extends { readonly op: ReplicatedOp } | null>(
  site: Site,
  held: Held,
  kind: "append" | "apply",
  made: WriteOperation,
  change: () => T,
): T {
  const { rule } = held;
  const { key } = made;
  const over = held.store.versionMet(rule, made) ?? held.forgotten.get(key) ?? null;
  const before = unsettled(held.store, rule, key);
  const done = change();
  if (done === null) return done;
  const { opId, shadow, op, wallMs, seq, context } = done.op;
  const epoch = site.leadership.epoch;
  const position = { epoch, lsn: seq };
  const shows = held.store.versionMet(rule, made);
  const beside = unsettled(held.store, rule, key);
  const isSettled = kind === "append" && before.length > 0 && beside.length === 0;
  record(site, {
    kind,
    op: opId,
    key,
    position,
    shadow,
    stream: streamOf(done.op.origin, done.op.actor),
    ...(context !== undefined && isSiblingRule(rule) && { read: context }),
    f: op.f,
    arg: isTransfer(done.op) ? { rights: { ...done.op.rights } } : argOf(op),
    wallMs,
    epoch,
    over,
    shows,
    ...(beside.length > 0 && { beside }),
    ...(isSettled && { settled: before }),
  });
  return done;
}

/** The writes that stand side by side under a rule, or behind the one shown, where nobody has chosen. */
function unsettled(store: MergeStore, rule: MergeRule, key: string): string[] {
  if (!isSiblingRule(rule) && rule !== "revision-tree") return [];
  const { value, beside = [], conflicts = valuesIn(value) } = store.read(rule, key);
  return conflicts === null ? [] : [...beside];
}
