"use client";
import { useMemo } from "react";
import type { EngineSnapshot, KeyState } from "@/lib/engine/types";
import { keepsUnread } from "@/lib/history/write-kind";
import { rulesAbout, ruleWords } from "@/lib/merge/app-rule";
import type { Receipt } from "@/lib/merge/receipts";
import type { Cluster, MergeRule } from "@/lib/protocol/cluster";
import type { Seat } from "@/lib/session/view-model";
import { Card } from "../_kit/card";
import { shortValue } from "../_kit/format";
import { ruleCopy } from "./rules";
import { SettleForm } from "./settle-form";
import { choicesOf } from "./siblings";

const openShown = 10;
const decidedShown = 8;

/** The conflicts feed: keys that wait for a person, those a rule settles, and what was decided last and why. */
export function ConflictsCard({
  engine,
  cluster,
  run,
}: {
  readonly engine: EngineSnapshot;
  readonly cluster: Cluster & { readonly merge: MergeRule };
  readonly run: Seat["run"];
}) {
  const { merge } = cluster;
  const several = useMemo(
    () => Object.entries(engine.keys).filter(([, { beside }]) => beside !== undefined),
    [engine.keys],
  );
  const open = several.flatMap(([name, state]) => {
    const values = choicesOf(state, merge);
    return values === null ? [] : [{ name, state, values }];
  });
  const byRule = several.filter(([, state]) => choicesOf(state, merge) === null);
  const decided = decisionsOf(engine.receipts, merge);
  const keepsAll = keepsUnread(merge);
  if (!keepsAll && decided.length === 0) return null;
  return (
    <Card
      title={keepsAll ? "Conflicts to settle" : "Conflicts"}
      aside={<p className="text-[0.8125rem] text-muted">{ruleCopy[merge].name}</p>}
    >
      {keepsAll && open.length === 0 && (
        <p className="text-muted">
          No key holds several values. Write one key at two sites at once
          {merge === "revision-tree" ? "" : ", or without reading it first"}, and it will.
        </p>
      )}
      {open.slice(0, openShown).map(({ name, state, values }) => (
        <SettleForm key={name} name={name} values={values} state={state} run={run} />
      ))}
      {open.length > openShown && <p className="text-muted">and {open.length - openShown} more keys</p>}
      {merge === "app" && <ByRule keys={byRule} cluster={cluster} />}
      {merge === "revision-tree" && <Hidden keys={several} />}
      {decided.length > 0 && (
        <section aria-label="Decided last" className="mt-3 border-t border-line pt-3">
          <h3 className="text-[0.8125rem] font-medium">Decided last</h3>
          <ul className="mt-1 space-y-1 text-[0.8125rem] text-muted">
            {decided.map(({ op, key, outcome, why }) => (
              <li key={op} className="wrap-anywhere">
                <span className="font-mono text-text">
                  {key}, {op}
                </span>{" "}
                <span className="font-medium text-text">{outcomeWords[outcome]}</span>. {why}
              </li>
            ))}
          </ul>
        </section>
      )}
    </Card>
  );
}

const outcomeWords: Readonly<Record<Receipt["outcome"], string>> = {
  kept: "is kept",
  overwritten: "is overwritten",
  merged: "is merged",
  sibling: "stands beside another",
  refused: "would have been refused",
};

/** Newest first. Two writes that met have a receipt each that says the same: it is told once. */
function decisionsOf(receipts: readonly Receipt[], merge: Receipt["merge"]): readonly Receipt[] {
  const told = new Set<string>();
  const decided: Receipt[] = [];
  for (const receipt of receipts) {
    const name = `${receipt.key} ${receipt.why}`;
    if (receipt.merge !== merge || told.has(name)) continue;
    told.add(name);
    decided.push(receipt);
    if (decided.length === decidedShown) break;
  }
  return decided;
}

/** The branches of a revision tree that no reader sees. */
function Hidden({ keys }: { readonly keys: readonly (readonly [string, KeyState])[] }) {
  const open = keys.flatMap(([name, { conflicts = [] }]) =>
    conflicts.length > 0 ? [{ name, conflicts }] : [],
  );
  if (open.length === 0) return null;
  return (
    <section aria-label="Hidden conflicts" className="mt-3 border-t border-line pt-3">
      <h3 className="text-[0.8125rem] font-medium">Hidden conflicts</h3>
      <ul className="mt-1 space-y-1 text-[0.8125rem]">
        {open.slice(0, openShown).map(({ name, conflicts }) => (
          <li key={name} className="break-words">
            <span className="font-mono">{name}</span>
            <span className="text-muted">
              {" "}
              hides {conflicts.map((value) => shortValue(value, 60)).join(", ")}. Deleting what is shown
              brings the best of them back; settling the key from the console ends them all.
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ByRule({
  keys,
  cluster,
}: {
  readonly keys: readonly (readonly [string, KeyState])[];
  readonly cluster: Cluster;
}) {
  if (keys.length === 0) return null;
  return (
    <section aria-label="Made one by a rule" className="mt-3 border-t border-line pt-3">
      <h3 className="text-[0.8125rem] font-medium">Made one by the application's rules</h3>
      <ul className="mt-1 space-y-1 text-[0.8125rem]">
        {keys.slice(0, openShown).map(([name, { value, beside }]) => (
          <li key={name} className="wrap-anywhere">
            <span className="font-mono">
              {name} = {shortValue(value, 120)}
            </span>
            <span className="text-muted">
              {" "}
              made of {beside?.length} writes:{" "}
              {ruleWords(rulesAbout(cluster.app.rules, name)) || "they are alike"}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
