"use client";
import { useMemo, useState } from "react";
import type { EngineSnapshot } from "@/lib/engine/types";
import { canonicalJson } from "@/lib/kernel/json";
import type { Receipt } from "@/lib/merge/receipts";
import { type MergeRule, mergeRules } from "@/lib/protocol/cluster";
import { valuesIn } from "@/lib/protocol/siblings";
import { Card } from "../_kit/card";
import { SelectField } from "../_kit/field";
import { shortValue } from "../_kit/format";
import type { NameOf } from "../_site/names";
import { inWords } from "../_site/writes";
import { LossMark } from "./loss-mark";
import { ruleCopy } from "./rules";

/** One key under every merge rule, fed by the same writes, with the writes that each rule lost. */
export function MergeCard({ engine, nameOf }: { readonly engine: EngineSnapshot; readonly nameOf: NameOf }) {
  const { merges } = engine;
  const keys = useMemo(
    () => [...new Set(mergeRules.flatMap((rule) => Object.keys(merges[rule] ?? {})))].sort(),
    [merges],
  );
  const differing = useMemo(() => keys.filter((key) => differs(merges, key)), [keys, merges]);
  const [chosen, setChosen] = useState<string | null>(null);
  const key = chosen !== null && keys.includes(chosen) ? chosen : (differing[0] ?? keys[0]);
  const inForce = engine.view?.cluster.merge ?? null;
  if (key === undefined) {
    return (
      <Card title="One key under every merge rule">
        <p className="text-muted">
          Write a key here while another site writes the same one. The same writes are merged by each rule,
          and you see what each of them kept.
        </p>
      </Card>
    );
  }
  return (
    <Card
      title="One key under every merge rule"
      aside={
        <p className="text-[0.8125rem] text-muted">
          {differing.length === 0
            ? "all rules agree on every key"
            : `rules disagree on ${differing.length} of ${keys.length} keys`}
        </p>
      }
    >
      <SelectField
        label="Key to compare"
        className="mb-3 max-w-60"
        value={key}
        onChange={(event) => setChosen(event.target.value)}
        options={keys.slice(0, 500).map((name) => ({
          value: name,
          text: differing.includes(name) ? `${name}  (rules disagree)` : name,
        }))}
      />
      <div className="grid gap-3 md:grid-cols-3 md:grid-rows-[auto_auto_1fr]">
        {mergeRules.map((rule) => (
          <RuleColumn
            key={rule}
            rule={rule}
            name={key}
            engine={engine}
            inForce={rule === inForce}
            nameOf={nameOf}
          />
        ))}
      </div>
    </Card>
  );
}

function differs(merges: EngineSnapshot["merges"], key: string): boolean {
  const values = mergeRules.map((rule) => canonicalJson(merges[rule]?.[key] ?? null));
  return new Set(values).size > 1;
}

/** A loss that nobody decided on: the winning write had not seen this one. */
function isSilentLoss(receipt: Receipt): boolean {
  return receipt.outcome === "overwritten" && receipt.unseen;
}

function RuleColumn({
  rule,
  name,
  engine,
  inForce,
  nameOf,
}: {
  readonly rule: MergeRule;
  readonly name: string;
  readonly engine: EngineSnapshot;
  readonly inForce: boolean;
  readonly nameOf: NameOf;
}) {
  const value = engine.merges[rule]?.[name];
  const receipts = engine.receipts.filter((receipt) => receipt.merge === rule && receipt.key === name);
  const lost = receipts.filter(isSilentLoss);
  const merged = receipts.filter((receipt) => receipt.outcome === "merged");
  return (
    <section
      aria-label={`${ruleCopy[rule].name}, key ${name}`}
      className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3 rounded-lg border border-line p-3 md:row-span-3 md:grid-rows-subgrid"
    >
      <div>
        <h3 className="text-[0.875rem] font-semibold">
          {ruleCopy[rule].name}
          {inForce && (
            <span className="ml-2 rounded border border-outline px-1.5 py-px text-[0.75rem] font-medium whitespace-nowrap">
              in force
            </span>
          )}
        </h3>
        <p className="mt-0.5 text-[0.8125rem] text-muted">{ruleCopy[rule].how}</p>
      </div>
      <ul className="space-y-1 self-start rounded-md bg-sunken px-3 py-2.5 font-mono text-lg font-medium wrap-anywhere">
        {(valuesIn(value) ?? [value]).map((each, i) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: values have no names, and two may be equal.
          <li key={i} className="not-first:border-t not-first:border-outline not-first:pt-1">
            {shortValue(each, 200)}
          </li>
        ))}
      </ul>
      <div>
        <p className="flex items-center gap-1.5 text-[0.8125rem] font-medium">
          {lost.length > 0 && <LossMark />}
          {lost.length === 0 ? "Nothing lost" : `${lost.length} lost without anybody deciding it`}
        </p>
        <ReceiptList receipts={lost} nameOf={nameOf} />
        {merged.length > 0 && (
          <>
            <p className="mt-2 text-[0.8125rem] font-medium">{merged.length} merged</p>
            <ReceiptList receipts={merged} nameOf={nameOf} />
          </>
        )}
      </div>
    </section>
  );
}

function ReceiptList({
  receipts,
  nameOf,
}: {
  readonly receipts: readonly Receipt[];
  readonly nameOf: NameOf;
}) {
  return (
    <ul className="space-y-1 text-[0.8125rem] text-muted">
      {receipts.slice(0, 6).map((receipt) => (
        <li key={receipt.op}>
          <span className="text-text">{inWords(receipt.op, nameOf)}</span>: {inWords(receipt.why, nameOf)}
        </li>
      ))}
      {receipts.length > 6 && <li>and {receipts.length - 6} more</li>}
    </ul>
  );
}
