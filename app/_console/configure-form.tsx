"use client";
import { useState } from "react";
import { canonicalJson, type Json } from "@/lib/kernel/json";
import type { Cluster } from "@/lib/protocol/cluster";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import { defaultPreset, presets } from "@/lib/scenario/presets/all";
import { Button } from "../_kit/button";
import { Card } from "../_kit/card";
import { SelectField, TextField } from "../_kit/field";
import { ruleCopy } from "../_merge/rules";
import type { Run } from "./commands";

type Draft = {
  readonly mode: Cluster["mode"];
  readonly ack: Cluster["ack"];
  readonly syncCount: string;
  readonly strict: "yes" | "no";
  readonly readFrom: string;
  readonly writeAt: Cluster["writeAt"];
  readonly merge: Cluster["merge"];
  readonly failover: Cluster["failover"];
  readonly heartbeatMs: string;
  readonly timeoutMs: string;
};

const axes = {
  mode: [
    { value: "active-passive", text: "active-passive: one primary" },
    { value: "active-active", text: "active-active: every site writes" },
    { value: "single", text: "single: no replica" },
  ],
  ack: [
    { value: "async", text: "async: own disk only" },
    { value: "sync", text: "sync: also on a replica's disk" },
  ],
  strict: [
    { value: "yes", text: "fail the write" },
    { value: "no", text: "go on alone" },
  ],
  readFrom: [
    { value: "local", text: "local: fast, may be old" },
    { value: "primary", text: "primary: never old" },
  ],
  writeAt: [
    { value: "forward", text: "forward to the primary" },
    { value: "redirect", text: "redirect: name the primary" },
    { value: "reject", text: "reject" },
  ],
  merge: (["lww", "lww-hlc", "crdt"] as const).map((rule) => ({ value: rule, text: ruleCopy[rule].name })),
  failover: [
    { value: "lease", text: "automatic, when the lease ends" },
    { value: "manual", text: "by hand" },
    { value: "none", text: "never" },
  ],
} as const;

function draftOf(cluster: Cluster): Draft {
  const { mode, ack, readFrom, writeAt, merge, failover, sync, detector } = cluster;
  return {
    ...{ mode, ack, writeAt, merge, failover },
    readFrom: typeof readFrom === "string" ? readFrom : canonicalJson(readFrom),
    syncCount: String(sync.count),
    strict: sync.strict ? "yes" : "no",
    heartbeatMs: String(detector.heartbeatMs),
    timeoutMs: String(detector.timeoutMs),
  };
}

/** Only the axes that were changed, as `configure` takes them. */
function changes(draft: Draft, cluster: Cluster): Record<string, Json> {
  const wanted: Record<string, Json> = {
    mode: draft.mode,
    ack: draft.ack,
    sync: { rule: "first", count: Number(draft.syncCount), strict: draft.strict === "yes" },
    readFrom: draftOf(cluster).readFrom === draft.readFrom ? (cluster.readFrom as Json) : draft.readFrom,
    writeAt: draft.writeAt,
    merge: draft.merge,
    failover: draft.failover,
    detector: { kind: "fixed", heartbeatMs: Number(draft.heartbeatMs), timeoutMs: Number(draft.timeoutMs) },
  };
  const present: Readonly<Record<string, unknown>> = cluster;
  return Object.fromEntries(
    Object.entries(wanted).filter(([axis, value]) => canonicalJson(value) !== canonicalJson(present[axis])),
  );
}

/** How the pod replicates, changed while it runs. The server refuses what no system could run and says why. */
export function ConfigureCard({ pod, run }: { readonly pod: PodPicture; readonly run: Run }) {
  const { cluster } = pod.view;
  const [edited, setEdited] = useState<Partial<Draft>>({});
  const draft: Draft = { ...draftOf(cluster), ...edited };
  const changed = changes(draft, cluster);
  const pick = <Axis extends keyof typeof axes>(axis: Axis, label: string) => (
    <SelectField
      label={label}
      value={draft[axis]}
      options={axes[axis]}
      onChange={(event) => setEdited({ ...edited, [axis]: event.target.value })}
    />
  );
  const number = (
    field: "syncCount" | "heartbeatMs" | "timeoutMs",
    label: string,
    min: number,
    max: number,
  ) => (
    <TextField
      label={label}
      type="number"
      min={min}
      max={max}
      required
      value={draft[field]}
      onChange={(event) => setEdited({ ...edited, [field]: event.target.value })}
    />
  );

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
          run(`Configure: ${Object.keys(changed).join(", ")}`, "configure", { cluster: changed });
          setEdited({});
        }}
      >
        <div className="grid gap-3 sm:grid-cols-2 xl:grid-cols-3">
          {pick("mode", "Mode")}
          {draft.mode === "active-active" && pick("merge", "Merge rule")}
          {draft.mode === "active-passive" && (
            <>
              {pick("ack", "A write is acknowledged")}
              {draft.ack === "sync" && number("syncCount", "Replicas that must have it", 1, 11)}
              {draft.ack === "sync" && pick("strict", "Without enough replicas")}
              {pick("readFrom", "Reads are served")}
              {pick("writeAt", "A write at a replica")}
              {pick("failover", "Failover")}
            </>
          )}
          {number("heartbeatMs", "Heartbeat every, ms", 100, 10_000)}
          {number("timeoutMs", "Held to be dead after, ms", 800, 60_000)}
        </div>
        <ApplyButtons
          unchanged={Object.keys(changed).length === 0}
          touched={Object.keys(edited).length > 0}
          onUndo={() => setEdited({})}
        />
      </form>
    </Card>
  );
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
  const [name, setName] = useState(pod.preset ?? defaultPreset);
  const chosen = presets.find((preset) => preset.name === name);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        run(`Preset: ${chosen?.title ?? name}`, "configure", { cluster: { preset: name } });
        onDone();
      }}
    >
      <div className="flex items-end gap-2">
        <SelectField
          label="Like this system"
          className="flex-1"
          value={name}
          options={presets.map((preset) => ({ value: preset.name, text: preset.title }))}
          onChange={(event) => setName(event.target.value)}
        />
        <Button type="submit">Use it</Button>
      </div>
      {chosen !== undefined && <p className="mt-2 text-[0.875rem] text-muted">{chosen.paragraph}</p>}
    </form>
  );
}

function ApplyButtons({
  unchanged,
  touched,
  onUndo,
}: {
  readonly unchanged: boolean;
  readonly touched: boolean;
  readonly onUndo: () => void;
}) {
  return (
    <div className="mt-3 flex flex-wrap gap-2">
      <Button type="submit" tone="main" disabled={unchanged}>
        Apply changes
      </Button>
      {touched && <Button onClick={onUndo}>Undo</Button>}
    </div>
  );
}
