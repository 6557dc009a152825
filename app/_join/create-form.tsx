"use client";
import { type FormEvent, useState } from "react";
import { defaultPreset, presets } from "@/lib/scenario/presets/all";
import { Button } from "../_kit/button";
import { TextField } from "../_kit/field";
import { createLab } from "../_lab/api";
import { PresetField, PresetWords } from "../_presets/preset-field";

/** Making a lab: what it replicates like, how many data centres, and go. */
export function CreateForm() {
  const [title, setTitle] = useState("");
  const [preset, setPreset] = useState(defaultPreset);
  const [sites, setSites] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const usual = presets.find(({ name }) => name === preset)?.sites ?? 3;

  async function create(event: FormEvent): Promise<void> {
    event.preventDefault();
    setBusy(true);
    const made = await createLab({ title: title.trim(), preset, sites: Number(sites ?? usual) });
    if (made.ok) {
      location.assign(`/console/${made.value.code}#key=${encodeURIComponent(made.value.key)}`);
      return;
    }
    setProblem(made.error.message);
    setBusy(false);
  }

  return (
    <form onSubmit={(event) => void create(event)}>
      <PresetField label="How it replicates at first" name={preset} onChange={setPreset} />
      <PresetWords name={preset} />
      <p className="mt-1 text-[0.875rem] text-muted">You can change it while the lab runs.</p>
      <div className="mt-4 grid grid-cols-[minmax(0,1fr)_9rem] gap-3">
        <TextField
          label="Title (optional)"
          maxLength={80}
          placeholder="Databases, week 6"
          autoCapitalize="sentences"
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        <TextField
          label="Sites in a pod"
          type="number"
          min={1}
          max={12}
          required
          value={sites ?? String(usual)}
          onChange={(event) => setSites(event.target.value)}
        />
      </div>
      <p className="mt-1.5 text-[0.8125rem] text-muted">
        One student runs one site. When a pod is full the next student opens another.
      </p>
      <Button type="submit" tone="main" size="large" className="mt-4 w-full sm:w-auto" disabled={busy}>
        {busy ? "Creating…" : "Create the lab"}
      </Button>
      <p role="alert" className="mt-2 min-h-6">
        {problem}
      </p>
    </form>
  );
}
