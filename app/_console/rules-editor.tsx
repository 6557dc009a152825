"use client";
import type { AppRule } from "@/lib/protocol/cluster";
import { limits } from "@/lib/protocol/limits";
import { Button } from "../_kit/button";
import { SelectField, TextField } from "../_kit/field";
import { ruleChoices, ruleProblem, ruleWarning } from "./app-rules";

const fresh: AppRule = { key: "", rule: "latest" };
const rulesAtMost = 50;

/** The application's own merge rules, edited while the pod runs. What is wrong with one stands below it. */
export function RulesEditor({
  rules,
  onChange,
}: {
  readonly rules: readonly AppRule[];
  readonly onChange: (rules: readonly AppRule[]) => void;
}) {
  const replace = (at: number, rule: AppRule) => onChange(rules.map((each, i) => (i === at ? rule : each)));
  return (
    <fieldset className="min-w-0 sm:col-span-2 xl:col-span-3">
      <legend className="text-[0.8125rem] font-medium text-muted">The application's rules</legend>
      <p className="mt-0.5 max-w-[75ch] text-[0.875rem]">
        Where two sites wrote a key without knowing of each other, the first rule that names it makes one
        value of both. What no rule covers stands side by side until somebody settles it on a seat.
      </p>
      <ol className="mt-2 space-y-2">
        {rules.map((rule, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rules have no names; their order is what tells them apart.
          <li key={at}>
            <RuleRow
              number={at + 1}
              rule={rule}
              message={ruleProblem(rule) ?? ruleWarning(rules, at)}
              onChange={(next) => replace(at, next)}
              onRemove={() => onChange(rules.filter((_, i) => i !== at))}
            />
          </li>
        ))}
      </ol>
      <Button
        size="small"
        className="mt-2"
        disabled={rules.length >= rulesAtMost}
        onClick={() => onChange([...rules, fresh])}
      >
        Add a rule
      </Button>
    </fieldset>
  );
}

function RuleRow({
  number,
  rule,
  message,
  onChange,
  onRemove,
}: {
  readonly number: number;
  readonly rule: AppRule;
  readonly message: string | null;
  readonly onChange: (rule: AppRule) => void;
  readonly onRemove: () => void;
}) {
  const { field: _, ...whole } = rule;
  return (
    <fieldset className="min-w-0 rounded-lg border border-line p-3">
      <legend className="sr-only">Rule {number}</legend>
      <div className="grid items-end gap-2 sm:grid-cols-[minmax(0,1fr)_minmax(0,1fr)_minmax(0,1.5fr)_auto]">
        <TextField
          label={`${number}. Key, or beginning and *`}
          mono
          maxLength={limits.keyChars}
          value={rule.key}
          onChange={(event) => onChange({ ...rule, key: event.target.value })}
        />
        <TextField
          label="Field of a record, or none"
          mono
          maxLength={limits.keyChars}
          value={rule.field ?? ""}
          onChange={({ target }) => onChange(target.value === "" ? whole : { ...rule, field: target.value })}
        />
        <SelectField
          label="Concurrent values become"
          value={rule.rule}
          options={ruleChoices}
          onChange={(event) => {
            const chosen = ruleChoices.find(({ value }) => value === event.target.value);
            if (chosen !== undefined) onChange({ ...rule, rule: chosen.value });
          }}
        />
        <Button tone="quiet" aria-label={`Remove rule ${number}`} onClick={onRemove}>
          Remove
        </Button>
      </div>
      <p role="status" className="text-[0.875rem] not-empty:mt-2">
        {message}
      </p>
    </fieldset>
  );
}
