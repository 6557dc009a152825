"use client";
import { useState } from "react";
import type { PodPicture, SitePicture } from "@/lib/protocol/lab/picture";
import type { Run } from "../_console/commands";
import { Button } from "../_kit/button";
import { TextField } from "../_kit/field";

type ConditionProps = { readonly pod: PodPicture; readonly site: SitePicture; readonly run: Run };

/** What can be wrong with a site that goes on: its clock, its disk and the pace at which it applies writes. */
export function ConditionForms({ pod, site, run }: ConditionProps) {
  const condition = pod.faults.sites.find((entry) => entry.site === site.id)?.condition;
  const { id, city } = site;
  return (
    <>
      <NumberForm
        label="Clock ahead by, s"
        submit="Set clock"
        range={[-86_400, 86_400]}
        present={(condition?.skewMs ?? 0) / 1000}
        onSubmit={(seconds) =>
          run(`Clock of ${city}: ${seconds} s`, "clock", { site: id, skewMs: Math.round(seconds * 1000) })
        }
      />
      <NumberForm
        label="Disk takes, ms a write"
        submit="Slow the disk"
        range={[0, 60_000]}
        present={condition?.diskDelayMs ?? 0}
        onSubmit={(delayMs) => run(`Disk of ${city}: ${delayMs} ms a write`, "disk", { site: id, delayMs })}
      />
      <NumberForm
        label="Applies a second (0: all)"
        submit="Slow its applying"
        range={[0, 100_000]}
        present={condition?.applyPerSec ?? 0}
        onSubmit={(perSec) => {
          const words = perSec === 0 ? "at its own pace" : `at most ${perSec} a second`;
          run(`${city} applies ${words}`, "apply", { site: id, opsPerSec: perSec === 0 ? null : perSec });
        }}
      />
    </>
  );
}

function NumberForm({
  label,
  submit,
  range: [min, max],
  present,
  onSubmit,
}: {
  readonly label: string;
  readonly submit: string;
  readonly range: readonly [number, number];
  readonly present: number;
  readonly onSubmit: (value: number) => void;
}) {
  const [text, setText] = useState(String(present));
  return (
    <form
      className="flex items-end gap-1.5"
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit(Number(text));
      }}
    >
      <TextField
        label={label}
        type="number"
        step="any"
        min={min}
        max={max}
        required
        className="w-40"
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <Button type="submit">{submit}</Button>
    </form>
  );
}
