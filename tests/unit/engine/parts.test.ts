import { expect, test } from "vitest";
import { allParts } from "@/lib/engine/all-parts";
import { createMachine } from "@/lib/engine/machine";
import { type Parts, type PartsNeeded, partsOf, partsOfJournal } from "@/lib/engine/parts";
import type { EngineInput, JournalRecord } from "@/lib/engine/types";
import type { Cluster } from "@/lib/protocol/cluster";
import type { SiteId } from "@/lib/protocol/ids";
import type { View } from "@/lib/protocol/view";
import { resolveCluster } from "@/lib/scenario/cluster";
import { presets } from "@/lib/scenario/presets/all";

const site = (id: string) => id as SiteId;
const members = [site("mumbai"), site("pune"), site("delhi")];

/** What a page would have loaded: the log, with which every engine begins, and what was asked for. */
function only({ modes, deciders }: PartsNeeded): Parts {
  const pick = <T extends object>(from: T, kinds: readonly string[]) =>
    Object.fromEntries(Object.entries(from).filter(([kind]) => kinds.includes(kind))) as Partial<T>;
  return {
    modes: pick(allParts.modes, ["log", ...modes]),
    deciders: pick(allParts.deciders, deciders),
  };
}

function clusterOf(preset: string): Cluster {
  const cluster = resolveCluster({ preset });
  if (!cluster.ok) throw new Error(cluster.error.expected);
  return cluster.value;
}

function viewOf(cluster: Cluster): View {
  return {
    ...{
      number: 1,
      epoch: 1,
      primary: members[0] ?? null,
      members,
      phase: "serving",
      seed: null,
      change: null,
    },
    ...{ generation: 1, cluster, reason: "It begins." },
  } as View;
}

/** Drives one machine by hand and collects what it journals; the disk is as quick as it can be. */
function drive(parts: Parts, journal: readonly JournalRecord[], view: View | null) {
  const machine = createMachine({ site: site("mumbai"), index: 0, incarnation: 1 }, parts);
  let disk = [...journal];
  const step = (input: EngineInput) => {
    for (const output of machine.step(input)) {
      if (output.type !== "persist") continue;
      disk = output.replace ? [...output.records] : [...disk, ...output.records];
      step({ type: "persisted", seq: output.seq, now: input.now });
    }
  };
  const now = { mono: 0, wall: 0 };
  step({ type: "start", journal, now });
  if (view !== null) step({ type: "coordination", message: { type: "view", view }, now });
  for (const id of ["heartbeat", "resend", "watch"] as const)
    step({ type: "timer", id, now: { mono: 1_000, wall: 1_000 } });
  return { machine, disk: () => disk };
}

test("[E7] an engine with no more parts than its cluster's runs every preset, and starts again from its journal", () => {
  for (const { name } of presets) {
    const cluster = clusterOf(name);
    const view = viewOf(cluster);
    const { machine, disk } = drive(only(partsOf(cluster)), [], view);
    expect(machine.snapshot().view?.cluster, name).toEqual(cluster);
    const again = drive(only(partsOfJournal(disk())), disk(), null);
    expect(again.machine.snapshot().view?.cluster, name).toEqual(cluster);
  }
});

test("[E7] a part that was not loaded is an error of the driver, and not a wrong answer", () => {
  expect(() => drive(only({ modes: [], deciders: [] }), [], viewOf(clusterOf("riak")))).toThrow(
    "the part for quorum data was loaded in time",
  );
});
