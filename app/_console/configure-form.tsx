"use client";
import { useState } from "react";
import { canonicalJson, type Json } from "@/lib/kernel/json";
import type { Cluster } from "@/lib/protocol/cluster";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import { resolveCluster } from "@/lib/scenario/cluster";
import { unfitFor } from "@/lib/scenario/combinations";
import { presets } from "@/lib/scenario/presets/all";
import { Button } from "../_kit/button";
import { Card } from "../_kit/card";
import { SelectField, TextField } from "../_kit/field";
import { PresetField, PresetWords } from "../_presets/preset-field";
import { ruleProblem } from "./app-rules";
import { axisFields, patchOf, valueAt } from "./axes";
import type { AxisField } from "./axis-field";
import type { Run } from "./commands";
import { RulesEditor } from "./rules-editor";

type Edited = Readonly<Record<string, Json>>;
type Change = (path: string, value: Json) => void;

/** How the pod replicates, changed while it runs. What no system could run is said before it is sent. */
export function ConfigureCard({ pod, run }: { readonly pod: PodPicture; readonly run: Run }) {
  const { cluster } = pod.view;
  const [edited, setEdited] = useState<Edited>({});
  const changed = Object.fromEntries(
    Object.entries(edited).filter(
      ([path, value]) => canonicalJson(valueAt(cluster, path) ?? null) !== canonicalJson(value),
    ),
  );
  const patch = patchOf(cluster, changed);
  const wanted = resolveCluster(patch, cluster);
  const draft = wanted.ok ? wanted.value : ({ ...cluster, ...patch } as Cluster);
  const sites = pod.sites.map(({ id }) => id);
  const problem = wanted.ok ? unfitFor(wanted.value, sites) : wanted.error;
  const isBadRule = draft.app.rules.some((rule) => ruleProblem(rule) !== null);
  const change: Change = (path, value) => setEdited({ ...edited, [path]: value });

  return (
    <Card
      title="How this pod replicates"
      aside={
        <p className="text-[0.8125rem] text-muted">
          {presets.find(({ name }) => name === pod.preset)?.title ?? "own settings"}
        </p>
      }
    >
      <PresetForm pod={pod} run={run} onDone={() => setEdited({})} />
      <form
        className="mt-4 border-t border-line pt-4"
        onSubmit={(event) => {
          event.preventDefault();
          run(`Configure: ${Object.keys(changed).join(", ")}`, "configure", { cluster: patch as Json });
          setEdited({});
        }}
      >
        <div className="grid gap-3 sm:grid-cols-2 2xl:grid-cols-3">
          {axisFields
            .filter(({ when }) => when(draft))
            .map((field) => (
              <AxisControl
                key={field.label}
                field={field}
                cluster={draft}
                hint={field.hint?.(draft, sites.length)}
                onChange={change}
              />
            ))}
          {draft.mode === "active-active" && draft.merge === "app" && (
            <RulesEditor
              rules={draft.app.rules}
              onChange={(rules) => change("app.rules", rules as unknown as Json)}
            />
          )}
          {draft.mode === "active-passive" && <UpstreamControls pod={pod} draft={draft} onChange={change} />}
        </div>
        {problem !== null && (
          <p className="mt-3 text-[0.875rem]" role="status">
            This cannot be run: {problem.expected}.
          </p>
        )}
        <div className="mt-3 flex flex-wrap gap-2">
          <Button
            type="submit"
            tone="main"
            disabled={Object.keys(changed).length === 0 || problem !== null || isBadRule}
          >
            Apply changes
          </Button>
          {Object.keys(edited).length > 0 && <Button onClick={() => setEdited({})}>Undo</Button>}
        </div>
      </form>
    </Card>
  );
}

