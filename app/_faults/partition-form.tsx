"use client";
import { useState } from "react";
import type { PodPicture } from "@/lib/protocol/lab/picture";
import type { Run } from "../_console/commands";
import { Button } from "../_kit/button";
import { Choice } from "../_kit/choice";
import { listWords, type NameOf } from "../_site/names";

type Side = "A" | "B" | "C";
const sides = [
  { value: "A", text: "A" },
  { value: "B", text: "B" },
  { value: "C", text: "C" },
] as const;
const outsiderSides = [{ value: "all", text: "reaches all" }, ...sides] as const;

/** Splits the pod: who is in one group hears nobody of another. */
export function PartitionForm({
  pod,
  run,
  nameOf,
}: {
  readonly pod: PodPicture;
  readonly run: Run;
  readonly nameOf: NameOf;
}) {
  const sites = pod.sites.map((site) => site.id as string);
  const [chosen, setChosen] = useState<Readonly<Record<string, Side>>>({});
  const [outside, setOutside] = useState<{ coordinator: Side | "all"; edge: Side | "all" }>({
    coordinator: "all",
    edge: "all",
  });
  const half = Math.ceil(sites.length / 2);
  const sideOf = (site: string): Side => chosen[site] ?? (sites.indexOf(site) < half ? "A" : "B");
  const groups = sides
    .map(({ value }) => [
      ...sites.filter((site) => sideOf(site) === value),
      ...(["coordinator", "edge"] as const).filter((node) => outside[node] === value),
    ])
    .filter((group) => group.length > 0);

  function partition(): void {
    const words = groups.map((group) => listWords(group.map(nameOf))).join(" | ");
    run(`Partition: ${words}`, "partition", { groups });
  }
  return (
    <div>
      <div className="grid grid-cols-[repeat(auto-fill,minmax(9.5rem,1fr))] gap-x-4 gap-y-2.5">
        {pod.sites.map((site) => (
          <Choice
            key={site.id}
            label={site.city}
            options={sides}
            value={sideOf(site.id)}
            onChange={(side) => setChosen({ ...chosen, [site.id]: side })}
          />
        ))}
      </div>
      <details className="mt-3">
        <summary className="text-[0.875rem] text-muted">Coordinator and the world's clients</summary>
        <div className="mt-2 flex flex-wrap gap-x-4 gap-y-2.5">
          <Choice
            label="The coordinator"
            options={outsiderSides}
            value={outside.coordinator}
            onChange={(coordinator) => setOutside({ ...outside, coordinator })}
          />
          <Choice
            label="The world's clients"
            options={outsiderSides}
            value={outside.edge}
            onChange={(edge) => setOutside({ ...outside, edge })}
          />
        </div>
      </details>
      <div className="mt-4 flex flex-wrap gap-2">
        <Button tone="main" onClick={partition} disabled={groups.length < 2}>
          Partition
        </Button>
        <Button onClick={() => setChosen({})}>Set to halves</Button>
      </div>
    </div>
  );
}
