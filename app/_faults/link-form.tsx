"use client";
import { useState } from "react";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import type { Run } from "../_console/commands";
import { Button } from "../_kit/button";
import { Choice } from "../_kit/choice";
import { SelectField, TextField } from "../_kit/field";
import type { NameOf } from "../_site/names";

const directions = [
  { value: "both", text: "both ways" },
  { value: "one", text: "one way" },
] as const;
const conditions = [
  { name: "delayMs", label: "Delay, ms", most: 60_000 },
  { name: "jitterMs", label: "Jitter, ms", most: 60_000 },
  { name: "lossPct", label: "Loss, %", most: 100 },
] as const;

/** Everything that can be done to one link. */
export function LinkForm({
  pod,
  run,
  nameOf,
}: {
  readonly pod: PodPicture;
  readonly run: Run;
  readonly nameOf: NameOf;
}) {
  const nodes = [...pod.sites.map((site) => site.id as string), "coordinator", "edge"];
  const [ends, setEnds] = useState<{ from?: string; to?: string }>({});
  const [direction, setDirection] = useState<"both" | "one">("both");
  const from = ends.from ?? nodes[0] ?? "";
  const to =
    ends.to !== undefined && ends.to !== from ? ends.to : (nodes.find((node) => node !== from) ?? "");
  const oneWay = direction === "one";
  const pair = `${nameOf(from)} ${oneWay ? "→" : "↔"} ${nameOf(to)}`;
  const options = nodes.map((node) => ({ value: node, text: nameOf(node) }));
  return (
    <div className="space-y-3">
      <div className="grid grid-cols-2 gap-3">
        <SelectField
          label="From"
          options={options}
          value={from}
          onChange={(e) => setEnds({ from: e.target.value, to })}
        />
        <SelectField
          label="To"
          options={options.filter(({ value }) => value !== from)}
          value={to}
          onChange={(e) => setEnds({ from, to: e.target.value })}
        />
      </div>
      <Choice label="Direction" options={directions} value={direction} onChange={setDirection} />
      <div className="flex flex-wrap gap-2">
        <Button onClick={() => run(`Cut: ${pair}`, "cut", { from, to, oneWay })}>Cut the link</Button>
        <Button onClick={() => run(`Mend: ${pair}`, "mend", { from, to, oneWay })}>Mend the link</Button>
        <Button onClick={() => run(`Pull the cable: ${pair}`, "pull", { from, to })}>Pull the cable</Button>
        <Button onClick={() => run(`Plug it in: ${pair}`, "plug", { from, to })}>Plug it in</Button>
      </div>
      <ConditionForm
        onSet={(words, values) => run(`${words}: ${pair}`, "link", { from, to, oneWay, ...values })}
      />
      <p className="text-[0.8125rem] text-muted">
        A cut is silence, as in a real network. Pulling the cable closes the connection, so that both ends
        notice at once.
      </p>
    </div>
  );
}

type Amounts = { readonly delayMs: number; readonly jitterMs: number; readonly lossPct: number };

function ConditionForm({ onSet }: { readonly onSet: (words: string, values: Amounts) => void }) {
  const [amounts, setAmounts] = useState({ delayMs: "200", jitterMs: "0", lossPct: "0" });
  return (
    <>
      <div className="grid grid-cols-3 gap-3">
        {conditions.map(({ name, label, most }) => (
          <TextField
            key={name}
            label={label}
            type="number"
            min={0}
            max={most}
            inputMode="numeric"
            value={amounts[name]}
            onChange={(event) => setAmounts({ ...amounts, [name]: event.target.value })}
          />
        ))}
      </div>
      <div className="flex flex-wrap gap-2">
        <Button
          onClick={() =>
            onSet("Set the link", {
              delayMs: Number(amounts.delayMs),
              jitterMs: Number(amounts.jitterMs),
              lossPct: Number(amounts.lossPct),
            })
          }
        >
          Set delay, jitter and loss
        </Button>
        <Button onClick={() => onSet("Clear the link", { delayMs: 0, jitterMs: 0, lossPct: 0 })}>
          Clear them
        </Button>
      </div>
    </>
  );
}