function AxisControl({
  field: { path, label, choice },
  cluster,
  hint,
  onChange,
}: {
  readonly field: AxisField;
  readonly cluster: Cluster;
  readonly hint: string | undefined;
  readonly onChange: Change;
}) {
  const value = valueAt(cluster, path);
  if (choice.kind === "number") {
    const shown = typeof value === "number" ? String(value) : "";
    return (
      <TextField
        label={label}
        hint={hint}
        type="number"
        min={choice.min}
        max={choice.max}
        required
        value={shown}
        onChange={(event) => onChange(path, event.target.valueAsNumber || 0)}
      />
    );
  }
  if (choice.kind === "many") {
    return (
      <Several
        label={label}
        options={choice.options}
        value={value}
        onChange={(next) => onChange(path, next)}
      />
    );
  }
  const keyed = choice.options.map((option) => ({ ...option, key: keyOf(option.value) }));
  return (
    <SelectField
      label={label}
      value={keyOf(value ?? null)}
      options={keyed.map(({ key, text }) => ({ value: key, text }))}
      onChange={(event) => {
        const chosen = keyed.find(({ key }) => key === event.target.value);
        if (chosen !== undefined) onChange(path, chosen.value);
      }}
    />
  );
}

/** Of an option with a parameter, which option it is and not the parameter, which has a control of its own. */
function keyOf(value: Json): string {
  if (typeof value === "number") return "number";
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? Object.keys(value).sort().join()
    : canonicalJson(value);
}

function Several({
  label,
  options,
  value,
  onChange,
}: {
  readonly label: string;
  readonly options: readonly { readonly value: Json; readonly text: string }[];
  readonly value: Json | undefined;
  readonly onChange: (value: Json) => void;
}) {
  const chosen: readonly Json[] = Array.isArray(value) ? value : [];
  return (
    <fieldset className="min-w-0 sm:col-span-2">
      <legend className="text-[0.8125rem] font-medium text-muted">{label}</legend>
      <div className="mt-1 grid gap-x-4 sm:grid-cols-2">
        {options.map((option) => (
          <label key={option.text} className="flex min-h-9 items-center gap-2 text-[0.9375rem]">
            <input
              type="checkbox"
              className="size-4 shrink-0 accent-[var(--accent)]"
              checked={chosen.includes(option.value)}
              onChange={({ target }) =>
                onChange(
                  target.checked
                    ? [...chosen, option.value]
                    : chosen.filter((level) => level !== option.value),
                )
              }
            />
            {option.text}
          </label>
        ))}
      </div>
    </fieldset>
  );
}

/** Whom each replica follows: the primary, or another replica that passes on what it has received. */
function UpstreamControls({
  pod,
  draft,
  onChange,
}: {
  readonly pod: PodPicture;
  readonly draft: Cluster;
  readonly onChange: Change;
}) {
  if (pod.sites.length < 3) return null;
  return pod.sites.slice(1).map(({ id: site, city }) => (
    <SelectField
      key={site}
      label={`${city} follows`}
      value={draft.upstream[site] ?? ""}
      options={[
        { value: "", text: "the primary" },
        ...pod.sites
          .filter((other) => other.id !== site)
          .map((other) => ({ value: other.id, text: other.city })),
      ]}
      onChange={(event) =>
        onChange("upstream", {
          ...draft.upstream,
          [site]: event.target.value === "" ? null : event.target.value,
        })
      }
    />
  ));
}

function PresetForm({
  pod,
  run,
  onDone,
}: {
  readonly pod: PodPicture;
  readonly run: Run;
  readonly onDone: () => void;
}) {
  const [picked, setPicked] = useState<string | null>(null);
  const name = picked ?? pod.preset ?? "";
  const preset = presets.find((each) => each.name === name);
  const title = preset?.title ?? name;
  const unfit = name === "" ? null : unfitHere(name, pod);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run(`Preset: ${title}`, "configure", { cluster: { preset: name } });
        setPicked(null);
        onDone();
      }}
    >
      <div className="flex items-end gap-2">
        <PresetField
          label="Like this system"
          name={name}
          {...(pod.preset === null && { placeholder: "none: settings of its own" })}
          onChange={setPicked}
        />
        <Button type="submit" disabled={name === "" || unfit !== null}>
          Use it
        </Button>
      </div>
      <p role="status" className="text-[0.875rem] not-empty:mt-2">
        {unfit !== null && `This pod cannot run it, which is made for ${preset?.sites} sites: ${unfit}.`}
      </p>
      <PresetWords name={name} />
    </form>
  );
}

/** Why the preset cannot be run by the sites of this pod; null when it can. */
function unfitHere(preset: string, pod: PodPicture): string | null {
  const cluster = resolveCluster({ preset });
  const sites = pod.sites.map(({ id }) => id);
  const problem = cluster.ok ? unfitFor(cluster.value, sites) : cluster.error;
  return problem?.expected ?? null;
}
