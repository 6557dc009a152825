"use client";
import { useState } from "react";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import { Button } from "../_kit/button";
import { Card } from "../_kit/card";
import { TextField } from "../_kit/field";
import type { Run } from "./commands";

/** The world's clients: the traffic against which outages are measured. */
export function TrafficCard({ pod, run }: { readonly pod: PodPicture; readonly run: Run }) {
  /** Null until somebody types: the field says what runs. */
  const [typed, setTyped] = useState<string | null>(null);
  const [writes, setWrites] = useState("50");
  const on = pod.trafficPerSec > 0;
  const rate = typed ?? String(on ? pod.trafficPerSec : 5);
  return (
    <Card
      title="The world's clients"
      aside={
        <p className="text-[0.8125rem] text-muted">
          {on ? `${pod.trafficPerSec} operations a second` : "no traffic"}
        </p>
      }
    >
      <form
        className="flex flex-wrap items-end gap-3"
        onSubmit={(event) => {
          event.preventDefault();
          const put = Number(writes);
          run(`Traffic: ${rate} a second, ${writes} % writes`, "traffic", {
            ratePerSec: Number(rate),
            mix: { put, get: 100 - put },
          });
        }}
      >
        <TextField
          label="Operations a second"
          type="number"
          min={0}
          max={200}
          step="any"
          required
          className="w-36"
          value={rate}
          onChange={(event) => setTyped(event.target.value)}
        />
        <TextField
          label="Writes, %"
          type="number"
          min={0}
          max={100}
          required
          className="w-24"
          value={writes}
          onChange={(event) => setWrites(event.target.value)}
        />
        <Button type="submit">{on ? "Change" : "Start traffic"}</Button>
        {on && <Button onClick={() => run("Traffic off", "traffic", { ratePerSec: 0 })}>Stop traffic</Button>}
      </form>
      <p className="mt-2 text-[0.8125rem] text-muted">
        Without traffic nobody notices an outage: the stopwatch measures from the last write that succeeded to
        the next one that does.
      </p>
    </Card>
  );
}
