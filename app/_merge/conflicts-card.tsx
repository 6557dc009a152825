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
import type { NameOf } from "../_site/names";
import { inWords } from "../_site/writes";
import { LossMark } from "./loss-mark";
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
  nameOf,
}: {
  readonly engine: EngineSnapshot;
  readonly cluster: Cluster & { readonly merge: MergeRule };
  readonly run: Seat["run"];
  readonly nameOf: NameOf;
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
        <SettleForm
          key={name}
          name={name}
          values={values}
          state={state}
          unfit={merge === "app" ? ruleWords(rulesAbout(cluster.app.rules, name)) : ""}
          run={run}
          nameOf={nameOf}
        />
      ))}
      {open.length > openShown && <p className="text-muted">and {open.length - openShown} more keys</p>}
      {merge === "app" && <ByRule keys={byRule} cluster={cluster} />}
      {decided.length > 0 && <DecidedLast receipts={decided} nameOf={nameOf} />}
    </Card>
  );
}

/** What the rule did last: the key, the write it was done to, and why. */
function DecidedLast({
  receipts,
  nameOf,
}: {
  readonly receipts: readonly Receipt[];
  readonly nameOf: NameOf;
}) {
  return (
    <section
      aria-label="Decided last"
      className="not-first:mt-3 not-first:border-t not-first:border-line not-first:pt-3"
    >
      <h3 className="text-[0.8125rem] font-medium text-muted">Decided last</h3>
      <ul className="mt-1 text-[0.875rem]">
        {receipts.map((receipt) => (
          <li
            key={receipt.op}
            className="grid gap-x-4 border-t border-line py-1.5 wrap-anywhere first:border-t-0 sm:grid-cols-[7rem_minmax(0,1fr)]"
          >
            <span className="font-mono text-[0.8125rem] font-medium sm:pt-0.5">{receipt.key}</span>
            <span className="min-w-0">
              <span className="font-medium">
                {receipt.outcome === "overwritten" && receipt.unseen && (
                  <LossMark className="mr-1.5 inline size-3" />
                )}
                {inWords(receipt.op, nameOf)} {outcomeWords[receipt.outcome]}.
              </span>{" "}
              <span className="text-muted">{inWords(receipt.why, nameOf)}</span>
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const outcomeWords: Readonly<Record<Receipt["outcome"], string>> = {
  kept: "is kept",
  overwritten: "is overwritten",
  merged: "is merged",
  sibling: "stands beside another",
  refused: "would have been refused",
};

/**
 * Newest first. Two writes that met have a receipt each: what was kept is told by what it was kept from, and
 * what both say is told once.
 */
function decisionsOf(receipts: readonly Receipt[], merge: Receipt["merge"]): readonly Receipt[] {
  const inForce = receipts.filter((receipt) => receipt.merge === merge);
  const winners = new Set(inForce.flatMap(({ outcome, by }) => (outcome === "kept" ? [] : (by ?? []))));
  const told = new Set<string>();
  const decided: Receipt[] = [];
  for (const receipt of inForce) {
    const name = `${receipt.key} ${receipt.why}`;
    if (told.has(name) || (receipt.outcome === "kept" && winners.has(receipt.op))) continue;
    told.add(name);
    decided.push(receipt);
    if (decided.length === decidedShown) break;
  }
  return decided;
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
